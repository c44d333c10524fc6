"""Tell a file's format by its content: a name may say anything."""

import re
import zipfile
from enum import StrEnum
from io import BytesIO

from models.knowledge.readers.unreadable import Unreadable


class Format(StrEnum):
    """A format that can be read; the value is the usual ending of its names."""

    TEXT = "txt"
    HTML = "html"
    WORD = "docx"
    PDF = "pdf"


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ARCHIVE = "这是压缩包，请先解压，再导入里面的文件。"
_PICTURE = "这是图片，读不出文字，请导入带文字的文件。"
_PROGRAM = "这是程序，不是文件正文。"
_REFUSED = (
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"BM", _PICTURE),
    (b"II*\0", _PICTURE),
    (b"MM\0*", _PICTURE),
    (b"Rar!", _ARCHIVE),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
    (b"MZ", _PROGRAM),
    (b"\x7fELF", _PROGRAM),
    (b"{\\rtf", "这是 RTF 文件，请另存为 .docx 再导入。"),
)
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|meta|title|article|main|section|div|table|h[1-6]|p|ul|ol)"
    rb"[\s/>]",
    re.IGNORECASE | re.DOTALL,
)
_HEAD = 1024
# A PDF may carry some bytes before its head; a text may speak of one.
_PDF = re.compile(rb"%PDF-\d\.\d")


def format_of(data: bytes) -> Format:
    """Return the format of a file's content.

    Raises:
        Unreadable: it is of a format that is not read, protected, broken or empty.
    """
    if not data.strip():
        raise Unreadable("文件是空的，没有可以引用的文字。")
    if data.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in data:
            raise Unreadable("这份 Word 文件加了密码，请去掉密码再导入。")
        raise Unreadable("这是旧版 Office 文件，请另存为 .docx 再导入。")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packaged(data)
    if _PDF.search(data[:_HEAD]):
        return Format.PDF
    head = data[:_HEAD]
    for signature, told in _REFUSED:
        # A text may begin with the letters BM or MZ; a picture or program has other bytes soon.
        if head.startswith(signature) and (len(signature) > 2 or b"\0" in head):
            raise Unreadable(told)
    return Format.HTML if _HTML.match(data[: 8 * _HEAD]) else Format.TEXT


def _packaged(data: bytes) -> Format:
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable("文件是坏的，打不开，请重新保存一份再导入。") from error
    if "word/document.xml" in names:
        return Format.WORD
    if "xl/workbook.xml" in names:
        raise Unreadable("这是 Excel 表格，请把内容放进 Word 文件再导入。")
    if "ppt/presentation.xml" in names:
        raise Unreadable("这是幻灯片，请把文字放进 Word 文件再导入。")
    raise Unreadable(_ARCHIVE)
