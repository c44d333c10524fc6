"""What concerns a person of the staff: asking for one, and people in danger or in need.

From the turn on that hands somebody over, the assistant is silent (`models.handoff`).
"""

from bot.actions.topic import Spoken, TopicAction, Turn
from models.conversation import lock_conversation
from models.handoff import HandoffReason
from models.intake.distress import distress_reply
from models.reception import receive
from models.reply import Reply


class HandOff(TopicAction):
    """Leads to a person."""

    action_name = "action_hand_off"
    intents = ("human",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Put the person into the queue and say where they stand in it."""
        return turn.say(received(turn, HandoffReason.ASKED))


class Distress(TopicAction):
    """Leads those in danger or in need to who helps, and to a person, at once."""

    action_name = "topic_distress"
    intents = ("distress",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Name who helps; an open form stays as it is and asks nothing now."""
        helped = self.serve_nobody(turn)
        return turn.say(*helped.parts, received(turn, HandoffReason.DISTRESS))

    def serve_nobody(self, turn: Turn) -> Spoken:
        """Name who helps, whoever it is."""
        text = turn.call.heard.text
        return turn.say(distress_reply(text, form_is_open=turn.form is not None))


def received(turn: Turn, reason: HandoffReason) -> Reply:
    """Put the person who wrote into the queue; return what they are told."""
    call = turn.call
    conversation = lock_conversation(turn.session, call.conversation_id)
    return receive(turn.session, turn.desk.calendar, conversation, reason, call.message_id)
