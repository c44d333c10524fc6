"""The index of one version of the knowledge: what each clause speaks of, by words and by meaning.

For each term the clauses that have it (BM25), for each clause its vectors: one question costs a
few look-ups and one matrix product, however large the knowledge is.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from models.knowledge.calibration import LONGEST_PHRASE, Evidence, levelled, relevance
from models.knowledge.citation import Citation, Hit
from models.knowledge.details import asks_who_is_responsible
from models.knowledge.document import Clause, PolicyDocument
from models.knowledge.embedder import VALUE_TYPE
from models.knowledge.hierarchy import RESPONSIBLE
from models.knowledge.normalisation import normalise
from models.knowledge.reasons import Match, Reasons, WordReason, nearest_of
from models.knowledge.scope import Reach, Scope
from models.knowledge.synonyms import Synonyms
from models.knowledge.vectors import passages_of
from models.knowledge.words import Concept, concepts, han_runs, letters, pairs, words

_K1 = 1.2
_B = 0.75
_PAIR_WEIGHT = 0.3
_SYNONYM_WEIGHT = 0.7
_PAIRS_WORTH = 0.6
# Lines of responsible bodies answer one question only, and that one best.
_ASKED_FOR, _NOT_ASKED_FOR = 2.0, -2.0
_WORTH_WHEN_OVER = 0.95
_WORTH_WHEN_WIDER = 0.95
_Terms = tuple[np.ndarray, np.ndarray]

COLUMNS = (
    Clause.id,
    Clause.document_id,
    Clause.path,
    Clause.heading,
    Clause.text,
    Clause.start,
    Clause.end,
    Clause.question,
    Clause.source,
    Clause.lead,
    Clause.picture,
    Clause.embedding,
    Clause.embedder,
    PolicyDocument.title,
    PolicyDocument.kind,
    PolicyDocument.issuer,
    PolicyDocument.issued_on,
    PolicyDocument.region,
    PolicyDocument.audience,
    PolicyDocument.valid_from,
    PolicyDocument.valid_until,
    PolicyDocument.corrections,
)
"""What an index is built from, one row a clause, in the order of documents."""


class Index:
    """What is needed to search one version of the knowledge; never changed once built.

    Args:
        version: the knowledge version it shows.
        rows: clauses in force, with the columns `COLUMNS`.
        embedder: its name and how many numbers its vectors have; others are left out.
        synonyms: how people say what policies write.
        former: the index before; the terms of a clause that is as it was are taken over.
    """

    def __init__(
        self,
        version: int,
        rows: Sequence[Any],
        embedder: tuple[str, int],
        synonyms: Synonyms,
        former: "Index | None",
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
        reaches = {row.document_id: _reach(row) for row in rows}
        self._reaches = list(reaches.values())
        self.audiences = frozenset().union(*(reach.audience for reach in self._reaches))
        self.is_divided = bool(self.audiences) or len({r.region for r in self._reaches}) > 1
        places = {document_id: place for place, document_id in enumerate(reaches)}
        self._document = np.array([places[row.document_id] for row in rows], np.int64)
        self.by_id = {citation.clause_id: citation for citation in self.citations}
        self.vocabulary: dict[str, int] = former.vocabulary if former else {}
        self.terms: dict[int, _Terms] = {
            citation.clause_id: _kept_terms(former, citation)
            or _numbered(_terms_of(citation), self.vocabulary)
            for citation in self.citations
        }
        self.responsible = np.array([c.names_responsible for c in self.citations], bool)
        self._set_vectors(rows, embedder)
        self._set_postings()

    def _set_vectors(self, rows: Sequence[Any], embedder: tuple[str, int]) -> None:
        """Stack the vectors of all clauses; `_with_vectors` says whose they are."""
        name, dimension = embedder
        self._embedder = name
        found = [
            (place, np.frombuffer(row.embedding, VALUE_TYPE).reshape(-1, dimension))
            for place, row in enumerate(rows)
            if row.embedding and row.embedder == name
        ]
        stacks = [vectors for _, vectors in found]
        self.vectors = np.concatenate(stacks) if stacks else np.zeros((0, dimension), np.float32)
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

    def search(
        self,
        asked: str,
        vector: np.ndarray | None,
        top: int,
        scope: Scope,
        answering: Collection[int] | None = None,
    ) -> list[Hit]:
        """Score every clause and return the best.

        Args:
            asked: the normalised question.
            vector: its vector; None to go by words alone.
            top: how many are wanted.
            scope: whom the documents must speak to.
            answering: the documents that still answer; None for all.
        """
        evidence = self.evidence(asked, vector)
        score = relevance(evidence)
        score *= self._standing(scope, answering)[self._document]
        best = np.argsort(-score, kind="stable")[:top]
        best = best[score[best] > 0]
        return [
            Hit(
                self.citations[place],
                float(score[place]),
                float(evidence.covered[place]),
                0.0 if evidence.meaning is None else float(max(evidence.meaning[place], 0)),
            )
            for place in best
        ]

    def reasons(self, citation: Citation, asked: str, vector: np.ndarray | None) -> Reasons:
        """Say why a clause was found; `asked` is normalised, `vector` its vector."""
        there = set(self.terms[citation.clause_id][0].tolist())
        found = [self._word_reason(concept, there) for concept in concepts(asked, self.synonyms)]
        nearest = ""
        if vector is not None:
            passages = passages_of(citation.text, citation.heading, citation.question)
            nearest = nearest_of(passages, self._vectors_of(citation), vector)
        return Reasons(tuple(found), nearest)

    def _word_reason(self, concept: Concept, there: Collection[int]) -> WordReason:
        def known(terms: Sequence[str]) -> tuple[str, ...]:
            return tuple(term for term in terms if self.vocabulary.get(term) in there)

        own, meant = known(concept.words), known(concept.means)
        parts = () if concept.is_whole else known(pairs(concept.said))
        match: Match = Match.MISSING
        terms: tuple[str, ...] = ()
        if own:
            match, terms = Match.SAID, own
        elif meant:
            match, terms = Match.SYNONYM, meant
        elif parts:
            match, terms = Match.PART, tuple(part.removeprefix("#") for part in parts)
        return WordReason(concept.said, concept.weight, match, terms)

    def _vectors_of(self, citation: Citation) -> np.ndarray:
        """Return the vectors of one clause, possibly none."""
        found = np.flatnonzero(self._with_vectors == self.citations.index(citation))
        if not len(found):
            return self.vectors[:0]
        starts = np.append(self._first_vector, len(self.vectors))
        return self.vectors[starts[found[0]] : starts[found[0] + 1]]

    def _standing(self, scope: Scope, answering: Collection[int] | None) -> np.ndarray:
        """Return what each document's word is worth: nothing where it does not hold.

        One whose period is over stands behind those whose period is not, and one for the whole
        province behind those for the very city; alone it counts in full.
        """
        holds = np.array(
            [
                scope.holds(reach) and (answering is None or reach.document_id in answering)
                for reach in self._reaches
            ],
            bool,
        )
        is_over = np.array([scope.is_over(reach) for reach in self._reaches], bool)
        worth = np.where(is_over & (holds & ~is_over).any(), _WORTH_WHEN_OVER, 1.0)
        is_near = np.array([scope.is_near(reach) for reach in self._reaches], bool)
        worth = np.where(~is_near & (holds & is_near).any(), worth * _WORTH_WHEN_WIDER, worth)
        return np.where(holds, worth, 0.0)

    def evidence(self, asked: str, vector: np.ndarray | None) -> Evidence:
        """Gather what speaks for each clause; `asked` is normalised."""
        spoken = concepts(asked, self.synonyms)
        covered, unknown = self._covered(spoken)
        return Evidence(
            covered,
            _of_best(self._matched(_weights(asked, spoken))),
            _of_best(self._matched(dict.fromkeys(letters(asked), 1.0))),
            self._phrased(asked),
            unknown,
            sum(concept.weight for concept in spoken),
            self._meaning(vector),
            self.responsible * (_ASKED_FOR if asks_who_is_responsible(asked) else _NOT_ASKED_FOR),
        )

    def _covered(self, spoken: Sequence[Concept]) -> tuple[np.ndarray, float]:
        """Return for each clause the share of the question's weight that it speaks of.

        With it the share that no clause speaks of.
        """
        covered = np.zeros(len(self.citations), np.float32)
        total = sum(concept.weight for concept in spoken) or 1.0
        unknown = 0.0
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
            unknown += concept.weight * (1 - float(best.max(initial=0)))
        return covered / total, unknown / total

    def _phrased(self, asked: str) -> np.ndarray:
        """Return how long a stretch of the question each clause holds, by its pairs in a row."""
        longest = np.zeros(len(self.citations), np.float32)
        for run in han_runs(asked):
            row = np.zeros(len(self.citations), np.float32)
            for pair in pairs(run):
                there = np.zeros(len(self.citations), np.float32)
                there[self._owners[self._posting(pair)]] = 1
                row = (row + 1) * there
                longest = np.maximum(longest, row)
        # n pairs in a row are n + 1 characters; a single pair is in common by chance.
        return np.minimum(np.maximum(longest - 1, 0) / (LONGEST_PHRASE - 2), 1)

    def _matched(self, weights: Mapping[str, float]) -> np.ndarray:
        """Return BM25 scores over weighted terms."""
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
        return levelled(meaning, self._embedder)


def _weights(asked: str, spoken: Sequence[Concept]) -> dict[str, float]:
    """Return the terms that are looked for: words, synonyms and character pairs."""
    weights = dict.fromkeys(pairs(asked), _PAIR_WEIGHT)
    for concept in spoken:
        weights |= {term: _SYNONYM_WEIGHT for term in concept.means if term not in weights}
    return weights | {term: 1.0 for concept in spoken for term in concept.words}


def _of_best(scores: np.ndarray) -> np.ndarray:
    return scores / (float(scores.max(initial=0)) or 1.0)


def _citation(row: Any, responsible: str) -> Citation:
    return Citation(
        document_id=row.document_id,
        title=row.title,
        kind=row.kind,
        issuer=row.issuer,
        issued_on=row.issued_on,
        valid_until=row.valid_until,
        clause_id=row.id,
        clause_path=row.path,
        heading=row.heading,
        text=row.text,
        start=row.start,
        end=row.end,
        question=row.question,
        source=row.source,
        lead=row.lead,
        picture=row.picture,
        region=row.region,
        corrected=_is_corrected(row.text, row.path, row.corrections),
        responsible=responsible,
    )


def _reach(row: Any) -> Reach:
    return Reach(
        row.document_id,
        row.region,
        frozenset(row.audience or ()),
        row.valid_from,
        row.valid_until,
    )


def _is_corrected(text: str, path: str, corrections: Sequence[dict[str, Any]]) -> bool:
    """Check whether a correction of words (not of punctuation) took place in a clause."""
    return any(
        correction.get("place") == path and correction.get("before", "") in text
        for correction in corrections
        if len(correction["find"]) > 1
    )


def _kept_terms(former: Index | None, citation: Citation) -> _Terms | None:
    """Return a clause's terms in the index before; its text never changes, its questions may."""
    known = former.by_id.get(citation.clause_id) if former else None
    if former is None or known is None or known.question != citation.question:
        return None
    return former.terms[citation.clause_id]


def _terms_of(citation: Citation) -> Counter[str]:
    """Count the terms of a clause: its text, the heading above it, the questions it answers."""
    counts: Counter[str] = Counter()
    for part in (citation.text, citation.heading, citation.question or ""):
        clean = normalise(part)
        counts.update(words(clean, inner=True))
        counts.update(pairs(clean))
        counts.update(letters(clean))
    return counts


def _numbered(counts: Counter[str], vocabulary: dict[str, int]) -> _Terms:
    """Return the terms' numbers and counts; new terms are added to the vocabulary."""
    numbers = [vocabulary.setdefault(term, len(vocabulary)) for term in counts]
    return np.array(numbers, np.int32), np.array(list(counts.values()), np.float32)
