"""Vectors of clauses: what of a clause is embedded, and making it for many at a time."""

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from sqlalchemy import or_, select

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
