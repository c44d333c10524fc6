"""Topics: whether two questions ask about the same thing though they share no word.

Raw cosines of e5 are near 0.87 for any two questions. Without what all questions have in common
(the mean of ordinary ones) they tell: on the questions of ``tests/faq_questions.yml``, which share
no words on purpose, 0.5 brings together 26 % of the pairs about one entry and 0.4 % of the others.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from models.knowledge.embedder import Embedder, EmbedderError
from models.knowledge.normalisation import normalise

SAME_TOPIC = 0.5
"""From this product of two vectors on questions are about the same."""

_ORDINARY = Path(__file__).resolve().parent / "plan" / "questions.yml"
_MOST = 200
_CENTRES: dict[str, np.ndarray] = {}


def topics(embedder: Embedder, questions: Sequence[str]) -> Mapping[str, np.ndarray]:
    """Return unit vectors of questions whose product is near 0 for different topics.

    Only the first 200 different ones get one: each costs 15 ms unless it was asked lately.

    Args:
        embedder: makes the vectors; while it is away there are none.
        questions: normalised, the most important first.
    """
    try:
        centre = _centre(embedder)
        return {
            asked: _unit(embedder.query(asked) - centre)
            for asked in list(dict.fromkeys(questions))[:_MOST]
        }
    except EmbedderError:
        return {}


def _centre(embedder: Embedder) -> np.ndarray:
    """Return what ordinary questions have in common, made once for each embedder."""
    if embedder.name not in _CENTRES:
        entries = yaml.safe_load(_ORDINARY.read_text(encoding="utf-8"))
        ordinary = [embedder.query(normalise(entry["asks"][0])) for entry in entries]
        _CENTRES[embedder.name] = np.asarray(np.mean(ordinary, axis=0))
    return _CENTRES[embedder.name]


def _unit(vector: np.ndarray) -> np.ndarray:
    return np.asarray(vector / (float(np.linalg.norm(vector)) or 1.0))
