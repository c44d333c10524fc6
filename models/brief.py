"""Brief: what staff read first when they take a case over — masked, and always as things stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue
from models.conversation import Conversation
from models.handoff import Handoff, HandoffReason
from models.intake.form import begun_forms
from models.intake.recorders import recorder_of
from models.message import Author, Message

_LOOKS_BACK = 30
_SHOWN = 5
_LINE = 80


@dataclass(frozen=True)
class FormSoFar:
    """A half-filled form: its service, and label and masked answer of what is filled."""

    service: str
    filled: list[tuple[str, str]]
    missing: list[str]


@dataclass(frozen=True)
class Exchange:
    """Something the person said, and how the assistant began its answer; empty without one."""

    asked: str
    answered: str


@dataclass(frozen=True)
class Brief:
    """The few lines: why, what was asked and answered last, the form so far, past requests."""

    reason: HandoffReason
    talk: list[Exchange]
    form: FormSoFar | None
    requests: list[str]


def brief_of(session: Session, catalogue: Catalogue, case: Handoff) -> Brief:
    """Put a case's brief together from what is stored."""
    conversation = session.get_one(Conversation, case.conversation_id)
    before = Message.created_at <= case.created_at
    newest = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation.id, before, Message.text != "")
        .order_by(Message.position.desc())
        .limit(_LOOKS_BACK)
    ).all()
    contact_id = conversation.contact_id
    return Brief(
        reason=case.reason,
        talk=_exchanges(newest[::-1])[-_SHOWN:],
        form=_form(session, catalogue, contact_id),
        requests=_requests(session, catalogue, contact_id),
    )


def _exchanges(messages: Sequence[Message]) -> list[Exchange]:
    talk: list[Exchange] = []
    for one in messages:
        if one.author is Author.CONTACT:
            talk.append(Exchange(_line(one.text), ""))
        elif one.author is Author.BOT and talk and not talk[-1].answered:
            talk[-1] = replace(talk[-1], answered=_line(one.text))
    return talk


def _form(session: Session, catalogue: Catalogue, contact_id: int) -> FormSoFar | None:
    form = next(iter(begun_forms(session, catalogue, contact_id)), None)
    if form is None:
        return None
    answered = form.answers
    filled = [(one.label, form.shown(one)) for one in form.fields if one.name in answered]
    missing = [one.label for one in form.fields if one.name not in answered]
    return FormSoFar(form.service.name, filled, missing)


def _requests(session: Session, catalogue: Catalogue, contact_id: int) -> list[str]:
    return [
        line
        for service in catalogue.recorded()
        for line in recorder_of(service).progress(session, contact_id)
    ]


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"
