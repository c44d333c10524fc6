"""XML parts of Office packages: one careful parser and the names of their elements."""

from lxml import etree

from models.knowledge.readers.unreadable import Unreadable

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
"""The namespace of WordprocessingML, as lxml writes it before a name."""


def parse(part: bytes) -> etree._Element:
    """Parse a part.

    Raises:
        Unreadable: it declares a document type: Office never writes one, entity bombs do.
        lxml.etree.XMLSyntaxError: it is no XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(part, parser)
    if root.getroottree().docinfo.doctype:
        raise Unreadable("文件里有可疑的内容（实体声明），没有导入。")
    return root


def attribute(element: etree._Element | None, name: str = "val") -> str | None:
    """Return a ``w:`` attribute of an element that may be missing."""
    return None if element is None else element.get(W + name)
