"""Choices can be named by number, ordinal or title."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reply import Choice, Reply, chosen

CHOICES = (Choice("现在登记", "/start"), Choice("找人工", "/human", ("真人",)))


@pytest.mark.parametrize(
    ("said", "payload"),
    [
        ("1", "/start"),
        ("2", "/human"),
        ("２", "/human"),
        ("第二个", "/human"),
        ("选1", "/start"),
        ("找人工", "/human"),
        (" 1 ", "/start"),
        ("3", None),
        ("0", None),
        ("1个人", None),
        ("我要登记", None),
        ("就第二个吧", "/human"),
        ("后面那个", "/human"),
        ("头一个。", "/start"),
        ("登记那个", "/start"),
        ("人工的那个", "/human"),
        ("真人", "/human"),
        ("那个", None),
        ("第二天", None),
    ],
)
def test_what_names_a_choice(said: str, payload: str | None) -> None:
    choice = chosen(CHOICES, said)
    assert (choice.payload if choice else None) == payload


@given(st.text())
def test_no_text_breaks_it(said: str) -> None:
    assert chosen(CHOICES, said) in (*CHOICES, None)


def test_what_two_choices_hold_names_neither() -> None:
    loans = (Choice("新申请贷款", "/new"), Choice("贷款展期", "/extend"))
    assert chosen(loans, "贷款那个") is None
    assert chosen(loans, "展期那个") == loans[1]


@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_a_reply_survives_being_stored(text: str, choices: list[tuple[str, str]]) -> None:
    reply = Reply(text, tuple(Choice(*pair) for pair in choices))
    assert Reply.from_json(reply.as_json()) == reply
