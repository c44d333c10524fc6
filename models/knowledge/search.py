"""Search over the knowledge in force: by words and by meaning together.

`Knowledge` holds an index in memory, shared by the threads of a process, and reads the knowledge
version before every search (0.3 ms): what was withdrawn anywhere answers nowhere from then on.
What is new answers once one thread has built the next index; the others go on meanwhile.
"""

import logging
import threading
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from models.database import Database
from models.knowledge.calibration import Evidence
from models.knowledge.citation import Citation, Hit
from models.knowledge.document import (
    Clause,
    DocumentKind,
    DocumentStatus,
    PolicyDocument,
    knowledge_version,
)
from models.knowledge.embedder import Embedder, EmbedderError
from models.knowledge.index import COLUMNS, Index
from models.knowledge.normalisation import normalise
from models.knowledge.reasons import Reasons
from models.knowledge.scope import Scope
from models.knowledge.synonyms import Synonyms, read_synonyms

logger = logging.getLogger(__name__)

_QUESTION_LENGTH = 200
_WAIT_FOR_NEW_SECONDS = 0.2


@dataclass(frozen=True)
class _Standing:
    """An index, and which of its documents still answer (None: all of them)."""

    index: Index
    answering: frozenset[int] | None = None


class Knowledge:
    """What can be found in the documents in force. One for a process; safe for threads.

    Args:
        database: where documents and their vectors are.
        embedder: makes the vectors of questions; None to search by words alone.
    """

    def __init__(self, database: Database, embedder: Embedder | None) -> None:
        self._database = database
        self._embedder = embedder
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._reader: threading.Thread | None = None
        self._failure_logged = False

    def search(self, question: str, top: int = 5, scope: Scope | None = None) -> list[Hit]:
        """Return the clauses nearest to `question`, best first, at most `top`.

        When the embedder fails, words alone decide.

        Args:
            question: as the person wrote it.
            top: how many are wanted.
            scope: for whom and when; today and nothing known of the person when left out.
        """
        standing = self._current()
        index = standing.index
        asked = normalise(question)[:_QUESTION_LENGTH]
        if not asked or not index.citations:
            return []
        asked = index.synonyms.spelt_out(asked)
        vector = self._vector(asked, index)
        return index.search(asked, vector, top, scope or Scope(), standing.answering)

    def warm(self) -> None:
        """Load the index and the embedder before the first question waits for them."""
        self.search("就业创业", 1)

    def clause(self, clause_id: int) -> Citation | None:
        """Return a clause in force, or None when it is unknown or no longer in force."""
        standing = self._current()
        citation = standing.index.by_id.get(clause_id)
        if citation is None or standing.answering is None:
            return citation
        return citation if citation.document_id in standing.answering else None

    def section(self, citation: Citation) -> list[Citation]:
        """Return the clauses of the section a citation belongs to; an entry of a FAQ is one."""
        if citation.kind is DocumentKind.FAQ:
            return [citation]
        return [
            other
            for other in self._current().index.citations
            if (other.document_id, other.clause_path)
            == (citation.document_id, citation.clause_path)
        ]

    def reasons(self, question: str, citation: Citation) -> Reasons:
        """Say why a clause was found for a question; a clause that is gone has no reasons."""
        index = self._current().index
        if citation.clause_id not in index.by_id:
            return Reasons(())
        asked = normalise(question)[:_QUESTION_LENGTH]
        vector = self._vector(index.synonyms.spelt_out(asked), index)
        return index.reasons(index.by_id[citation.clause_id], asked, vector)

    def evidence(self, asked: str, *, with_meaning: bool = True) -> tuple[list[Citation], Evidence]:
        """Return all clauses in force and what speaks for each; `asked` is normalised.

        For fitting and explaining the score; answers go by `search`.
        """
        index = self._current().index
        vector = self._vector(asked, index) if with_meaning else None
        return index.citations, index.evidence(asked, vector)

    def _vector(self, asked: str, index: Index) -> np.ndarray | None:
        if self._embedder is None or not len(index.vectors):
            return None
        try:
            vector = self._embedder.query(asked)
        except EmbedderError:
            if not self._failure_logged:
                self._failure_logged = True
                logger.warning("No vectors for questions: searching by words alone.")
            return None
        self._failure_logged = False
        return vector

    @property
    def synonyms(self) -> Synonyms:
        """The synonyms in force."""
        return self._current().index.synonyms

    @property
    def audiences(self) -> frozenset[str]:
        """The groups that documents in force say they are for."""
        return self._current().index.audiences

    @property
    def is_divided(self) -> bool:
        """Whether it matters who asks: not all documents in force are for the same people."""
        return self._current().index.is_divided

    @property
    def has_meaning(self) -> bool:
        """Whether meaning decides as well; False while words alone do."""
        return self._embedder is not None and self._embedder.is_ready()

    def _current(self) -> _Standing:
        """Return an index with what of it still answers, as the database has it now."""
        with self._database.reading() as session:
            version = knowledge_version(session)
        index = self._index
        if index is None:
            with self._lock:
                index = self._index or self._read(None)
                self._index = index
        if index.version >= version:
            return _Standing(index)
        self._read_anew()
        if self._index is not None and self._index.version >= version:
            return _Standing(self._index)
        with self._database.reading() as session:
            in_force = session.scalars(
                select(PolicyDocument.id).where(PolicyDocument.status == DocumentStatus.IN_FORCE)
            )
            return _Standing(index, frozenset(in_force))

    def _read_anew(self) -> None:
        """Have one thread build the next index; whoever starts it gives it a moment."""
        with self._lock:
            if self._reader is not None and self._reader.is_alive():
                return
            reader = threading.Thread(target=self._replace, name="knowledge", daemon=True)
            self._reader = reader
            reader.start()
        reader.join(_WAIT_FOR_NEW_SECONDS)

    def _replace(self) -> None:
        try:
            self._index = self._read(self._index)
        except SQLAlchemyError as error:
            # The next question tries again.
            logger.warning("The knowledge could not be read anew: %s", type(error).__name__)

    def _read(self, former: Index | None) -> Index:
        with self._database.reading() as session:
            version = knowledge_version(session)
            rows = session.execute(
                select(*COLUMNS)
                .join(Clause.document)
                .where(PolicyDocument.status == DocumentStatus.IN_FORCE)
                .order_by(PolicyDocument.id, Clause.position)
            ).all()
            synonyms = read_synonyms(session)
        name = self._embedder.name if self._embedder else ""
        dimension = self._embedder.dimension if self._embedder else 0
        return Index(version, rows, (name, dimension), synonyms, former)
