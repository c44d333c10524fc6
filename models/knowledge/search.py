"""Search over the knowledge in force: by words and by meaning together.

`Knowledge` holds an index in memory, shared by the threads of a process, and reads the knowledge
version before every search (0.3 ms): what was withdrawn anywhere answers nowhere from then on.
"""

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import select

from models.database import Database
from models.knowledge.calibration import Evidence, relevance
from models.knowledge.details import asks_who_is_responsible
from models.knowledge.document import (
    Clause,
    DocumentKind,
    DocumentStatus,
    PolicyDocument,
    knowledge_version,
)
from models.knowledge.embedder import DIMENSION, VALUE_TYPE, Embedder, EmbedderError
from models.knowledge.hierarchy import RESPONSIBLE
from models.knowledge.normalisation import normalise
from models.knowledge.synonyms import Synonyms, read_synonyms
from models.knowledge.words import Concept, concepts, pairs, words

logger = logging.getLogger(__name__)

_QUESTION_LENGTH = 200
_K1 = 1.2
_B = 0.75
_PAIR_WEIGHT = 0.3
_SYNONYM_WEIGHT = 0.7
_PAIRS_WORTH = 0.6
_Terms = tuple[np.ndarray, np.ndarray]
_COLUMNS = (
    Clause.id,
    Clause.document_id,
    Clause.path,
    Clause.heading,
    Clause.text,
    Clause.start,
    Clause.end,
    Clause.question,
    Clause.source,
    Clause.embedding,
    Clause.embedder,
    PolicyDocument.title,
    PolicyDocument.kind,
    PolicyDocument.valid_until,
    PolicyDocument.corrections,
)


@dataclass(frozen=True)
class Citation:
    """A stored clause: `text` is characters `start`..`end` of the document's published text.

    `corrected` says whether words that do not belong to the document were taken out of it;
    `responsible` are the bodies that the document names for this part.
    """

    document_id: int
    title: str
    kind: DocumentKind
    valid_until: date | None
    clause_id: int
    clause_path: str
    heading: str
    text: str
    start: int
    end: int
    question: str | None
    source: str | None
    corrected: bool
    responsible: str = ""

    @property
    def names_responsible(self) -> bool:
        """Whether this is a line of responsible bodies."""
        return self.text.startswith(RESPONSIBLE)


@dataclass(frozen=True)
class Hit:
    """A clause found. `score` is how likely it is about the question; all three are in 0..1."""

    citation: Citation
    score: float
    words: float
    meaning: float


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
        self._index: _Index | None = None
        self._failure_logged = False

    def search(self, question: str, top: int = 5) -> list[Hit]:
        """Return the clauses nearest to `question`, best first, at most `top`.

        When the embedder fails, words alone decide.
        """
        index = self._current()
        asked = normalise(question)[:_QUESTION_LENGTH]
        if not asked or not index.citations:
            return []
        return index.search(asked, self._vector(asked, index), top)

    def warm(self) -> None:
        """Load the index and the embedder before the first question waits for them."""
        self.search("就业创业", 1)

    def clause(self, clause_id: int) -> Citation | None:
        """Return a clause in force, or None when it is unknown or no longer in force."""
        return self._current().by_id.get(clause_id)

    def evidence(self, asked: str, *, with_meaning: bool = True) -> tuple[list[Citation], Evidence]:
        """Return all clauses in force and what speaks for each; `asked` is normalised.

        For fitting and explaining the score; answers go by `search`.
        """
        index = self._current()
        vector = self._vector(asked, index) if with_meaning else None
        return index.citations, index.evidence(asked, vector)

    def _vector(self, asked: str, index: "_Index") -> np.ndarray | None:
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
        return self._current().synonyms

    def _current(self) -> "_Index":
        """Return the index of the knowledge as it stands in the database now."""
        with self._database.reading() as session:
            version = knowledge_version(session)
        index = self._index
        if index is not None and index.version >= version:
            return index
        with self._lock:
            if self._index is None or self._index.version < version:
                self._index = self._read(self._index)
            return self._index

    def _read(self, former: "_Index | None") -> "_Index":
        with self._database.reading() as session:
            version = knowledge_version(session)
            rows = session.execute(
                select(*_COLUMNS)
                .join(Clause.document)
                .where(PolicyDocument.status == DocumentStatus.IN_FORCE)
                .order_by(PolicyDocument.id, Clause.position)
            ).all()
            synonyms = read_synonyms(session)
        name = self._embedder.name if self._embedder else ""
        return _Index(version, rows, name, synonyms, former)


class _Index:
    """What is needed to search one version of the knowledge; never changed once built.

    Args:
        version: the knowledge version it shows.
        rows: clauses in force, with the columns `_COLUMNS`.
        embedder: vectors of other embedders are left out.
        synonyms: how people say what policies write.
        former: the index before; clauses never change, so their terms are taken over.
    """

    def __init__(
        self,
        version: int,
        rows: Sequence[Any],
        embedder: str,
        synonyms: Synonyms,
        former: "_Index | None",
    ) -> None:
        self.version = version
        self.synonyms = synonyms
        bodies = {
            (row.document_id, row.path): row.text
            for row in rows
            if row.text.startswith(RESPONSIBLE)
        }
        self.citations = [
            _citation(row, bodies.get((row.document_id, row.path), "")) for row in rows
        ]
        self.by_id = {citation.clause_id: citation for citation in self.citations}
        known = former.terms if former else {}
        self.vocabulary: dict[str, int] = former.vocabulary if former else {}
        self.terms: dict[int, _Terms] = {
            citation.clause_id: known.get(citation.clause_id)
            or _numbered(_terms_of(citation), self.vocabulary)
            for citation in self.citations
        }
        self.responsible = np.array([c.names_responsible for c in self.citations], bool)
        self._set_vectors(rows, embedder)
        self._set_postings()

    def _set_vectors(self, rows: Sequence[Any], embedder: str) -> None:
        """Stack the vectors of all clauses; `owners` says whose each one is."""
        found = [
            (place, np.frombuffer(row.embedding, VALUE_TYPE).reshape(-1, DIMENSION))
            for place, row in enumerate(rows)
            if row.embedding and row.embedder == embedder
        ]
        stacks = [vectors for _, vectors in found]
        self.vectors = np.concatenate(stacks) if stacks else np.zeros((0, DIMENSION), np.float32)
        self._with_vectors = np.array([place for place, _ in found], np.int64)
        counts = [len(stack) for stack in stacks]
        self._first_vector = np.cumsum([0, *counts[:-1]]) if counts else np.zeros(0, np.int64)

    def _set_postings(self) -> None:
        """Turn the terms around: for each term the clauses that have it, with BM25 weights."""
        everyone = len(self.citations)
        parts = [self.terms[citation.clause_id] for citation in self.citations]
        terms = np.concatenate([part[0] for part in parts]) if parts else np.zeros(0, np.int32)
        often = np.concatenate([part[1] for part in parts]) if parts else np.zeros(0, np.float32)
        owners = np.repeat(np.arange(everyone, dtype=np.int32), [len(part[0]) for part in parts])
        lengths = np.bincount(owners, often, everyone)
        norm = _K1 * (1 - _B + _B * lengths / max(float(lengths.sum()) / max(everyone, 1), 1.0))
        spread = np.bincount(terms, minlength=len(self.vocabulary))
        rarity = np.log(1 + (everyone - spread + 0.5) / (spread + 0.5))
        weights = rarity[terms] * often * (_K1 + 1) / (often + norm[owners])
        order = np.argsort(terms, kind="stable")
        self._owners = owners[order]
        self._weights = weights[order].astype(np.float32)
        self._starts = np.concatenate([[0], np.cumsum(spread)])

    def _posting(self, term: str) -> slice:
        """Return where the clauses of a term stand in `_owners` and `_weights`."""
        number = self.vocabulary.get(term)
        # The vocabulary is shared with later indexes, which know more terms.
        if number is None or number + 1 >= len(self._starts):
            return slice(0, 0)
        return slice(self._starts[number], self._starts[number + 1])

    def search(self, asked: str, vector: np.ndarray | None, top: int) -> list[Hit]:
        """Score every clause and return the best."""
        evidence = self.evidence(asked, vector)
        score = relevance(evidence)
        # Lines of responsible bodies answer one question only, and that one best.
        weight = 1.3 if asks_who_is_responsible(asked) else 0.5
        score = np.where(self.responsible, np.minimum(score * weight, 1), score)
        best = np.argsort(-score, kind="stable")[:top]
        return [
            Hit(
                self.citations[place],
                float(score[place]),
                float(evidence.covered[place]),
                0.0 if evidence.meaning is None else float(max(evidence.meaning[place], 0)),
            )
            for place in best
        ]

    def evidence(self, asked: str, vector: np.ndarray | None) -> Evidence:
        """Gather what speaks for each clause; `asked` is normalised."""
        spoken = concepts(asked, self.synonyms)
        matched = self._matched(asked, spoken)
        return Evidence(
            self._covered(spoken),
            matched / (float(matched.max()) or 1.0),
            sum(concept.weight for concept in spoken),
            self._meaning(vector),
        )

    def _covered(self, spoken: Sequence[Concept]) -> np.ndarray:
        """Return for each clause the share of the question's weight that it speaks of."""
        covered = np.zeros(len(self.citations), np.float32)
        total = sum(concept.weight for concept in spoken)
        for concept in spoken:
            best = np.zeros(len(self.citations), np.float32)
            inside = [] if concept.is_whole else pairs(concept.said)
            for pair in inside:
                best[self._owners[self._posting(pair)]] += _PAIRS_WORTH / len(inside)
            for term in (*concept.means, *concept.words):
                owners = self._owners[self._posting(term)]
                worth = 1.0 if term in concept.words else _SYNONYM_WEIGHT
                best[owners] = np.maximum(best[owners], worth)
            covered += best * concept.weight
        return covered / total if total else covered

    def _matched(self, asked: str, spoken: Sequence[Concept]) -> np.ndarray:
        """Return BM25 scores over words, synonyms and character pairs."""
        weights = dict.fromkeys(pairs(asked), _PAIR_WEIGHT)
        for concept in spoken:
            weights |= {term: _SYNONYM_WEIGHT for term in concept.means if term not in weights}
        weights |= {term: 1.0 for concept in spoken for term in concept.words}
        matched = np.zeros(len(self.citations), np.float32)
        for term, weight in weights.items():
            found = self._posting(term)
            matched[self._owners[found]] += weight * self._weights[found]
        return matched

    def _meaning(self, vector: np.ndarray | None) -> np.ndarray | None:
        """Return for each clause the cosine of its nearest vector; None without vectors."""
        if vector is None:
            return None
        cosines = self.vectors @ vector
        meaning = np.full(len(self.citations), cosines.min(), np.float32)
        meaning[self._with_vectors] = np.maximum.reduceat(cosines, self._first_vector)
        return meaning


def _citation(row: Any, responsible: str) -> Citation:
    return Citation(
        document_id=row.document_id,
        title=row.title,
        kind=row.kind,
        valid_until=row.valid_until,
        clause_id=row.id,
        clause_path=row.path,
        heading=row.heading,
        text=row.text,
        start=row.start,
        end=row.end,
        question=row.question,
        source=row.source,
        corrected=_is_corrected(row.text, row.path, row.corrections),
        responsible=responsible,
    )


def _is_corrected(text: str, path: str, corrections: Sequence[dict[str, Any]]) -> bool:
    """Check whether a correction of words (not of punctuation) took place in a clause."""
    return any(
        correction.get("place") == path and correction.get("before", "") in text
        for correction in corrections
        if len(correction["find"]) > 1
    )


def _terms_of(citation: Citation) -> Counter[str]:
    """Count the terms of a clause: its text, the heading above it, the questions it answers."""
    counts: Counter[str] = Counter()
    for part in (citation.text, citation.heading, citation.question or ""):
        clean = normalise(part)
        counts.update(words(clean, inner=True))
        counts.update(pairs(clean))
    return counts


def _numbered(counts: Counter[str], vocabulary: dict[str, int]) -> _Terms:
    """Return the terms' numbers and counts; new terms are added to the vocabulary."""
    numbers = [vocabulary.setdefault(term, len(vocabulary)) for term in counts]
    return np.array(numbers, np.int32), np.array(list(counts.values()), np.float32)
