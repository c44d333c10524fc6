"""What people do with a request they have made."""

from bot.actions.topic import Spoken, TopicAction, Turn
from models.intake.withdrawal import withdraw


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
