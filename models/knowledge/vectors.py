"""Vectors of clauses: what of a clause is embedded, and making it for many at a time."""

import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from models.database import Database
from models.knowledge.document import (
    Clause,
    DocumentStatus,
    PolicyDocument,
    bump_knowledge_version,
)
from models.knowledge.draft import Draft
from models.knowledge.embedder import VALUE_TYPE, Embedder

Progress = Callable[[int, int], None]
"""Called with how many pieces are done and how many there are."""

_BATCH = 16
# Longer texts lose their details in one vector; windows keep them apart. A hundred characters
# cost about 0.07 s of one core, so a large file gets fewer and narrower windows for each entry.
# That costs little: found by its first 120 characters alone, an answer of 200 came out no worse.
_WINDOW = 180
_NARROWEST = 90
_OVERLAP = 30
_WINDOWS = 8
_QUESTION = 120
_CHARACTERS_OF_A_FILE = 200_000
# Answers of offices begin with courtesy that says nothing of their matter.
_COURTESY = re.compile(
    r"^.{0,120}?(?:答复|回复|解答|说明)如下[：:，,]?|^您好[！!，,。]?", re.DOTALL
)


def embed_draft(draft: Draft, embedder: Embedder, progress: Progress | None = None) -> None:
    """Give every piece of `draft` its vectors; slow, so it is done outside a transaction.

    Raises:
        EmbedderError: the embedder cannot be used; the draft can be stored all the same.
    """
    reach = reach_of([(piece.text, piece.question) for piece in draft.pieces])
    embeddings = _embeddings(
        [passages_of(piece.text, piece.context, piece.question, reach) for piece in draft.pieces],
        embedder,
        progress,
    )
    for piece, embedding in zip(draft.pieces, embeddings, strict=True):
        piece.embedding = embedding
    draft.embedder = embedder.name


def count_missing(session: Session, embedder: str, document_id: int | None = None) -> int:
    """Return how many clauses have no vectors of this embedder yet, of one document or of all."""
    query = select(func.count(Clause.id)).join(PolicyDocument).where(*_without_vectors(embedder))
    if document_id is not None:
        query = query.where(PolicyDocument.id == document_id)
    return session.scalar(query) or 0


def embed_missing(
    database: Database,
    embedder: Embedder,
    progress: Progress | None = None,
    *,
    seconds: float = math.inf,
) -> int:
    """Give vectors to clauses that have none of this embedder; return how many got them.

    Needed after a large upload, a change of embedder, or when one was away during an import. They
    are kept a few at a time; readers learn of them once all are there.

    Args:
        database: where the clauses are.
        embedder: makes the vectors.
        progress: told how far it is.
        seconds: when to stop before the end; what is left is for the next time.

    Raises:
        EmbedderError: the embedder cannot be used; what was made until then is kept.
    """
    with database.reading() as session:
        missing = session.execute(
            select(Clause.id, Clause.text, Clause.heading, Clause.question)
            .join(PolicyDocument)
            .where(*_without_vectors(embedder.name))
            .order_by(Clause.id)
        ).all()
    reach = reach_of([(row.text, row.question) for row in missing]) if missing else _WHOLE
    until = time.monotonic() + seconds
    done = 0
    while done < len(missing) and time.monotonic() < until:
        batch = missing[done : done + _BATCH]
        texts = [passages_of(row.text, row.heading, row.question, reach) for row in batch]
        embeddings = list(_embeddings(texts, embedder, None))
        done += len(batch)
        with database.unit_of_work() as session:
            for row, embedding in zip(batch, embeddings, strict=True):
                session.execute(
                    update(Clause)
                    # A question that came meanwhile is not in these vectors.
                    .where(Clause.id == row.id, Clause.question.is_not_distinct_from(row.question))
                    .values(embedding=embedding, embedder=embedder.name)
                )
            if done == len(missing):
                bump_knowledge_version(session)
        if progress:
            progress(done, len(missing))
    return done


def embed_clause(database: Database, embedder: Embedder, clause_id: int) -> None:
    """Make the vectors of one clause anew, after its questions have changed.

    Raises:
        EmbedderError: the embedder cannot be used.
    """
    with database.reading() as session:
        clause = session.get_one(Clause, clause_id)
        texts = passages_of(clause.text, clause.heading, clause.question)
    (embedding,) = _embeddings([texts], embedder, None)
    with database.unit_of_work() as session:
        clause = session.get_one(Clause, clause_id)
        clause.embedding, clause.embedder = embedding, embedder.name
        bump_knowledge_version(session, clause.document)


def _without_vectors(embedder: str) -> tuple[ColumnElement[bool], ...]:
    return (
        PolicyDocument.status.in_((DocumentStatus.IN_FORCE, DocumentStatus.DRAFT)),
        or_(Clause.embedder.is_(None), Clause.embedder != embedder),
    )


@dataclass(frozen=True)
class Reach:
    """How much of a text is embedded: at most `windows` stretches of `width` characters."""

    windows: int = _WINDOWS
    width: int = _WINDOW


def reach_of(texts: Sequence[tuple[str, str | None]]) -> Reach:
    """Return how far each text of a file may be read for the whole to be embedded in good time.

    Args:
        texts: each text with its questions, one a line.
    """
    asked = sum(len(line[:_QUESTION]) for _, questions in texts for line in _lines(questions))
    left = max(_CHARACTERS_OF_A_FILE - asked, 0)
    for windows in range(_WINDOWS, 0, -1):
        most = _WINDOW + (windows - 1) * (_WINDOW - _OVERLAP)
        if sum(min(len(text), most) for text, _ in texts) <= left:
            return Reach(windows)
    return Reach(1, min(max(left // len(texts), _NARROWEST), _WINDOW))


_WHOLE = Reach()


def passages_of(text: str, context: str, question: str | None, reach: Reach = _WHOLE) -> list[str]:
    """Return what is embedded for one clause: each of its questions, and windows of its text."""
    head = f"{context}：" if context else ""
    body = _COURTESY.sub("", text).strip() or text
    step = reach.width - _OVERLAP
    starts = range(0, max(len(body) - _OVERLAP, 1), step)[: reach.windows]
    questions = [line[:_QUESTION] for line in _lines(question)]
    return [*questions, *(head + body[start : start + reach.width] for start in starts)]


def _lines(question: str | None) -> list[str]:
    return question.split("\n") if question else []


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
