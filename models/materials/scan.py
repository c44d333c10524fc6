"""The virus-scan hook: a command of the machine looks at a file before it is kept.

``SCAN_COMMAND`` names it, for instance ``clamdscan --no-summary -``. It reads the file from its
standard input and ends with 0 for a clean file and 1 for an infected one, as ClamAV's do. Without
the setting nothing is scanned.
"""

import shlex
import subprocess

import structlog

from models.materials.upload import UploadRefusedError

log = structlog.get_logger()

_PATIENCE = 30.0
_INFECTED = 1


def scan(content: bytes, command: str) -> None:
    """Let the machine's scanner look at a file.

    Args:
        content: the file.
        command: the scanner with its arguments; empty where there is none.

    Raises:
        UploadRefusedError: it is infected, or the scanner did not do its work: what was not
            looked at is not kept.
    """
    if not command:
        return
    try:
        status = subprocess.run(
            shlex.split(command),
            input=content,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
        ).returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        log.error("material.scan_failed", error=type(error).__name__)
        status = None
    if status == 0:
        return
    if status == _INFECTED:
        raise UploadRefusedError("infected", "这个文件没通过安全检查，不能收。请换一个文件。")
    log.error("material.scan_failed", status=status)
    raise UploadRefusedError("not_scanned", "现在检查不了文件，请过一会儿再传。")
