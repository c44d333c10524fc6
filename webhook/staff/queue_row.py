"""Queue row: a conversation as one line of a list, gathered for many at once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.conversation import Conversation
from models.handoff import Handoff
from models.intake.distress import distress_in, is_unpaid
from models.message import Author, Direction, Message
from models.office_hours import Calendar
from models.service_level import clocks_of
from models.staff import Staff
from webhook.staff.masking import names_of

# Messages of a conversation in which what made it urgent is looked for.
_LOOKED_BACK = 60


@dataclass(frozen=True)
class QueueRow:
    """What a list shows of a conversation.

    Attributes:
        case: its open case; None while the assistant serves.
        last: the last word of the person or of staff; of anybody while the assistant serves.
        alarm: the person's newest words that make a case urgent which nobody has answered yet.
        due: when somebody has to have answered; None when no clock runs.
        due_for: what runs out then.
    """

    conversation: Conversation
    name: str
    case: Handoff | None
    assignee: str
    last: Message | None
    alarm: Message | None
    due: datetime | None
    due_for: str

    @property
    def waiting_since(self) -> datetime | None:
        """Since when the person waits for a word of ours."""
        if self.case is None:
            return None
        return self.case.created_at if self.case.assignee_id is None else self.case.awaiting_since

    @property
    def shown(self) -> Message | None:
        """What to read of it: a later 「谢谢」 does not hide that somebody is in danger."""
        return self.alarm or self.last

    @property
    def is_unread(self) -> bool:
        """Whether the last word is the person's."""
        return self.last is not None and self.last.direction is Direction.IN


def rows_of(session: Session, cases: list[Handoff], calendar: Calendar) -> list[QueueRow]:
    """Return a line for each case, in the order given."""
    by_conversation = {case.conversation_id: case for case in cases}
    rows = _rows(session, list(by_conversation), by_conversation, calendar)
    return [rows[case.conversation_id] for case in cases]


def rows_with_bot(
    session: Session, conversation_ids: list[int], calendar: Calendar
) -> list[QueueRow]:
    """Return a line for each conversation, whether with staff or not, in the order given."""
    found = session.scalars(
        select(Handoff).where(
            Handoff.conversation_id.in_(conversation_ids), Handoff.ended_at.is_(None)
        )
    )
    cases = {case.conversation_id: case for case in found}
    rows = _rows(session, conversation_ids, cases, calendar)
    return [rows[one] for one in conversation_ids if one in rows]


def next_due(case: Handoff, calendar: Calendar) -> tuple[datetime | None, str]:
    """Return the clock that runs out first, and what it is for."""
    clocks = clocks_of(case, calendar)
    for due, what in (
        (clocks.first_reply_due, "首次回复"),
        (clocks.next_reply_due, "回复"),
        (clocks.resolution_due, "办结"),
    ):
        if due is not None:
            return due, what
    return None, ""


def _rows(
    session: Session, ids: list[int], cases: dict[int, Handoff], calendar: Calendar
) -> dict[int, QueueRow]:
    conversations = session.scalars(
        select(Conversation)
        .where(Conversation.id.in_(ids))
        .options(joinedload(Conversation.contact))
    ).all()
    names = names_of(session, [one.contact for one in conversations])
    last = _last_words(session, ids, cases)
    alarms = _alarms(session, cases)
    people = {case.assignee_id for case in cases.values() if case.assignee_id}
    assignees = dict(
        session.execute(select(Staff.id, Staff.display_name).where(Staff.id.in_(people))).all()
    )
    rows = {}
    for one in conversations:
        case = cases.get(one.id)
        due, due_for = next_due(case, calendar) if case is not None else (None, "")
        rows[one.id] = QueueRow(
            conversation=one,
            name=names[one.contact_id],
            case=case,
            assignee=assignees.get(case.assignee_id, "") if case and case.assignee_id else "",
            last=last.get(one.id),
            alarm=alarms.get(one.id),
            due=due,
            due_for=due_for,
        )
    return rows


def _alarms(session: Session, cases: dict[int, Handoff]) -> dict[int, Message]:
    """Return the newest alarming words of each urgent case that staff have not answered yet."""
    urgent = [one for one, case in cases.items() if case.urgent and case.awaiting_since is not None]
    said = session.scalars(
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.conversation_id.in_(urgent),
            Message.author.in_([Author.CONTACT, Author.STAFF]),
            Message.position > Conversation.last_position - _LOOKED_BACK,
        )
        .order_by(Message.position)
    )
    alarms: dict[int, Message] = {}
    for message in said:
        if message.author is Author.STAFF:
            alarms.pop(message.conversation_id, None)
        elif distress_in(message.text) or is_unpaid(message.text):
            alarms[message.conversation_id] = message
    return alarms


def _last_words(session: Session, ids: list[int], cases: dict[int, Handoff]) -> dict[int, Message]:
    """Return what to read of each conversation; where people talk, what the service said is not."""
    newest = (
        select(Message.id)
        .where(Message.conversation_id == Conversation.id, Message.kind != "event")
        .order_by(Message.position.desc())
        .limit(1)
        .correlate(Conversation)
    )
    by_people = newest.where(Message.author.in_([Author.CONTACT, Author.STAFF]))
    found: dict[int, Message] = {}
    for query, which in (
        (newest, [one for one in ids if one not in cases]),
        (by_people, [one for one in ids if one in cases]),
    ):
        chosen = select(query.scalar_subquery()).select_from(Conversation)
        said = select(Message).where(Message.id.in_(chosen.where(Conversation.id.in_(which))))
        found |= {message.conversation_id: message for message in session.scalars(said)}
    return found
