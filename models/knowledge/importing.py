"""Bring texts into the knowledge: cut, give each piece its meaning, store, tell every process.

Reading, cutting and embedding take time and need no transaction: they make a `Draft`. Storing a
draft is one short unit of work, so a long import never holds up a conversation, and a draft that
fails leaves nothing behind.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.database import Database
from models.knowledge.corrections import Correction, apply
from models.knowledge.document import (
    Clause,
    DocumentKind,
    DocumentStatus,
    PolicyDocument,
    bump_knowledge_version,
)
from models.knowledge.embedder import VALUE_TYPE, Embedder
from models.knowledge.hierarchy import cut

Progress = Callable[[int, int], None]
"""Called with how many pieces are done and how many there are."""

_SUFFIXES = (".txt", ".md")
_FILE_BYTES = 20 * 1024 * 1024
_ENCODINGS = ("utf-8-sig", "gb18030")
_BATCH = 16
# Longer texts lose their details in one vector; windows keep them apart. A hundred characters
# cost about 0.1 s of one core, so a large file gets fewer windows for each entry: 1,600 long
# answers took 161 s on two cores.
_WINDOW = 180
_WINDOW_STEP = 150
_WINDOWS = 8
_CHARACTERS_OF_A_FILE = 300_000
# Answers of offices begin with courtesy that says nothing of their matter.
_COURTESY = re.compile(
    r"^.{0,120}?(?:答复|回复|解答|说明)如下[：:，,]?|^您好[！!，,。]?", re.DOTALL
)
_TEXT_LENGTH = 20_000
_QUESTION_LENGTH = 2_000
_SOURCE_LENGTH = 500
_SHORT_SENTENCE = 15


class ImportRefused(ValueError):  # noqa: N818 - it is an answer to staff, not a fault
    """A file cannot be imported; the message says why, in words for staff."""


class Outcome(StrEnum):
    """What storing a draft has changed."""

    CREATED = "created"
    REPLACED = "replaced"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class About:
    """What is known about a document; what is unknown stays None and is never invented."""

    title: str
    issuer: str | None = None
    number: str | None = None
    region: str | None = None
    issued_on: date | None = None
    valid_until: date | None = None
    source: str = ""


@dataclass
class Piece:
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
    """A document ready to be stored."""

    kind: DocumentKind
    about: About
    original: str
    published: str
    corrections: list[dict[str, Any]]
    pieces: list[Piece]
    embedder: str | None = None

    @property
    def content_hash(self) -> str:
        """SHA-256 of the text as it came: the same text is imported once."""
        return hashlib.sha256(self.original.encode()).hexdigest()


@dataclass(frozen=True)
class Imported:
    """The stored document and what storing it has changed."""

    document_id: int
    title: str
    clauses: int
    outcome: Outcome


def read_document(
    path: Path, about: About | None = None, *, corrections: Sequence[Correction] = ()
) -> Draft:
    """Read a file into a draft, cut along its hierarchy.

    Args:
        path: a ``.txt`` or ``.md`` file in UTF-8 or GB18030.
        about: what is known about it; without it the title is the file's name.
        corrections: what is corrected before the text is published.

    Raises:
        ImportRefused: the file is of another kind, unreadable, too large or empty.
        CorrectionError: a correction does not fit the text.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise ImportRefused(
            f"{path.name}：这种文件还不能导入，目前支持 {'、'.join(_SUFFIXES)} 文件。"
        )
    return draft_text(
        _text_of(path), about or About(title=path.stem, source=path.name), corrections=corrections
    )


def draft_text(original: str, about: About, *, corrections: Sequence[Correction] = ()) -> Draft:
    """Make a draft of a policy text.

    Raises:
        ImportRefused: there is nothing in it that could be quoted.
        CorrectionError: a correction does not fit the text.
    """
    published = apply(original, corrections)
    cuts = cut(published)
    if not cuts:
        raise ImportRefused(f"《{about.title}》里没有可以引用的文字。")
    pieces = []
    for number, piece in enumerate(cuts):
        context = piece.heading
        if len(piece.text) < _SHORT_SENTENCE and number and cuts[number - 1].path == piece.path:
            context = f"{context} {cuts[number - 1].text}"
        pieces.append(
            Piece(piece.path, piece.heading, piece.text, piece.start, piece.end, context=context)
        )
    return Draft(
        DocumentKind.POLICY,
        about,
        original,
        published,
        [correction.as_data() for correction in corrections],
        pieces,
    )


def read_faq(path: Path, about: About | None = None) -> Draft:
    """Read question-answer entries, one JSON object ``{"question","answer","source"}`` a line.

    ``question`` and ``source`` may be empty: an answer without a question is found by its text.

    Raises:
        ImportRefused: a line cannot be used (the message names the lines), or there is none.
    """
    original = _text_of(path)
    pieces: list[Piece] = []
    faults: list[str] = []
    start = 0
    for number, line in enumerate(original.split("\n"), 1):
        if line.strip():
            try:
                question, answer, source = _entry(line)
            except ValueError as error:
                faults.append(f"第 {number} 行：{error}")
            else:
                pieces.append(
                    Piece("", "", answer, start, start + len(answer), question or None, source)
                )
                start += len(answer) + 1
    if faults:
        more = f"；另有 {len(faults) - 5} 行" if len(faults) > 5 else ""
        raise ImportRefused(f"{path.name} 没有导入。{'；'.join(faults[:5])}{more}。")
    if not pieces:
        raise ImportRefused(f"{path.name} 里没有问答。")
    return Draft(
        DocumentKind.FAQ,
        about or About(title=path.stem, source=path.name),
        original,
        # Answers one under the other: an entry is cited by its range like any clause.
        "\n".join(piece.text for piece in pieces),
        [],
        pieces,
    )


def embed_draft(draft: Draft, embedder: Embedder, progress: Progress | None = None) -> None:
    """Give every piece of `draft` its vectors; slow, so it is done outside a transaction.

    Raises:
        EmbedderError: the embedder cannot be used; the draft can be stored all the same.
    """
    windows = _windows_each([piece.text for piece in draft.pieces])
    embeddings = _embeddings(
        [_passages(piece.text, piece.context, piece.question, windows) for piece in draft.pieces],
        embedder,
        progress,
    )
    for piece, embedding in zip(draft.pieces, embeddings, strict=True):
        piece.embedding = embedding
    draft.embedder = embedder.name


def import_document(session: Session, draft: Draft) -> Imported:
    """Store a draft: policy text or FAQ.

    The same text again changes nothing, or only what is known about it. A changed text of the
    same title becomes a new document in force; the one before is kept as replaced.
    """
    in_force = select(PolicyDocument).where(PolicyDocument.status == DocumentStatus.IN_FORCE)
    same = session.scalar(in_force.where(PolicyDocument.content_hash == draft.content_hash))
    if same is not None and same.published == draft.published and same.kind == draft.kind:
        changed = _learn(same, draft.about)
        if changed:
            bump_knowledge_version(session, same)
        outcome = Outcome.UPDATED if changed else Outcome.UNCHANGED
        return Imported(same.id, same.title, len(draft.pieces), outcome)
    outcome = Outcome.CREATED
    formers = session.scalars(in_force.where(PolicyDocument.title == draft.about.title)).all()
    if formers:
        outcome = Outcome.REPLACED
    document = PolicyDocument(
        kind=draft.kind,
        **asdict(draft.about),
        status=DocumentStatus.IN_FORCE,
        content_hash=draft.content_hash,
        original=draft.original,
        published=draft.published,
        corrections=draft.corrections,
        clauses=[
            Clause(
                position=position,
                path=piece.path,
                heading=piece.heading,
                text=piece.text,
                question=piece.question,
                source=piece.source,
                start=piece.start,
                end=piece.end,
                embedding=piece.embedding,
                embedder=draft.embedder if piece.embedding else None,
            )
            for position, piece in enumerate(draft.pieces)
        ],
    )
    session.add(document)
    session.flush()
    for former in formers:
        former.status, former.replaced_by_id = DocumentStatus.REPLACED, document.id
    bump_knowledge_version(session, document, *formers)
    return Imported(document.id, document.title, len(draft.pieces), outcome)


def is_known(session: Session, draft: Draft) -> bool:
    """Check whether this very text is in force already, so that it need not be embedded again."""
    return (
        session.scalar(
            select(PolicyDocument.id).where(
                PolicyDocument.status == DocumentStatus.IN_FORCE,
                PolicyDocument.content_hash == draft.content_hash,
                PolicyDocument.published == draft.published,
            )
        )
        is not None
    )


def bring_in(
    database: Database, draft: Draft, embedder: Embedder, progress: Progress | None = None
) -> Imported:
    """Embed a draft where its text is new, and store it in one short unit of work.

    Raises:
        EmbedderError: the embedder cannot be used; nothing is stored.
    """
    with database.reading() as session:
        known = is_known(session, draft)
    if not known:
        embed_draft(draft, embedder, progress)
    with database.unit_of_work() as session:
        return import_document(session, draft)


def embed_missing(database: Database, embedder: Embedder, progress: Progress | None = None) -> int:
    """Give vectors to clauses in force that have none of this embedder; return how many.

    Needed after a change of embedder, or when one was away during an import.

    Raises:
        EmbedderError: the embedder cannot be used.
    """
    with database.reading() as session:
        missing = session.execute(
            select(Clause.id, Clause.text, Clause.heading, Clause.question)
            .join(PolicyDocument)
            .where(
                PolicyDocument.status == DocumentStatus.IN_FORCE,
                or_(Clause.embedder.is_(None), Clause.embedder != embedder.name),
            )
        ).all()
    if not missing:
        return 0
    windows = _windows_each([text for _, text, _, _ in missing])
    texts = [_passages(text, heading, question, windows) for _, text, heading, question in missing]
    embeddings = list(_embeddings(texts, embedder, progress))
    with database.unit_of_work() as session:
        for (clause_id, *_), embedding in zip(missing, embeddings, strict=True):
            clause = session.get(Clause, clause_id)
            if clause is not None:
                clause.embedding = embedding
                clause.embedder = embedder.name
        bump_knowledge_version(session)
    return len(missing)


def _text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{path.name}：打不开这个文件（{error.strerror}）。") from error
    if len(data) > _FILE_BYTES:
        raise ImportRefused(f"{path.name}：文件超过 20 MB，请拆开再导入。")
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise ImportRefused(f"{path.name}：读不出文字，请存成 UTF-8 编码的文本再导入。")


def _entry(line: str) -> tuple[str, str, str]:
    """Read one FAQ line.

    Raises:
        ValueError: it is no JSON object, has no answer, or a field is too long or not a text.
    """
    try:
        data = json.loads(line)
    except ValueError as error:
        raise ValueError("不是一个 JSON 对象") from error
    if not isinstance(data, dict):
        raise ValueError("不是一个 JSON 对象")
    limits = {"question": _QUESTION_LENGTH, "answer": _TEXT_LENGTH, "source": _SOURCE_LENGTH}
    values = []
    for name, limit in limits.items():
        value = data.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise ValueError(f"{name} 不是文字")
        if len(value) > limit:
            raise ValueError(f"{name} 超过 {limit} 字")
        values.append(value.replace("\0", "").strip())
    question, answer, source = values
    if not answer:
        raise ValueError("没有 answer")
    return question, answer, source


def _learn(document: PolicyDocument, about: About) -> bool:
    """Take over what is newly known about a document; return whether anything changed."""
    changed = False
    for name, value in asdict(about).items():
        if value not in (None, "") and name != "source" and getattr(document, name) != value:
            setattr(document, name, value)
            changed = True
    return changed


def _windows_each(texts: Sequence[str]) -> int:
    """Return how many windows each text may have for the whole to be embedded in good time."""
    for windows in range(_WINDOWS, 1, -1):
        reach = _WINDOW + (windows - 1) * _WINDOW_STEP
        if sum(min(len(text), reach) for text in texts) <= _CHARACTERS_OF_A_FILE:
            return windows
    return 1


def _passages(text: str, context: str, question: str | None, windows: int) -> list[str]:
    """Return what is embedded for one clause: each of its questions, and windows of its text."""
    questions = question.split("\n") if question else []
    head = f"{context}：" if context else ""
    body = _COURTESY.sub("", text).strip() or text
    starts = range(0, max(len(body) - (_WINDOW - _WINDOW_STEP), 1), _WINDOW_STEP)
    return [*questions, *(head + body[start : start + _WINDOW] for start in starts[:windows])]


def _embeddings(
    groups: Sequence[Sequence[str]], embedder: Embedder, progress: Progress | None
) -> Iterator[bytes]:
    """Embed groups of texts in batches; each result holds the vectors of its group in order."""
    done = 0
    for start in range(0, len(groups), _BATCH):
        batch = groups[start : start + _BATCH]
        vectors = embedder.passages([text for group in batch for text in group])
        row = 0
        for group in batch:
            yield np.ascontiguousarray(vectors[row : row + len(group)], VALUE_TYPE).tobytes()
            row += len(group)
        done += len(batch)
        if progress:
            progress(done, len(groups))
