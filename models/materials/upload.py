"""Uploads: what a file really is, and a clean copy of it.

A file's name and declared type are what somebody says; its content is what counts. Pictures are
decoded and written anew: turned the right way up, no larger than a screen needs, without the place
and device a phone writes into them. PDFs are copied page by page, without scripts, attachments and
metadata. What cannot be read is refused with a reason a person understands.
"""

import io
import logging
from collections.abc import Collection
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

# Its warnings quote the file.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

MOST_BYTES = 10 * 1024 * 1024
MOST_PAGES = 30
# A phone's photo has 12 to 50 million pixels; more is a bomb or a poster.
_MOST_PIXELS = 80_000_000
_LONG_SIDE = 2400
_QUALITY = 85
_SNIFF = 1024

MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}

_WHY = {
    "empty": "文件是空的，请重新选一个。",
    "too_big": f"文件太大，最多 {MOST_BYTES // 1024 // 1024} MB。请拍小一点，或者压缩后再传。",
    "type": "这种文件收不了。请传 {types}。",
    "heic": (
        "这是苹果手机的 HEIC 照片，收不了。请到「设置」→「相机」→「格式」选「兼容性最佳」，"
        "重拍一张再传；已经拍好的，在微信里发给自己（别勾原图）再存下来，就是 JPG 了。"
    ),
    "broken": "文件打不开，可能没传完整。请再传一次。",
    "encrypted": "这个 PDF 加了密码，打不开。请去掉密码再传。",
    "too_many_pages": f"这个 PDF 太长，最多 {MOST_PAGES} 页。请只传需要的几页。",
    "too_large": "图片尺寸太大，请用手机直接拍一张再传。",
}
# Brands of the container in which a phone keeps its photos (ISO/IEC 23008-12).
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_TITLES = {"jpeg": "JPG 照片", "png": "PNG 图片", "pdf": "PDF"}


class UploadRefusedError(ValueError):
    """A file is not taken.

    Attributes:
        code: the reason for machines.
        told: the reason for people, in Chinese, with what to do.
    """

    def __init__(self, code: str, told: str) -> None:
        super().__init__(code)
        self.code = code
        self.told = told


@dataclass(frozen=True)
class Upload:
    """A clean file.

    Attributes:
        kind: ``jpeg``, ``png`` or ``pdf``.
        content: its bytes as they are kept.
    """

    kind: str
    content: bytes


def sniff(content: bytes) -> str | None:
    """Return what a file is by its first bytes: ``jpeg``, ``png``, ``pdf``, ``heic``, or None."""
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return "heic"
    # Some scanners write a few bytes before the header (PDF 32000-1, implementation note 13).
    return "pdf" if b"%PDF-" in content[:_SNIFF] else None


def clean(content: bytes, allowed: Collection[str] = tuple(MEDIA_TYPES)) -> Upload:
    """Check a file and return a clean copy of it.

    Args:
        content: the file as it came.
        allowed: the kinds that are taken, of `MEDIA_TYPES`.

    Raises:
        UploadRefusedError: it is empty, too big, of another kind, encrypted or broken.
    """
    if not content:
        raise _refused("empty")
    if len(content) > MOST_BYTES:
        raise _refused("too_big")
    kind = sniff(content)
    if kind == "heic":
        raise _refused("heic")
    if kind is None or kind not in allowed:
        titles = "、".join(_TITLES[one] for one in MEDIA_TYPES if one in allowed)
        raise _refused("type", types=titles)
    return Upload(kind, _clean_pdf(content) if kind == "pdf" else _clean_picture(content, kind))


def _refused(code: str, **values: str) -> UploadRefusedError:
    return UploadRefusedError(code, _WHY[code].format(**values))


def _clean_picture(content: bytes, kind: str) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise _refused("too_large")
            picture.draft("RGB", (_LONG_SIDE, _LONG_SIDE))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((_LONG_SIDE, _LONG_SIDE))
            return _written(upright, kind)
    except Image.DecompressionBombError as error:
        raise _refused("too_large") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, UploadRefusedError):
            raise
        raise _refused("broken") from error


def _written(picture: Image.Image, kind: str) -> bytes:
    """Write the pixels anew: nothing of what the file said about them stays."""
    target = io.BytesIO()
    if kind == "jpeg":
        picture.convert("RGB").save(target, "JPEG", quality=_QUALITY, optimize=True)
    else:
        mode = "RGBA" if "transparency" in picture.info or "A" in picture.mode else "RGB"
        bare = Image.new(mode, picture.size)
        bare.paste(picture.convert(mode))
        bare.save(target, "PNG", optimize=True)
    return target.getvalue()


def _clean_pdf(content: bytes) -> bytes:
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise _refused("encrypted")
        if not 0 < len(reader.pages) <= MOST_PAGES:
            raise _refused("too_many_pages" if reader.pages else "broken")
        writer = PdfWriter()
        for page in reader.pages:
            _drop_actions(page)
            writer.add_page(page)
        writer.metadata = None
        target = io.BytesIO()
        writer.write(target)
        return target.getvalue()
    except UploadRefusedError:
        raise
    except (PyPdfError, OSError, RecursionError, *_PARSER_SLIPS) as error:
        raise _refused("broken") from error


# What a parser stumbles over in a file that lies about its own structure.
_PARSER_SLIPS = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)

# Entries through which a page does something on its own (PDF 32000-1, 12.6) or carries what is
# not seen: additional actions, metadata, private data of the program that wrote it.
_ACTIVE = ("/AA", "/Metadata", "/PieceInfo", "/AF", "/B")


def _drop_actions(page: DictionaryObject) -> None:
    """Take from a page what acts on its own; links and forms go, what is seen stays."""
    for entry in _ACTIVE:
        page.pop(entry, None)
    notes = page.get("/Annots")
    if isinstance(notes, IndirectObject):
        notes = notes.get_object()
    if isinstance(notes, ArrayObject):
        for note in notes:
            held = note.get_object()
            if isinstance(held, DictionaryObject):
                for entry in ("/A", "/AA", "/FS", "/Parent"):
                    held.pop(entry, None)
