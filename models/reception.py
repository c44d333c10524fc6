"""Reception: what a person is told on the way to staff, while they wait, and on the way back.

The words are data (``reception.yml``). A place in the queue is said as it is; how long it takes
only where people have lately waited to tell it by.
"""

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from models import handoff, queues
from models.catalogue.loader import Catalogue
from models.contact import Contact
from models.conversation import Conversation, ConversationState
from models.database import utc_now
from models.draft import active_draft
from models.handoff import Handoff, HandoffReason
from models.intake import my_data
from models.intake.distress import distress_in, distress_reply, is_unpaid, unpaid_reply
from models.intake.wording import bare, command
from models.message import Message
from models.office_calendar import in_force
from models.office_hours import Calendar, spoken_time
from models.reply import Choice, Reply, chosen

SILENCE = Reply("")
_FILE = Path(__file__).with_suffix(".yml")
_RATE = re.compile(r"/rate_([1-5])")
_BACK = "/back_to_bot"
_RESUME = "/resume"
_CLOSING = frozenset({"thanks", "goodbye"})


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return words


def receive(
    session: Session,
    calendar: Calendar,
    conversation: Conversation,
    reason: HandoffReason,
    message_id: int | None,
) -> Reply:
    """Hand a person to staff and return what they are told.

    Args:
        session: the open unit of work; it holds the lock on `conversation`.
        calendar: when staff are there, where no admin has set it.
        conversation: whose.
        reason: why a person is needed.
        message_id: the message that is answered with this.
    """
    contact = session.get_one(Contact, conversation.contact_id)
    is_urgent = reason is HandoffReason.DISTRESS
    if contact.blocked_at is not None and not is_urgent:
        return Reply(_words()["blocked"])
    known = handoff.current(session, conversation.id)
    case = handoff.request(session, conversation, reason, message_id=message_id)
    office = in_force(session, calendar).office_for(case.region)
    now = utc_now()
    if known is None:
        case.is_ticket = not office.is_open(now)
    if is_urgent:
        return Reply(_seen_first(session, calendar, case))
    if case.is_ticket:
        return _closed(case, spoken_time(office.opens_next(now), now))
    return Reply(_queued(session, case), _ways_back(case))


def while_with_staff(
    session: Session,
    catalogue: Catalogue,
    calendar: Calendar,
    conversation: Conversation,
    message: Message,
    payload: str,
) -> Reply:
    """Return what is said to a message that came while a person waits for staff, or has them.

    What they write is kept; they are told so once. Danger is always answered; while nobody has come
    yet, so are unpaid wages, once, and how far their requests are and how long the queue is.
    「转回机器人」 ends it, but for who is in danger: they talk on with the assistant, and staff
    still see them.

    Args:
        session: the open unit of work; it holds the lock on `conversation`.
        catalogue: the services, for how far a person's requests are.
        calendar: when staff are there, where no admin has set it.
        conversation: with staff, or waiting for them.
        message: what came.
        payload: what it means where it names a choice.
    """
    if distress_in(message.text):
        return _help(session, calendar, conversation, message.id, message.text)
    if payload == _BACK or _wants_back(message.text):
        return _back(session, conversation, message.id)
    if conversation.state is not ConversationState.PENDING:
        return SILENCE
    case = handoff.current(session, conversation.id)
    if case is None:
        return SILENCE
    if is_unpaid(message.text) and _may_raise(conversation, case):
        handoff.request(session, conversation, HandoffReason.RIGHTS, message_id=message.id)
        seen = _seen_first(session, calendar, case)
        return Reply(f"{unpaid_reply()}\n\n{seen}", _ways_back(case))
    if command(message.text) == "progress":
        reply = my_data.progress(session, catalogue, conversation.contact_id, message.text)
        told = reply.text if reply is not None else _words()["no_requests"]
        return Reply(f"{told}\n{_place(session, case)}", _ways_back(case))
    if bare(message.text).rstrip("?") in {bare(words) for words in _words()["asks_for_place"]}:
        return Reply(_place(session, case), _ways_back(case))
    if case.acknowledged_at is not None:
        return SILENCE
    case.acknowledged_at = utc_now()
    kept = _in_danger("kept") if case.is_of_danger else _words()["kept"]
    return Reply(kept, _ways_back(case))


def without_assistant(
    session: Session,
    calendar: Calendar,
    conversation: Conversation,
    message_id: int,
    meant: str,
) -> Reply | None:
    """Return what is said to who asks for a person, or is in danger, while the assistant fails.

    Staff can be reached without it. None when the words are about something else.

    Args:
        session: the open unit of work; it holds the lock on `conversation`.
        calendar: when staff are there, where no admin has set it.
        conversation: whose.
        message_id: the message that is answered with this.
        meant: its words, or what they stand for where they name a choice.
    """
    if distress_in(meant):
        return _help(session, calendar, conversation, message_id, meant)
    if meant == "/human" or command(meant) == "human":
        return receive(session, calendar, conversation, HandoffReason.ASKED, message_id)
    return None


def after_resolved(
    session: Session,
    calendar: Calendar,
    conversation: Conversation,
    message: Message,
    payload: str,
) -> Reply | None:
    """Return what is said to a message after a case was resolved; None leaves it to the assistant.

    A rating is kept, also where other words came between it and its question, and may be changed
    while the case is fresh. Who goes on with a form has turned to the assistant: a number is an
    answer to the form then. A new word goes to the same case again while that is fresh; thanks and
    a tapped choice do not, nor the words of a blocked person, unless the case is urgent. Later on,
    the conversation is the assistant's own again, which answers danger by itself.

    Args:
        session: the open unit of work; it holds the lock on `conversation`.
        calendar: how long a case is fresh, where no admin has set it.
        conversation: in state resolved.
        message: what came.
        payload: what it means where it names a choice.
    """
    cases = handoff.cases_of(session, conversation.id)
    last = cases[0] if cases else None
    ended = last.ended_at if last is not None else None
    now = utc_now()
    calendar = in_force(session, calendar)
    is_fresh = ended is not None and ended >= now - calendar.reopens_within
    in_danger = bool(distress_in(message.text))
    if not in_danger and _goes_on_with_form(session, conversation, ended, payload):
        conversation.state = ConversationState.BOT
        return None
    may_be_words = last is not None and (last.rating is None or is_fresh)
    score = _rating_in(payload, may_be_words=may_be_words)
    if score is not None and last is not None:
        handoff.rate(session, last, score)
        return Reply(_words()["rated" if score > 2 else "rated_low"])
    if last is None or not is_fresh:
        conversation.state = ConversationState.BOT
        return None
    if not in_danger:
        if payload.startswith("/") or _ends_it(message.text):
            return None
        if conversation.contact.blocked_at is not None and not last.urgent:
            conversation.state = ConversationState.BOT
            return None
    office = calendar.office_for(last.region)
    handoff.reopen(
        session,
        conversation,
        last,
        message.id,
        in_danger=in_danger,
        is_open=office.is_open(now),
    )
    if in_danger:
        return distress_reply(message.text, form_is_open=False)
    if last.is_ticket:
        return _closed(last, spoken_time(office.opens_next(now), now))
    return Reply(_words()["reopened"], _ways_back(last))


def rating_question() -> Reply:
    """Return the question that ends a case; a number is the rating itself."""
    choices = [
        Choice(one["title"], f"/rate_{score}", tuple(one["words"]))
        for score, one in enumerate(_words()["ratings"], start=1)
    ]
    return Reply(_words()["rating"], tuple(choices))


def _goes_on_with_form(
    session: Session, conversation: Conversation, ended: datetime | None, payload: str
) -> bool:
    """Whether somebody goes on with a form since their case ended, or asks to now."""
    draft = active_draft(session, conversation.contact_id)
    if draft is None or ended is None or _RATE.fullmatch(payload):
        return False
    return payload == _RESUME or command(payload) == "resume" or draft.updated_at > ended


def _rating_in(payload: str, *, may_be_words: bool) -> int | None:
    """Return the rating in what was chosen, or in words that are one; 1 to 5."""
    if may_be_words and (named := chosen(rating_question().choices, payload)) is not None:
        payload = named.payload
    rated = _RATE.fullmatch(payload)
    return int(rated[1]) if rated else None


def reminder(session: Session, calendar: Calendar, case: Handoff) -> Reply:
    """Return what a person is told whom nobody has come to in time."""
    office = in_force(session, calendar).office_for(case.region)
    now = utc_now()
    opens = spoken_time(office.opens_next(now), now)
    told = _words()["reminder"]["open" if office.is_open(now) else "closed"].format(opens=opens)
    if case.is_of_danger:
        told = f"{told}\n{_words()['danger']['numbers']}"
    return Reply(told, _ways_back(case))


def _help(
    session: Session, calendar: Calendar, conversation: Conversation, message_id: int, text: str
) -> Reply:
    """Say who helps with the danger or need in `text`, and call staff."""
    helped = distress_reply(text, form_is_open=False)
    told = receive(session, calendar, conversation, HandoffReason.DISTRESS, message_id)
    return Reply(f"{helped.text}\n\n{told.text}", helped.choices)


def _may_raise(conversation: Conversation, case: Handoff) -> bool:
    """Whether unpaid wages change a case: they do once, and not for who is blocked."""
    is_known = case.is_of_danger or case.reason is HandoffReason.RIGHTS
    return not is_known and conversation.contact.blocked_at is None


def _seen_first(session: Session, calendar: Calendar, case: Handoff) -> str:
    """Say that staff see an urgent case before the others, and when."""
    told = _words()["urgent"]
    if not case.is_ticket or case.assignee_id is not None:
        return str(told["open"])
    now = utc_now()
    opens = in_force(session, calendar).office_for(case.region).opens_next(now)
    return str(told["closed"].format(opens=spoken_time(opens, now)))


def _queued(session: Session, case: Handoff) -> str:
    told = _words()["queued"]
    return "\n".join([told["begins"] + _place(session, case), told["meanwhile"]])


def _place(session: Session, case: Handoff) -> str:
    """Say how long somebody's queue is; the minutes only where people have lately waited."""
    if case.is_ticket:
        return _words()["ticket"]
    told = _words()["queued"]
    said = told["place"].format(place=queues.place_of(session, case))
    wait = queues.estimated_wait(session)
    if wait is None:
        return said
    return said + told["estimate"].format(minutes=max(1, round(wait.total_seconds() / 60)))


def _closed(case: Handoff, opens: str) -> Reply:
    return Reply(_words()["closed"].format(opens=opens), _ways_back(case))


def _back(session: Session, conversation: Conversation, message_id: int) -> Reply:
    """Let the assistant answer again; where somebody is in danger, staff see the case all the same.

    Who has a colleague already stays with them, and is told so.
    """
    case = handoff.current(session, conversation.id)
    if case is None or not case.is_of_danger:
        handoff.return_to_bot(session, conversation.id)
        told, form_waits = _words()["returned"], _words()["returned_form"]
    elif case.assignee_id is not None:
        # This answer may be said although a colleague has the word.
        case.message_id = message_id
        return Reply(_in_danger("taken"))
    else:
        handoff.talk_on(session, conversation, case)
        told, form_waits = _in_danger("returned"), _in_danger("returned_form")
    if active_draft(session, conversation.contact_id) is None:
        return Reply(told)
    return Reply(form_waits, (Choice("接着办", _RESUME),))


def _in_danger(words: str) -> str:
    """Say `words` to who is or was in danger or need, and whom to call meanwhile."""
    told = _words()["danger"]
    return f"{told[words]}\n{told['numbers']}"


def _ways_back(case: Handoff) -> tuple[Choice, ...]:
    """Offer the assistant, but to nobody in danger: they are to wait for a person."""
    return () if case.is_of_danger else (Choice(_words()["back"][0], _BACK),)


def _ends_it(text: str) -> bool:
    return command(text) in _CLOSING or _wants_back(text)


def _wants_back(text: str) -> bool:
    return bare(text) in {bare(words) for words in _words()["back"]}
