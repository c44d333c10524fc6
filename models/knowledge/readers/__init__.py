"""Readers: the text of a file of any format offices send, told by its content.

What comes out is plain lines: one a paragraph, ``# `` before a heading, ``- `` before a list item,
``| `` before a table row. `hierarchy.cut` makes clauses of them.
"""

import re
from pathlib import PurePath

from models.knowledge.readers import isolated, text
from models.knowledge.readers.sniff import Format, format_of
from models.knowledge.readers.unreadable import Unreadable

__all__ = ["FILE_BYTES", "TOO_LARGE", "Unreadable", "read", "text"]

FILE_BYTES = 20 * 1024 * 1024
"""The largest file that is read."""

TOO_LARGE = "文件超过 20 MB，请拆开再导入。"

_CHARACTERS = 2_000_000
_NO_TEXT_NAMES = frozenset((".doc", ".docx", ".pdf", ".wps", ".xls", ".xlsx", ".ppt", ".pptx"))
_UNSTORABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


def read(data: bytes, name: str) -> str:
    """Return the text of a file.

    Args:
        data: its bytes.
        name: its name; the content decides, the name only tells a broken file from a text.

    Raises:
        Unreadable: it is too large, of another format, protected, broken, scanned or harmful.
    """
    if len(data) > FILE_BYTES:
        raise Unreadable(TOO_LARGE)
    format_ = format_of(data)
    if format_ is not Format.TEXT:
        found = isolated.read(data, format_)
    elif PurePath(name).suffix.lower() in _NO_TEXT_NAMES:
        raise Unreadable("文件内容和扩展名对不上，可能是坏的，请重新保存一份再导入。")
    else:
        found = text.read(data)
    if len(found) > _CHARACTERS:
        raise Unreadable(f"文件超过 {_CHARACTERS // 10_000} 万字，请拆开再导入。")
    return _UNSTORABLE.sub("", found)
