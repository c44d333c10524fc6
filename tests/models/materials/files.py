"""Factories of files as people, phones and attackers send them."""

import io

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

GPS = 0x8825
ORIENTATION = 0x0112


def photo(
    width: int = 600, height: int = 400, *, orientation: int = 1, kind: str = "JPEG"
) -> bytes:
    """A picture, left half red, with a place and a turn in its metadata."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste((255, 0, 0), (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif.get_ifd(GPS)[1] = "N"
    exif[0x010F] = "SecretPhoneMaker"
    target = io.BytesIO()
    picture.save(target, kind, exif=exif)
    return target.getvalue()


def pdf(pages: int = 1, *, script: bool = False, password: str = "", title: str = "") -> bytes:
    """A PDF with blank pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if title:
        writer.add_metadata({"/Title": title})
    if script:
        act = DictionaryObject(
            {
                NameObject("/S"): NameObject("/JavaScript"),
                NameObject("/JS"): TextStringObject("SCRIPT"),
            }
        )
        writer.root_object[NameObject("/OpenAction")] = act
        writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): act})
        writer.add_attachment("evil.exe", b"MZ-ATTACHED")
    if password:
        writer.encrypt(password)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
