"""Wanting to do a piece of gig work that was found or heard of."""

from bot.actions.hand_off import received
from bot.actions.topic import Spoken, TopicAction, Turn
from models.handoff import HandoffReason
from models.intake.gig_wish import gone, is_registered, noted, register_first, wanted


class WantPosting(TopicAction):
    """Leads to the staff of the gig service area, who bring both sides together."""

    action_name = "topic_want_posting"
    intents = ("want_posting",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Put who is registered into the queue; the others are registered first."""
        posting = wanted(turn.session, turn.call.heard.text)
        if posting is None:
            return turn.interrupt(gone())
        if not is_registered(turn.session, turn.contact_id):
            return turn.interrupt(register_first(posting))
        return turn.say(noted(posting), received(turn, HandoffReason.ASKED))
