"""Files as offices send them, made in memory: Word by python-docx, PDF and packages by hand."""

import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from models.knowledge.readers.ooxml import W

_WORD_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>{declared}'
    f'<w:document xmlns:w="{W.strip("{}")}"><w:body><w:p><w:r><w:t>{{text}}</w:t></w:r></w:p>'
    "</w:body></w:document>"
)


def saved(document) -> bytes:
    """Return a python-docx document as the bytes of its file."""
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def word(*paragraphs: str) -> bytes:
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    return saved(document)


def numbered_word(shape: str, pattern: str, paragraphs: Sequence[str]) -> bytes:
    """Return a Word file whose paragraphs are numbered by Word itself, in a list of its own."""
    document = Document()
    numbering = document.part.numbering_part.element
    abstract = _element("w:abstractNum", abstractNumId="77")
    level = _element("w:lvl", ilvl="0")
    level.append(_element("w:start", val="1"))
    level.append(_element("w:numFmt", val=shape))
    level.append(_element("w:lvlText", val=pattern))
    abstract.append(level)
    numbering.insert(0, abstract)
    listed = _element("w:num", numId="77")
    listed.append(_element("w:abstractNumId", val="77"))
    numbering.append(listed)
    for text in paragraphs:
        paragraph = document.add_paragraph(text)
        properties = paragraph._p.get_or_add_pPr()
        place = OxmlElement("w:numPr")
        place.append(_element("w:ilvl", val="0"))
        place.append(_element("w:numId", val="77"))
        properties.append(place)
    return saved(document)


def _element(name: str, **attributes: str):
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def package(**parts: bytes) -> bytes:
    """Return a ZIP archive; ``__`` in a name stands for ``/``."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", data)
    return stream.getvalue()


def word_xml(text: str, declared: str = "") -> bytes:
    """Return a Word file with one paragraph of raw XML, with a document type before it."""
    xml = _WORD_XML.format(text=text, declared=declared)
    return package(word__document=xml.encode())


def pdf(pages: Sequence[Sequence[str]], *, deflated: bool = False) -> bytes:
    """Return a PDF whose pages show these lines, in UTF-16 with a ToUnicode map."""
    font, to_unicode, kids = 3, 4, []
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        font: b"<< /Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /Identity-H "
        b"/DescendantFonts [5 0 R] /ToUnicode 4 0 R >>",
        to_unicode: _stream(_to_unicode({sign for lines in pages for sign in "".join(lines)})),
        5: b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Song /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 >>",
    }
    number = 6
    for lines in pages:
        shown = "".join(
            f"1 0 0 1 50 {780 - 20 * row} Tm <{line.encode('utf-16-be').hex()}> Tj\n"
            for row, line in enumerate(lines)
        )
        content = f"BT /F1 12 Tf\n{shown}ET".encode()
        kids.append(number)
        objects[number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
        ).encode()
        objects[number + 1] = _stream(content, deflated=deflated)
        number += 2
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[2] = f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>".encode()
    return _assembled(objects)


def _to_unicode(signs: set[str]) -> bytes:
    pairs = "".join(f"<{ord(sign):04x}> <{ord(sign):04x}>\n" for sign in sorted(signs))
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{len(signs)} beginbfchar\n{pairs}endbfchar\nendcmap end end"
    ).encode()


def _stream(content: bytes, *, deflated: bool = False) -> bytes:
    how = b""
    if deflated:
        content, how = zlib.compress(content, 9), b" /Filter /FlateDecode"
    head = b"<< /Length %d%s >>" % (len(content), how)
    return head + b"\nstream\n" + content + b"\nendstream"


def _assembled(objects: dict[int, bytes]) -> bytes:
    written, places = b"%PDF-1.7\n", {}
    for number in sorted(objects):
        places[number] = len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    table = b"".join(b"%010d 00000 n \n" % places[number] for number in sorted(places))
    start = len(written)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return written + head + table + trailer
