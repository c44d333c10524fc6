"""Typing sign: who waits sees that a member of staff is writing to them.

WeChat shows it by itself for some seconds (客服输入状态); our own page asks for it together with
what is new. Nothing of it is kept.
"""

from flask import current_app

from models import handoff
from models.conversation import Conversation
from webhook import background
from webhook.current import database, services

# Seconds; an open console gives the sign again every four.
_LASTS = 7


def show(conversation_id: int, staff_id: int) -> None:
    """Show it to the person and to colleagues, if this member of staff may write there."""
    with database().reading() as reading:
        if not handoff.may_write(reading, conversation_id, staff_id):
            return
        channel = reading.get_one(Conversation, conversation_id).contact.channel
    services().feed.typing(conversation_id, staff_id)
    if services().pushes(channel):
        background.ask_for_typing(
            current_app.extensions["queue"], services().brisk_redis, conversation_id
        )
    else:
        name = _name(conversation_id)
        services().brisk_redis.ask(lambda client: client.set(name, 1, ex=_LASTS), None)


def hide(conversation_id: int) -> None:
    """Take it back: what was written has been sent."""
    name = _name(conversation_id)
    services().brisk_redis.ask(lambda client: client.delete(name), None)


def is_shown(conversation_id: int) -> bool:
    """Whether our own page shows it now."""
    name = _name(conversation_id)
    return bool(services().brisk_redis.ask(lambda client: client.exists(name), 0))


def _name(conversation_id: int) -> str:
    return f"typing:{conversation_id}"
