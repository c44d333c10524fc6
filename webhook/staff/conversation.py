"""A conversation on the screen: everything that was said, and what is known of the person."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from apiflask import APIBlueprint
from flask import Response, abort, make_response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import audit
from models.brief import Brief, brief_of
from models.change import Change, moves_of
from models.contact import Contact, same_person, tags_of
from models.conversation import Conversation
from models.database import Database, utc_now
from models.delivery import Delivery, DeliveryState
from models.delivery_attempt import DeliveryAttempt, attempts_for
from models.handoff import Handoff, cases_of, current, guests_of
from models.message import Author, Direction, Message
from models.note import Note, notes_of, see_mentions
from models.private_value import PrivateValue
from models.push_window import PushWindow, window_of
from models.staff import Right, Staff, staff_in_use
from models.staff_session import LASTS
from webhook.current import catalogue, database, services
from webhook.row_id import row_id
from webhook.staff import wording
from webhook.staff.access import me, needs
from webhook.staff.masking import names_of, values_of
from webhook.staff.queue_row import next_due

bp = APIBlueprint(
    "conversation",
    __name__,
    url_prefix="/conversations/<row:conversation_id>",
    enable_openapi=False,
)

_PAGE = 60
_BEFORE_A_CASE = timedelta(minutes=30)
# What to tell of a message in several pieces: the worst of them.
_WORST_FIRST = (
    DeliveryState.FAILED,
    DeliveryState.HELD,
    DeliveryState.UNKNOWN,
    DeliveryState.SENDING,
    DeliveryState.PENDING,
    DeliveryState.SENT,
)


@dataclass(frozen=True)
class Line:
    """One message with what a screen shows beside it.

    Attributes:
        said_by: whom of the staff it is from, by display name.
        on_its_way: the piece that tells how far it is; None for what the person wrote.
        attempts: the calls that were made to bring it.
        channel: the door it went through.
    """

    message: Message
    said_by: str
    on_its_way: Delivery | None
    attempts: list[DeliveryAttempt]
    channel: str


@dataclass(frozen=True)
class Shown:
    """Everything the middle and the side of the console show of one conversation."""

    conversation: Conversation
    name: str
    case: Handoff | None
    assignee: Staff | None
    guests: list[Staff]
    colleagues: list[Staff]
    lines: list[Line]
    has_more: bool
    window: PushWindow
    due: datetime | None
    due_for: str
    brief: Brief | None
    values: list[PrivateValue]
    tags: list[str]
    notes: list[Note]
    writers: dict[int, str]
    cases: list[Handoff]
    moves: list[Change]
    elsewhere: list[Conversation]

    @property
    def may_write(self) -> bool:
        """Whether the one who looks may answer here: has the conversation, or was invited."""
        if self.case is None or self.case.assignee_id is None:
            return False
        return me.id in {self.case.assignee_id, *(guest.id for guest in self.guests)}


@bp.get("")
@needs(Right.CHAT)
def page(conversation_id: int) -> Response:
    """Return the whole conversation; that it was looked at is on the record."""
    with database().reading() as reading:
        found = shown(reading, conversation_id)
    answer = make_response(render_template("staff/conversation.html", opened=found))
    if note_view(database(), conversation_id):
        answer.headers["HX-Trigger"] = "mentions-seen"
    return answer


@bp.get("/case")
@needs(Right.CHAT)
def case(conversation_id: int) -> str:
    """Return its head and foot: who has it, its clocks, whether one may write."""
    with database().reading() as reading:
        return render_template("staff/case.html", opened=shown(reading, conversation_id))


@bp.get("/panel")
@needs(Right.CHAT)
def panel(conversation_id: int) -> str:
    """Return its side: person, brief, notes, history."""
    _on_record(database(), conversation_id)
    with database().reading() as reading:
        return render_template("staff/panel.html", opened=shown(reading, conversation_id))


@bp.get("/lines")
@needs(Right.CHAT)
def lines(conversation_id: int) -> str:
    """Return what was said behind message `after`, or before message `before`."""
    after, before = (request.args.get(name, 0, type=row_id) for name in ("after", "before"))
    _on_record(database(), conversation_id)
    with database().reading() as reading:
        conversation = _conversation(reading, conversation_id)
        found = _lines(reading, conversation, after=after, before=before)
    return render_template(
        "staff/lines.html",
        lines=found[-_PAGE:] if not after else found,
        has_more=bool(before) and len(found) > _PAGE,
        conversation_id=conversation_id,
    )


@bp.get("/lines/<row:message_id>")
@needs(Right.CHAT)
def line(conversation_id: int, message_id: int) -> str:
    """Return one line again: its way to the person took a step."""
    _on_record(database(), conversation_id)
    with database().reading() as reading:
        people = same_person(reading, _conversation(reading, conversation_id).contact_id)
        message = reading.get(Message, message_id) or abort(404)
        if _conversation(reading, message.conversation_id).contact_id not in people:
            abort(404)
        found = _with_details(reading, [message])
    return render_template(
        "staff/lines.html", lines=found, has_more=False, conversation_id=conversation_id
    )


def note_view(database: Database, conversation_id: int) -> bool:
    """Put on the record that somebody looks at a conversation; whether notes named them anew."""
    with database.unit_of_work() as work:
        has_seen = see_mentions(work, me.id, conversation_id)
        audit.record(
            work, me.id, "conversation.view", subject="conversation", subject_id=conversation_id
        )
    return has_seen


def _on_record(database: Database, conversation_id: int) -> None:
    """Put a view on the record where a part is fetched by somebody who has not opened the whole."""
    with database.reading() as reading:
        _conversation(reading, conversation_id)
        is_known = audit.did_since(
            reading,
            me.id,
            "conversation.view",
            "conversation",
            conversation_id,
            utc_now() - LASTS,
        )
    if not is_known:
        note_view(database, conversation_id)


def shown(session: Session, conversation_id: int) -> Shown:
    """Gather what the console shows of a conversation; 404 where there is none."""
    conversation = _conversation(session, conversation_id)
    open_case = current(session, conversation_id)
    cases = cases_of(session, conversation_id)
    people = same_person(session, conversation.contact_id)
    found = _lines(session, conversation)
    elsewhere = list(
        session.scalars(
            select(Conversation)
            .where(Conversation.contact_id.in_(people), Conversation.id != conversation_id)
            .options(joinedload(Conversation.contact))
            .order_by(Conversation.id.desc())
        )
    )
    all_of_them = [conversation_id, *(one.id for one in elsewhere)]
    notes = notes_of(session, all_of_them)
    colleagues = staff_in_use(session)
    due, due_for = next_due(open_case, services().hours(session)) if open_case else (None, "")
    everybody = {one.id: one.display_name for one in session.scalars(select(Staff))}
    return Shown(
        conversation=conversation,
        name=names_of(session, [conversation.contact])[conversation.contact_id],
        case=open_case,
        assignee=open_case.assignee if open_case else None,
        guests=guests_of(session, open_case.id) if open_case else [],
        colleagues=[one for one in colleagues if one.may(Right.CHAT) and one.id != me.id],
        lines=found[-_PAGE:],
        has_more=len(found) > _PAGE,
        window=window_of(
            session, conversation, pushes=services().pushes(conversation.contact.channel)
        ),
        due=due,
        due_for=due_for,
        brief=brief_of(session, catalogue(), cases[0]) if cases else None,
        values=values_of(session, people),
        tags=tags_of(session, conversation.contact_id),
        notes=notes,
        writers=everybody,
        cases=cases,
        moves=moves_of(session, *all_of_them),
        elsewhere=elsewhere,
    )


def lines_of_case(session: Session, case: Handoff) -> list[Line]:
    """Return what was said in a case, and what led to it, oldest first."""
    query = (
        select(Message)
        .where(
            Message.conversation_id == case.conversation_id,
            Message.kind != "event",
            Message.created_at > case.created_at - _BEFORE_A_CASE,
            Message.created_at <= (case.ended_at or utc_now()),
            (Message.text != "") | (Message.direction == Direction.IN),
        )
        .order_by(Message.id)
        .limit(500)
    )
    return _with_details(session, list(session.scalars(query)))


def _conversation(session: Session, conversation_id: int) -> Conversation:
    found = session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .options(joinedload(Conversation.contact))
    )
    if found is None:
        abort(404)
    return found


def _lines(
    session: Session, conversation: Conversation, *, after: int = 0, before: int = 0
) -> list[Line]:
    """Return the newest lines of the person, through whatever door, oldest first.

    One more than a page, so that one can tell whether there are others.
    """
    people = same_person(session, conversation.contact_id)
    query = (
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.contact_id.in_(people),
            Message.kind != "event",
            Message.id > after,
            # What an administrator blanked stays; an answer of silence has no words to show.
            (Message.text != "") | (Message.direction == Direction.IN),
        )
        .order_by(Message.id.desc())
        .limit(_PAGE + 1 if not after else 500)
    )
    if before:
        query = query.where(Message.id < before)
    return _with_details(session, list(session.scalars(query))[::-1])


def _with_details(session: Session, messages: list[Message]) -> list[Line]:
    outbound = [message.id for message in messages if message.direction is Direction.OUT]
    pieces: dict[int, list[Delivery]] = defaultdict(list)
    for piece in session.scalars(select(Delivery).where(Delivery.message_id.in_(outbound))):
        pieces[piece.message_id].append(piece)
    # What left in the message of another piece shares its calls.
    carriers = {
        message_id: sorted({one.sent_with_id or one.id for one in found})
        for message_id, found in pieces.items()
    }
    attempts = attempts_for(session, [one for found in carriers.values() for one in found])
    writers = dict(
        session.execute(
            select(Staff.id, Staff.display_name).where(
                Staff.id.in_({one.staff_id for one in messages if one.staff_id})
            )
        ).all()
    )
    channels = dict(
        session.execute(
            select(Conversation.id, Contact.channel)
            .join(Contact, Contact.id == Conversation.contact_id)
            .where(Conversation.id.in_({one.conversation_id for one in messages}))
        ).all()
    )
    return [
        Line(
            message=message,
            said_by=writers.get(message.staff_id or 0, "坐席")
            if message.author is Author.STAFF
            else wording.AUTHORS[message.author],
            on_its_way=min(
                pieces[message.id], key=lambda one: _WORST_FIRST.index(one.state), default=None
            ),
            attempts=[
                one for carrier in carriers.get(message.id, ()) for one in attempts.get(carrier, ())
            ],
            channel=channels[message.conversation_id],
        )
        for message in messages
    ]
