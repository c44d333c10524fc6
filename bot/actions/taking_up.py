"""Taking up what was just offered: by a yes, by a wish that names nothing, or by answers."""

from bot.actions.service import start_service
from bot.actions.topic import Spoken, Turn
from models import message as messages
from models.catalogue.service import Service
from models.intake.form import human_choice
from models.intake.turn import answered_unasked
from models.intake.wording import phrase
from models.reply import Choice, Reply

# Longer than this it is a list of what there is, not an offer.
_MOST = 3


def take_up(turn: Turn) -> Spoken | None:
    """Start the one service the last words offered; among several, ask which. None without one."""
    offered = _offered(turn)
    if not offered or len(offered) > _MOST:
        return None
    if len(offered) == 1:
        return start_service(turn, offered[0][1])
    choices = (choice for choice, _ in offered)
    return turn.say(Reply(phrase("which_offered"), (*choices, human_choice())))


def answer_offer(turn: Turn) -> Spoken | None:
    """Start the one of several offered services that takes the message for an answer.

    Asked whom they hire, people say 「饭店服务员俩」. None where no service or more than one takes
    it, and behind a single offer: a place said there may be about what was told. Starting takes
    the answers along.
    """
    offered = _offered(turn) if turn.form is None else []
    if len(offered) < 2:
        return None
    said, ranking = turn.move.said, turn.call.heard.ranking
    meant = [
        service
        for _, service in offered
        if answered_unasked([service], said, ranking, few=True) is not None
    ]
    return start_service(turn, meant[0]) if len(meant) == 1 else None


def _offered(turn: Turn) -> list[tuple[Choice, Service]]:
    last = messages.last_outbound(turn.session, turn.call.conversation_id)
    choices = last.reply.choices if last is not None else ()
    starts = {f"/{one.start_intent}": one for one in turn.catalogue}
    return [(one, starts[one.payload]) for one in choices if one.payload in starts]
