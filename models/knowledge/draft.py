"""Draft: a document that is read and cut but not yet stored."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from models.knowledge.corrections import Correction, apply
from models.knowledge.document import DocumentKind, DocumentStatus, PolicyDocument
from models.knowledge.hierarchy import OPENING, Piece, cut

_SHORT_SENTENCE = 15
_MARKS = re.compile(r"[\W_]+")
_LENGTHS = {
    "title": ("标题", 300),
    "issuer": ("发文单位", 200),
    "number": ("文号", 100),
    "region": ("适用地区", 50),
    "source": ("来源", 500),
}
_STATUSES = (DocumentStatus.DRAFT, DocumentStatus.IN_FORCE, DocumentStatus.EXPIRED)


class ImportRefused(ValueError):  # noqa: N818 - it is an answer to staff, not a fault
    """A file cannot be imported; the message says why, in words for staff."""


@dataclass(frozen=True)
class About:
    """What is known about a document; what is unknown stays None and is never invented.

    Raises:
        ImportRefused: the title is empty, a field is too long, or it ends before it begins.
    """

    title: str
    issuer: str | None = None
    number: str | None = None
    region: str | None = None
    issued_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    audience: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ImportRefused("请写上文件的标题。")
        for name, (label, length) in _LENGTHS.items():
            if len(getattr(self, name) or "") > length:
                raise ImportRefused(f"{label}最多 {length} 个字。")
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ImportRefused("失效日期早于生效日期，请核对。")

    @classmethod
    def of(cls, document: PolicyDocument) -> "About":
        """Return what a stored document knows of itself."""
        known = {name: getattr(document, name) for name in cls.__dataclass_fields__}
        return cls(**known | {"audience": tuple(document.audience)})

    def columns(self) -> dict[str, Any]:
        """Return the fields as `PolicyDocument` stores them."""
        return asdict(self) | {"audience": list(self.audience)}


@dataclass
class DraftClause:
    """A clause to be: the fields of `Clause`, and its vectors once they are made."""

    path: str
    heading: str
    text: str
    start: int
    end: int
    question: str | None = None
    source: str | None = None
    context: str = ""
    embedding: bytes | None = None


@dataclass
class Draft:
    """A document ready to be stored; only drafts, documents in force and expired ones come in.

    Raises:
        ImportRefused: its status is none a document can come in with.
    """

    kind: DocumentKind
    about: About
    original: str
    published: str
    corrections: list[dict[str, Any]]
    pieces: list[DraftClause]
    embedder: str | None = None
    status: DocumentStatus = DocumentStatus.IN_FORCE

    def __post_init__(self) -> None:
        if self.status not in _STATUSES:
            raise ImportRefused("导入的文件只能是草稿、现行或已失效。")

    @property
    def content_hash(self) -> str:
        """SHA-256 of the text as it came: the same text is imported once."""
        return hashlib.sha256(self.original.encode()).hexdigest()


def _is_title(piece: Piece, title: str) -> bool:
    """Whether a line above the first part only names the document: it answers nothing."""
    named = _MARKS.sub("", piece.text)
    return piece.path == OPENING and named in _MARKS.sub("", title)


def draft_text(
    original: str,
    about: About,
    *,
    corrections: Sequence[Correction] = (),
    status: DocumentStatus = DocumentStatus.IN_FORCE,
) -> Draft:
    """Make a draft of a policy text.

    Raises:
        ImportRefused: there is nothing in it that could be quoted.
        CorrectionError: a correction does not fit the text.
    """
    published = apply(original, corrections)
    cuts = [piece for piece in cut(published) if not _is_title(piece, about.title)]
    if not cuts:
        raise ImportRefused(f"《{about.title}》里没有可以引用的文字。")
    pieces = []
    for number, piece in enumerate(cuts):
        context = piece.heading
        if len(piece.text) < _SHORT_SENTENCE and number and cuts[number - 1].path == piece.path:
            context = f"{context} {cuts[number - 1].text}"
        pieces.append(
            DraftClause(
                piece.path, piece.heading, piece.text, piece.start, piece.end, context=context
            )
        )
    return Draft(
        DocumentKind.POLICY,
        about,
        original,
        published,
        [correction.as_data() for correction in corrections],
        pieces,
        status=status,
    )
