"""Template filters: stored codes in the console's words, messages made safe for a screen."""

from datetime import datetime

from models.conversation import ConversationState
from models.database import utc_now
from models.delivery import DeliveryState
from models.handoff import RIGHTS_SKILL, HandoffReason
from models.message import Message
from models.private_value import TOKEN
from models.push_window import CLOSED, FOR_STAFF, SPENT
from webhook.current import catalogue
from webhook.staff import formats, masking, wording

_LINE = 60


def state(value: ConversationState) -> str:
    """Write who has a conversation."""
    return wording.STATES[value]


def reason(value: HandoffReason) -> str:
    """Write why a person is needed."""
    return wording.REASONS[value]


def delivery(value: DeliveryState) -> str:
    """Write how far a message is on its way."""
    return wording.DELIVERIES[value]


def interface(value: str) -> str:
    """Write what was asked of WeChat."""
    return wording.INTERFACES.get(value, value)


def outcome(value: str) -> str:
    """Write what WeChat answered, with its code."""
    known = wording.OUTCOMES.get(value)
    return f"{known}（{value}）" if known and value != "0" else known or f"没成功（{value}）"


def held_because(value: str) -> str:
    """Write why a line has not left: our own sentence, or what WeChat answered."""
    return value if value in (CLOSED, SPENT, FOR_STAFF) else outcome(value)


def channel(value: str) -> str:
    """Write a door's name."""
    return wording.CHANNELS.get(value, value)


def kind(value: str) -> str:
    """Write what came in the place of words."""
    return wording.KINDS.get(value, "其他消息")


def move(value: str) -> str:
    """Write a move of a conversation."""
    return wording.MOVES.get(value, value)


def skill(value: str) -> str:
    """Write a skill: a service's name, or the one for rights."""
    if value == RIGHTS_SKILL:
        return "维权投诉"
    return next((one.name for one in catalogue() if one.code == value), value)


def words(value: Message) -> str:
    """Write a message on one line of a list."""
    if not value.text:
        return f"［{kind(value.kind)}］"
    return TOKEN.sub(r"［\g<kind>］", " ".join(value.text.split()))[:_LINE]


def since(value: datetime | None) -> str:
    """Write how long ago something was."""
    return formats.span(utc_now() - value) if value else "—"


FILTERS = (
    formats.moment, formats.clock, formats.day, formats.span, formats.browser,
    state, reason, delivery, interface, outcome, held_because, channel, kind, move, skill, words,
    since, masking.line, masking.masked,
)  # fmt: skip
