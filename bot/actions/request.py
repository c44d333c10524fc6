"""What people do with a request they have made."""

from bot.actions.topic import Spoken, TopicAction, Turn
from models.intake.handing_in import ways_to_hand_in
from models.intake.withdrawal import withdraw


class HandIn(TopicAction):
    """Says which papers are missing, and how they are handed in."""

    action_name = "topic_hand_in"
    intents = ("hand_in",)

    def serve(self, turn: Turn) -> Spoken:
        """List what is missing of the person's requests; an open form goes on afterwards."""
        return turn.interrupt(ways_to_hand_in(turn.session, turn.catalogue, turn.contact_id))


class Withdraw(TopicAction):
    """Takes a request back."""

    action_name = "topic_withdraw"
    intents = ("withdraw",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Ask which one and whether it is meant, then take it back."""
        said = turn.call.heard.text
        reply = withdraw(turn.session, turn.catalogue, turn.contact_id, said)
        # A yes to its question must not be one to an open form.
        return turn.say(reply) if reply.choices else turn.interrupt(reply)
