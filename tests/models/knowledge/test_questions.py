"""The question set is fair, and its held-out part keeps to the floor."""

from typing import Any

import pytest
import yaml

from models.knowledge.evaluate import FLOOR, QUESTIONS, is_right, measure
from models.knowledge.normalisation import normalise
from models.knowledge.plan import plan_draft
from models.knowledge.search import Knowledge


@pytest.fixture(scope="module")
def questions() -> dict[str, Any]:
    return yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))


def asked(part: dict[str, Any]) -> list[str]:
    entries = [*part["answerable"], *part["not_stated"]]
    return [normalise(ask) for ask in [entry["ask"] for entry in entries] + part["out_of_scope"]]


def test_no_question_is_measured_that_was_learnt_from(questions: dict[str, Any]):
    samples = {
        normalise(question)
        for piece in plan_draft().pieces
        for question in (piece.question or "").split("\n")
    }
    fit, held_out = asked(questions["fit"]), asked(questions["held_out"])
    assert len(held_out) >= 120
    assert len(set(fit)) == len(fit)
    assert len(set(held_out)) == len(held_out)
    assert not samples & set(fit)
    assert not samples & set(held_out)
    assert not set(fit) & set(held_out)


@pytest.mark.parametrize("part", ["fit", "held_out"])
def test_every_question_names_sentences_that_exist(
    questions: dict[str, Any], part: str, plan: Knowledge
):
    citations = [hit.citation for hit in plan.search("创业", 51)]
    for entry in [*questions[part]["answerable"], *questions[part]["not_stated"]]:
        for fragment in entry["says"]:
            assert any(is_right(citation, [fragment]) for citation in citations), entry


def test_held_out_questions_reach_the_floor(
    questions: dict[str, Any], plan: Knowledge, plan_by_words: Knowledge
):
    reached, _ = measure(plan, plan_by_words, questions["held_out"])
    low = {name: reached[name] for name, floor in FLOOR.items() if reached[name] < floor}
    assert not low
