"""Where materials lie: sealed files under random names, outside every folder the web serves."""

import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from models.sealed import seal_bytes, unseal_bytes

_KEY = re.compile(r"[0-9a-f]{40}")


class MaterialStore:
    """The files of materials in one folder; several machines share it as one file system.

    A file is complete or not there: it is written beside its place and moved.

    Args:
        root: the folder; made at first use.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, content: bytes) -> str:
        """Seal and keep a file; returns the key it is found by."""
        key = secrets.token_hex(20)
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(seal_bytes(content))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        return key

    def content(self, key: str) -> bytes:
        """Return a file as it was given to `keep`.

        Raises:
            FileNotFoundError: there is none under this key.
            SealError: it was sealed with another ``DATA_KEY``.
        """
        return unseal_bytes(self._path(key).read_bytes())

    def forget(self, key: str) -> None:
        """Delete a file; one that is gone already is fine."""
        self._path(key).unlink(missing_ok=True)

    def older_than(self, seconds: float) -> Iterator[str]:
        """Yield the keys of files kept longer than this; what is half written counts too."""
        before = time.time() - seconds
        for path in self._root.glob("*/*"):
            if path.stat().st_mtime < before:
                if path.suffix:
                    path.unlink(missing_ok=True)
                else:
                    yield path.name

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError("no material has such a key")
        return self._root / key[:2] / key
