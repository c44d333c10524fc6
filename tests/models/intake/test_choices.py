"""Choices are named by number, ordinal or title; the numbers go beyond nine."""

import pytest

from models.reply import Choice, chosen

CHOICES = tuple(Choice(f"第{n}样", f"/{n}") for n in range(1, 26))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        (" 2 ", 2),
        ("第三个", 3),
        ("选4", 4),
        ("９", 9),
        ("10", 10),
        ("十", 10),
        ("第十二个", 12),
        ("14。", 14),
        ("二十", 20),
        ("二十五", 25),
        ("第7样", 7),
    ],
)
def test_a_choice_is_named(text: str, number: int) -> None:
    choice = chosen(CHOICES, text)
    assert choice is not None
    assert choice.payload == f"/{number}"


@pytest.mark.parametrize("text", ["0", "26", "99", "138", "1和3", "一百", "好", "", "第"])
def test_what_names_no_choice(text: str) -> None:
    assert chosen(CHOICES, text) is None


def test_without_choices_nothing_is_chosen() -> None:
    assert chosen((), "1") is None
