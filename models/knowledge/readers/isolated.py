"""Reading in a process of its own: a file built to do harm ends that process and nothing else."""

import subprocess
import sys

from models.knowledge.readers.sniff import Format
from models.knowledge.readers.unreadable import Unreadable
from models.settings import ROOT

READ, REFUSED = 0, 3
"""How the process ends: with the text, or with why there is none; any other end is a failure."""

_SECONDS = 180


def read(data: bytes, format_: Format) -> str:
    """Read a file of a format whose reader could be led astray.

    Raises:
        Unreadable: the reader refuses the file, fails, or needs too much time or memory.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "models.knowledge.readers.child", format_.value],
            input=data,
            capture_output=True,
            timeout=_SECONDS,
            cwd=ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("这份文件太复杂，读不完，请另存一份或拆开再导入。") from error
    told = done.stdout.decode("utf-8", "replace")
    if done.returncode == READ:
        return told
    if done.returncode == REFUSED:
        raise Unreadable(told)
    raise Unreadable("这份文件读不出来，可能是坏的，请重新保存一份再导入。")
