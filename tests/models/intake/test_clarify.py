"""A word with several meanings is asked back, once, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import Catalogue, load_catalogue
from models.intake.clarify import ClarifyError, check, clarifications, clarify, is_unclear
from models.reply import chosen


@pytest.mark.parametrize(
    "said",
    [
        "补贴",
        "我想办补贴",
        "贷款的事",
        "社保咋整",
        "想问问培训",
        "登记",
        "报名。",
        "在哪办",
        "电话多少",
    ],
)
def test_an_unclear_word_gets_one_question(said: str) -> None:
    asked = clarify(load_catalogue(), said)
    assert asked is not None
    assert asked.text.endswith("？")
    assert 3 <= len(asked.choices) <= 7
    assert asked.choices[-1].payload == "/human"


@pytest.mark.parametrize(
    "said",
    ["创业补贴", "社保补贴", "创业担保贷款怎么申请", "打零工去哪里登记", "补贴多少钱", "", "你好"],
)
def test_what_is_clear_is_not_asked_back(said: str) -> None:
    assert not is_unclear(said)


@pytest.mark.parametrize(
    ("said", "payload"),
    [
        ("1", "/start_startup_loan"),
        ("第二个", "/start_loan_extension"),
        ("后面那个", "/human"),
        ("展期那个", "/start_loan_extension"),
        ("普惠", "/start_finance_guide"),
        ("还不上", "/start_loan_extension"),
    ],
)
def test_it_is_answered_by_digit_word_or_place(said: str, payload: str) -> None:
    asked = clarify(load_catalogue(), "贷款")
    assert asked is not None
    choice = chosen(asked.choices, said)
    assert choice is not None
    assert choice.payload == payload


def test_every_meaning_can_be_served_and_no_word_names_two() -> None:
    check(load_catalogue())
    for unclear in clarifications().unclear:
        words = [word for meaning in unclear.meanings for word in meaning.words]
        assert len(words) == len(set(words)), unclear.words


def test_a_meaning_that_cannot_be_served_is_refused_at_start() -> None:
    with pytest.raises(ClarifyError, match="startup_subsidies"):
        check(Catalogue({}))


@given(st.text())
def test_no_text_breaks_it(said: str) -> None:
    clarify(load_catalogue(), said)
