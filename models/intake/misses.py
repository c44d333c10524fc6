"""Misses in a row: counted in the stored messages, so on every device and after a restart.

A message that was not understood is marked; one that was understood ends the row by standing in
it unmarked. The second miss in a row gets the likeliest meanings to choose from, the third a
person. What the meanings are called is in ``meanings.yml``.
"""

from collections.abc import Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue
from models.conversation import Conversation
from models.intake.form import human_choice, stop_choice
from models.intake.form.open_form import OpenForm
from models.intake.policy_answer import nearest_clause
from models.intake.wording import phrase
from models.knowledge.search import Knowledge
from models.message import Direction, Message
from models.reply import Choice, Reply

MEANINGS = 3
"""How many meanings are offered."""

_FILE = Path(__file__).with_name("meanings.yml")
_MISSED = "missed"
_POLICY = "ask_policy"
_ENOUGH = 2


@cache
def meanings() -> dict[str, dict[str, str]]:
    """Return what can be meant, intent by intent with its title; apart for an open form."""
    told: dict[str, dict[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return told


def note_miss(session: Session, message_id: int) -> None:
    """Mark a message as not understood."""
    message = session.get_one(Message, message_id)
    message.details = {**(message.details or {}), _MISSED: True}


def misses_before(session: Session, contact_id: int, message_id: int) -> int:
    """Return how many of the person's messages right before this one were missed, two at most."""
    mine = select(Conversation.id).where(Conversation.contact_id == contact_id)
    details = session.scalars(
        select(Message.details)
        .where(
            Message.conversation_id.in_(mine),
            Message.direction == Direction.IN,
            Message.kind != "event",
            Message.id < message_id,
        )
        .order_by(Message.id.desc())
        .limit(_ENOUGH)
    )
    return len(list(takewhile(lambda one: bool((one or {}).get(_MISSED)), details)))


def ways_on(
    before: int,
    form: OpenForm | None,
    meant: Sequence[Choice],
) -> Reply:
    """Return what is said and offered after a miss.

    Args:
        before: how many misses came right before this one.
        form: the open form, if there is one.
        meant: the likeliest meanings of the message.
    """
    if before < _ENOUGH and not meant:
        return Reply("", (human_choice(),))
    if before < _ENOUGH:
        return Reply(phrase("perhaps"), (*meant, human_choice()))
    if form is None:
        return Reply(phrase("offer_person"), (human_choice(),))
    help_text = form.asked.help if form.asked is not None else ""
    return Reply(phrase("stuck", help=help_text), (human_choice(), stop_choice()))


def likely_meanings(
    knowledge: Knowledge, catalogue: Catalogue, ranking: Sequence[str], text: str, *, in_form: bool
) -> tuple[Choice, ...]:
    """Return the likeliest meanings of a message, each as a choice with a plain title.

    Args:
        knowledge: where the clause nearest to a question is found.
        catalogue: the services that may be meant.
        ranking: the classifier's guesses, best first.
        text: what was said.
        in_form: whether a form is open: then steering it may be meant too.
    """
    titles = dict(meanings()["anywhere"])
    titles |= {service.start_intent: service.name for service in catalogue}
    if in_form:
        titles |= meanings()["in_a_form"]
    usual = meanings()["in_a_form" if in_form else "anywhere"]
    found: list[Choice] = []
    for intent in dict.fromkeys((*ranking, *usual)):
        if intent == _POLICY:
            clause = nearest_clause(knowledge, text)
            found += [clause] if clause is not None else []
        elif intent in titles:
            found.append(Choice(titles[intent], f"/{intent}"))
        if len(found) == MEANINGS:
            break
    return tuple(found)
