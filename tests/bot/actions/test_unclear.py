"""What the classifier is unsure of is kept for review, and nothing else is."""

from dataclasses import replace

import pytest

from bot.actions.topic import Desk
from models.intake.turn import Heard
from models.understanding import clusters
from tests.bot.actions.dialogue import Person, turn_taker


def kept(person: Person) -> list[tuple[str, str]]:
    with person.desk.database.reading() as session:
        return [(m.text, m.guess) for c in clusters(session) for m in c.messages]


def hear(person: Person, desk: Desk, text: str, intent: str, guess: str, sure: float) -> None:
    call = person.record(text, intent)
    heard = Heard(call.heard.text, intent, sure)
    turn_taker(desk).take(replace(call, heard=heard, guess=guess, guess_confidence=sure))


@pytest.mark.parametrize(
    ("text", "intent", "sure", "is_kept"),
    [
        ("叽里咕噜的那种活", "nlu_fallback", 0.3, True),
        ("整个驾校的活", "start_gig_registration", 0.5, True),
        ("你们这玩意儿咋样", "help", 0.45, True),
        ("打零工去哪里登记", "ask_policy", 0.95, False),
        ("算了", "deny", 0.3, False),
        ("/affirm", "affirm", 0.3, False),
    ],
)
def test_low_confidence_is_kept(
    person: Person, desk: Desk, text: str, intent: str, sure: float, is_kept: bool
) -> None:
    hear(person, desk, text, intent, "greet", sure)
    assert kept(person) == ([(text, "greet")] if is_kept else [])


def test_an_answer_to_a_form_is_not_kept(person: Person, desk: Desk) -> None:
    person.begins()
    hear(person, desk, "沈阳铁西", "nlu_fallback", "inform", 0.2)
    assert kept(person) == []
