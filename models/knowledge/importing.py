"""Bring texts into the knowledge: read, give each piece its meaning, store, tell every process.

Reading, cutting and embedding take time and need no transaction: they make a `Draft`. Storing a
draft is one short unit of work, so a long import never holds up a conversation, and a draft that
fails leaves nothing behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.knowledge import readers, versions
from models.knowledge.corrections import Correction
from models.knowledge.document import (
    Clause,
    DocumentStatus,
    PolicyDocument,
    bump_knowledge_version,
)
from models.knowledge.draft import About, Draft, ImportRefused, draft_text
from models.knowledge.edits import note_edit, told
from models.knowledge.embedder import Embedder
from models.knowledge.faq import draft_faq, is_faq
from models.knowledge.vectors import Progress, embed_draft

_FAQ_NAME = ".jsonl"


class Outcome(StrEnum):
    """What storing a draft has changed."""

    CREATED = "created"
    REPLACED = "replaced"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Imported:
    """The stored document and what storing it has changed."""

    document_id: int
    title: str
    clauses: int
    outcome: Outcome


def read_document(
    path: Path,
    about: About | None = None,
    *,
    corrections: Sequence[Correction] = (),
    status: DocumentStatus = DocumentStatus.IN_FORCE,
) -> Draft:
    """Read a file into a draft: policy text cut along its hierarchy, or FAQ entries.

    Args:
        path: a file of a format that `readers` knows.
        about: what is known about it; without it the title is the file's name.
        corrections: what is corrected before the text is published.
        status: whether it answers once it is stored.

    Raises:
        ImportRefused: the file cannot be read or holds nothing to quote.
        CorrectionError: a correction does not fit the text.
    """
    about = about or About(title=path.stem, source=path.name)
    return read_bytes(_bytes_of(path), path.name, about, corrections=corrections, status=status)


def read_faq(
    path: Path,
    about: About | None = None,
    *,
    status: DocumentStatus = DocumentStatus.IN_FORCE,
) -> Draft:
    """Read a file that must hold FAQ entries, one JSON object a line, into a draft.

    Raises:
        ImportRefused: a line cannot be used (the message names the lines), or there is none.
    """
    about = about or About(title=path.stem, source=path.name)
    data = _bytes_of(path)
    try:
        return draft_faq(readers.text.decode(data), about, status=status)
    except (readers.Unreadable, ImportRefused) as error:
        raise ImportRefused(f"{path.name}：{error}") from error


def read_bytes(
    data: bytes,
    name: str,
    about: About,
    *,
    corrections: Sequence[Correction] = (),
    status: DocumentStatus = DocumentStatus.IN_FORCE,
) -> Draft:
    """Read what was uploaded or pasted into a draft; `name` is how messages call it.

    Raises:
        ImportRefused: it cannot be read or holds nothing to quote.
        CorrectionError: a correction does not fit the text.
    """
    try:
        text = readers.read(data, name)
        if name.lower().endswith(_FAQ_NAME) or is_faq(text):
            return draft_faq(text, about, status=status)
        return draft_text(text, about, corrections=corrections, status=status)
    except (readers.Unreadable, ImportRefused) as error:
        raise ImportRefused(f"{name}：{error}") from error


def import_document(session: Session, draft: Draft, by: str = "") -> Imported:
    """Store a draft: policy text or FAQ.

    The same text again changes nothing, or only what is known about it. A changed text of the
    same title becomes a new document; the one before is kept as replaced.

    Args:
        session: the open unit of work.
        draft: what is stored.
        by: who brings it, for the record of changes; nobody in particular when left out.
    """
    same = _same(session, draft)
    if same is not None:
        learnt = _learn(same, draft)
        changed = bool(learnt)
        for name, former, now in learnt if by else ():
            note_edit(session, by, name, told(former), told(now), document=same)
        if changed:
            bump_knowledge_version(session, same)
        outcome = Outcome.UPDATED if changed else Outcome.UNCHANGED
        return Imported(same.id, same.title, len(same.clauses), outcome)
    formers: Sequence[PolicyDocument] = ()
    if draft.status is not DocumentStatus.EXPIRED:
        formers = versions.current_versions(session, draft.kind, draft.about, draft.status)
    document = _document(draft)
    if formers:
        versions.carry_over(formers[0], document)
    session.add(document)
    session.flush()
    for former in formers:
        if by:
            was, now = former.status.value, DocumentStatus.REPLACED.value
            note_edit(session, by, "status", was, now, document=former)
        former.status, former.replaced_by_id = DocumentStatus.REPLACED, document.id
    bump_knowledge_version(session, document, *formers)
    if by:
        note_edit(session, by, "import", now=draft.about.source, document=document)
    outcome = Outcome.REPLACED if formers else Outcome.CREATED
    return Imported(document.id, document.title, len(draft.pieces), outcome)


def bring_in(
    database: Database,
    draft: Draft,
    embedder: Embedder | None,
    progress: Progress | None = None,
    *,
    by: str = "",
) -> Imported:
    """Embed a draft where its text is new, and store it in one short unit of work.

    Args:
        database: where it is stored.
        draft: what is stored.
        embedder: makes its vectors; None leaves that to `vectors.embed_missing`, and until then
            words alone find it.
        progress: told how far that is.
        by: who brings it.

    Raises:
        EmbedderError: the embedder cannot be used; nothing is stored.
    """
    with database.reading() as session:
        is_new = _same(session, draft) is None
        if is_new:
            draft = versions.continued(session, draft)
    if is_new and embedder is not None:
        embed_draft(draft, embedder, progress)
    with database.unit_of_work() as session:
        return import_document(session, draft, by)


def _bytes_of(path: Path) -> bytes:
    try:
        # A file far too large is not even opened.
        if path.stat().st_size > readers.FILE_BYTES:
            raise ImportRefused(f"{path.name}：{readers.TOO_LARGE}")
        return path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{path.name}：打不开这个文件（{error.strerror}）。") from error


def _same(session: Session, draft: Draft) -> PolicyDocument | None:
    """Return the document that holds this very text already.

    What an editor corrected since counts as the same: a draft without corrections of its own asks
    for none to be undone. The same words in another place are another document: two cities may
    publish one text, and each may withdraw its own.
    """
    statuses = {DocumentStatus.IN_FORCE, DocumentStatus.DRAFT, draft.status}
    candidates = session.scalars(
        select(PolicyDocument)
        .where(
            PolicyDocument.status.in_(statuses),
            PolicyDocument.content_hash == draft.content_hash,
            PolicyDocument.kind == draft.kind,
        )
        .order_by(PolicyDocument.id.desc())
    )
    fitting = [
        document
        for document in candidates
        if (document.published == draft.published or not draft.corrections)
        and (not draft.about.region or document.region in (None, draft.about.region))
    ]
    # A text of no named place is the place's own only where that has none yet.
    fitting.sort(key=lambda document: document.region != draft.about.region)
    return next((one for one in fitting if one.status is draft.status), None) or next(
        (one for one in fitting if one.status is DocumentStatus.IN_FORCE), None
    )


def _learn(document: PolicyDocument, draft: Draft) -> list[tuple[str, object, object]]:
    """Take over what is newly known about a document; return each field, as it was and as it is."""
    news = {
        name: value for name, value in draft.about.columns().items() if value and name != "source"
    }
    if draft.status is DocumentStatus.EXPIRED:
        news["status"] = DocumentStatus.EXPIRED
    changed = [
        (name, getattr(document, name), value)
        for name, value in news.items()
        if getattr(document, name) != value
    ]
    for name, _, value in changed:
        setattr(document, name, value)
    return changed


def _document(draft: Draft) -> PolicyDocument:
    return PolicyDocument(
        kind=draft.kind,
        **draft.about.columns(),
        status=draft.status,
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
