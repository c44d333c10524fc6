"""Conditions and pre-checks: what was not answered never counts against anybody."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.catalogue.conditions import Condition
from models.catalogue.eligibility import Rule, Verdict, assess

TODAY = date(2026, 11, 24)
ANSWERS: dict[str, Any] = {
    "who": ["高校毕业生", "农民工"],
    "opened": True,
    "months": 6,
    "rent": {"low": 300000, "high": 300000, "per": "month"},
    "about": {"low": 2, "high": 5},
    "since": "2025-06",
    "this_year": "2026",
    "unsure": "不清楚",
    "none": [],
    "some": ["农民工", "不清楚"],
    "skipped": None,
}


@pytest.mark.parametrize(
    ("told", "truth"),
    [
        ({"field": "who", "is": "农民工"}, True),
        ({"field": "who", "is": ["退役军人", "高校毕业生"]}, True),
        ({"field": "who", "is": "退役军人"}, False),
        ({"field": "who", "is_not": "退役军人"}, True),
        ({"field": "opened", "is": True}, True),
        ({"field": "opened", "is": False}, False),
        ({"field": "opened", "is": 1}, False),
        ({"field": "months", "at_most": 6}, True),
        ({"field": "months", "at_least": 7}, False),
        ({"field": "rent", "at_most": 3000}, True),
        ({"field": "about", "at_least": 3}, None),
        ({"field": "since", "months_ago_at_least": 12}, True),
        ({"field": "since", "months_ago_at_most": 12}, False),
        ({"field": "this_year", "months_ago_at_least": 6}, None),
        ({"sum": ["months", "months"], "at_most": 12}, True),
        ({"sum": ["months", "skipped"], "at_most": 12}, None),
        ({"field": "unsure", "is": "是"}, None),
        ({"field": "unsure", "is_not": "是"}, None),
        ({"field": "none", "is": "是"}, False),
        ({"field": "some", "is": "农民工"}, True),
        ({"field": "some", "is": "退役军人"}, None),
        ({"field": "never_asked", "is": "是"}, None),
        ({"all": [{"field": "opened", "is": True}, {"field": "never", "is": 1}]}, None),
        ({"all": [{"field": "opened", "is": False}, {"field": "never", "is": 1}]}, False),
        ({"any": [{"field": "opened", "is": True}, {"field": "never", "is": 1}]}, True),
        ({"any": [{"field": "opened", "is": False}, {"field": "never", "is": 1}]}, None),
    ],
)
def test_a_condition_is_true_false_or_open(told: dict[str, Any], truth: bool | None) -> None:
    assert Condition.model_validate(told).holds(ANSWERS, TODAY) is truth


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"field": "a"},
        {"field": "a", "sum": ["b"], "is": 1},
        {"field": "a", "is": 1, "at_least": 2},
        {"sum": ["a"], "is": 1},
        {"all": [{"field": "a", "is": 1}], "at_most": 1},
        {"field": "a", "equals": 1},
    ],
)
def test_a_condition_that_says_nothing_clear_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate(told)


def _rule(**more: Any) -> Rule:
    needs = {"field": "opened", "is": True}
    told = {"needs": needs, "reason": "已开业", "source": "三(五)", "change": "开业后再来。"}
    return Rule.model_validate(told | more)


def test_a_verdict_names_the_one_condition_that_is_missed() -> None:
    other = _rule(needs={"field": "who", "is": "退役军人"}, reason="退役军人")
    found = assess([_rule(), other], ANSWERS, TODAY)
    assert (found.verdict, found.failed) == (Verdict.NOT_MET, other)


@given(st.dictionaries(st.sampled_from(["opened", "who"]), st.sampled_from([None, "不清楚"])))
def test_not_answered_is_never_not_eligible(answers: dict[str, Any]) -> None:
    rules = [_rule(), _rule(needs={"field": "who", "is": ["农民工"]})]
    assert assess(rules, answers, TODAY).verdict is Verdict.AT_THE_DESK


def test_what_a_city_may_choose_is_never_promised() -> None:
    assert assess([_rule()], ANSWERS, TODAY).verdict is Verdict.LIKELY
    assert assess([_rule(local=True)], ANSWERS, TODAY).verdict is Verdict.AT_THE_DESK
    assert assess([], ANSWERS, TODAY).verdict is Verdict.AT_THE_DESK


def test_a_rule_from_elsewhere_has_to_be_confirmed() -> None:
    assert not assess([_rule()], ANSWERS, TODAY).needs_confirming
    elsewhere = _rule(source="《就业补助资金管理办法》")
    assert assess([elsewhere], ANSWERS, TODAY).needs_confirming
    confirmed = _rule(source="《就业补助资金管理办法》", confirmed=True)
    assert not assess([confirmed], ANSWERS, TODAY).needs_confirming
