"""Reasons: why a clause was found, in what an editor can change: its words, synonyms, questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Match(StrEnum):
    """How a clause speaks of a word of the question."""

    SAID = "said"
    SYNONYM = "synonym"
    PART = "part"
    MISSING = "missing"


@dataclass(frozen=True)
class WordReason:
    """A word of the question, how telling it is (0..1), and how the clause speaks of it.

    `terms` are the clause's own words for it.
    """

    said: str
    weight: float
    match: Match
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reasons:
    """Why a clause was found.

    `nearest` is what of the clause is nearest in meaning: one of its sample questions, or a
    stretch of its text; empty where meaning had no say.
    """

    words: tuple[WordReason, ...]
    nearest: str = ""


def nearest_of(passages: Sequence[str], vectors: np.ndarray, asked: np.ndarray) -> str:
    """Return the passage whose vector is nearest to the question's.

    Args:
        passages: what was embedded, in the order of the vectors.
        vectors: shape (n, dimension).
        asked: shape (dimension,).
    """
    if not len(vectors):
        return ""
    place = int(np.argmax(vectors @ asked))
    return passages[place] if place < len(passages) else ""
