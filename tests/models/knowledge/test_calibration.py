import numpy as np
import pytest

from models.knowledge.calibration import Evidence, begin_quoting_at, fit, relevance, sigmoid


@pytest.mark.parametrize("with_meaning", [True, False])
def test_more_evidence_is_more_relevance(with_meaning: bool):
    meaning = np.array([0.84, 0.95]) if with_meaning else None
    more = np.array([0.2, 1.0])
    score = relevance(Evidence(more, more, more, more, 0.0, 1.5, meaning, np.zeros(2)))
    assert 0 <= score[0] < 0.5 < score[1] <= 1


def test_fitting_tells_right_from_wrong():
    random = np.random.default_rng(0)
    signal = random.normal(size=200)
    rows = np.stack([signal, random.normal(size=200), np.ones(200)], axis=1)
    right = (signal > 0.5).astype(float)
    weights = fit(rows, right, np.ones(200))
    guessed = sigmoid(rows @ weights) > 0.5
    assert (guessed == right).mean() > 0.95


def test_quoting_begins_where_right_and_wrong_part():
    weights = np.array([1.0, 0.0])
    shifted = begin_quoting_at(weights, about=[0.8, 0.9, 0.7], not_about=[0.1, 0.3, 0.6])
    threshold = sigmoid(np.array([-shifted[-1]]))[0]
    assert 0.6 < threshold <= 0.7
