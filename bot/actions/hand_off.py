"""What concerns a person of the staff: asking for one, complaints, and people in danger or in need.

From the turn on that hands somebody over, the assistant is silent (`models.handoff`).
"""

import re

from bot.actions.topic import Response, Spoken, TopicAction, Turn
from models.conversation import lock_conversation
from models.handoff import HandoffReason
from models.intake.distress import distress_reply
from models.intake.wording import fold
from models.reception import receive
from models.reply import Reply

_ABOUT_WAGES = re.compile(r"工资|工钱|薪|血汗钱|工伤|社保|合同")


class HandOff(TopicAction):
    """Leads to a person."""

    action_name = "action_hand_off"
    intents = ("human",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Put the person into the queue and say where they stand in it."""
        return turn.say(_received(turn, HandoffReason.ASKED))


class Complaint(TopicAction):
    """Leads those who were wronged to who can help, and to a person."""

    action_name = "action_complaint"
    intents = ("complaint",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Name the ways to complain, and hand over: wage arrears and rights go to their staff."""
        is_right = _ABOUT_WAGES.search(fold(turn.call.heard.text))
        reason = HandoffReason.RIGHTS if is_right else HandoffReason.COMPLAINT
        return turn.say(Response("utter_complaint"), _received(turn, reason))


class Distress(TopicAction):
    """Leads those in danger or in need to who helps, and to a person, at once."""

    action_name = "topic_distress"
    intents = ("distress",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Name who helps; an open form stays as it is and asks nothing now."""
        helped = self.serve_nobody(turn)
        return turn.say(*helped.parts, _received(turn, HandoffReason.DISTRESS))

    def serve_nobody(self, turn: Turn) -> Spoken:
        """Name who helps, whoever it is."""
        text = turn.call.heard.text
        return turn.say(distress_reply(text, form_is_open=turn.form is not None))


def _received(turn: Turn, reason: HandoffReason) -> Reply:
    call = turn.call
    conversation = lock_conversation(turn.session, call.conversation_id)
    return receive(turn.session, turn.desk.calendar, conversation, reason, call.message_id)
