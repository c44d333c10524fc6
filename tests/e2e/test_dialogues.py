"""The dialogues of ``dialogues.yml``, led through the whole stack with the trained assistant.

Rasa's own test stories compare actions and slots; here one action serves each intent and the form
is a draft in our database, so a dialogue is what is said and what has to be heard back.
"""

from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.catalogue import load_catalogue
from tests.e2e.conftest import Person
from tests.e2e.stack import Stack

pytestmark = pytest.mark.e2e

ENOUGH_UNHAPPY = 6
_FILE = Path(__file__).with_name("dialogues.yml")
_numbers = count(1)

Turn = tuple[str, list[str]]
"""What is said, and what the answer has to hold."""


def dialogues(part: str) -> dict[str, list[Turn]]:
    """Read one part of the file: turns by the dialogue's name."""
    told: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))[part]
    return {
        name: [
            (str(said), heard if isinstance(heard, list) else [heard])
            for turn in talk
            for said, heard in turn.items()
        ]
        for name, talk in told.items()
    }


EVERY = [
    pytest.param(talk, id=f"{part}-{name}")
    for part in ("happy", "unhappy")
    for name, talk in dialogues(part).items()
]


def test_every_service_is_talked_through_and_enough_goes_wrong() -> None:
    assert set(dialogues("happy")) == {service.code for service in load_catalogue()}
    assert len(dialogues("unhappy")) >= ENOUGH_UNHAPPY


@pytest.mark.parametrize("talk", EVERY)
def test_what_is_said_is_answered(stack: Stack, talk: list[Turn]) -> None:
    person = Person(stack, f"openid-dialogue-{next(_numbers)}")
    for said, heard in talk:
        answered = person.say(said)
        for words in heard:
            assert words in answered, f"after 「{said}」"
