"""Choices can be named by number, ordinal or title."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reply import Choice, Reply, chosen

CHOICES = (Choice("现在登记", "/start"), Choice("找人工", "/human"))


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
    ],
)
def test_what_names_a_choice(said: str, payload: str | None) -> None:
    choice = chosen(CHOICES, said)
    assert (choice.payload if choice else None) == payload


@given(st.text())
def test_no_text_breaks_it(said: str) -> None:
    assert chosen(CHOICES, said) in (*CHOICES, None)


@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_a_reply_survives_being_stored(text: str, choices: list[tuple[str, str]]) -> None:
    reply = Reply(text, tuple(Choice(*pair) for pair in choices))
    assert Reply.from_json(reply.as_json()) == reply
