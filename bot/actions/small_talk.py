"""What is said around the matter: greetings, thanks, what is not ours, what was not understood."""

from bot.actions.topic import Response, Spoken, TopicAction, Turn
from models.intake.clarify import clarify
from models.intake.distress import distress_reply
from models.intake.elsewhere import who_handles
from models.reply import Reply


class SmallTalk(TopicAction):
    """Answers friendly words with friendly words."""

    action_name = "action_small_talk"
    intents = (
        "greet",
        "thanks",
        "goodbye",
        "bot_challenge",
        "abuse",
        "ask_about_us",
        "other_language",
    )

    def serve(self, turn: Turn) -> Spoken:
        """Say the domain's words for this intent."""
        return turn.interrupt(Response(f"utter_{turn.move.intent}"))


class HandOff(TopicAction):
    """Leads to a person."""

    action_name = "action_hand_off"
    intents = ("human",)

    def serve(self, turn: Turn) -> Spoken:
        """Say how a person is reached."""
        return turn.interrupt(Response("utter_human"))


class Distress(TopicAction):
    """Leads those in danger or in need to who helps."""

    action_name = "topic_distress"
    intents = ("distress",)

    def serve(self, turn: Turn) -> Spoken:
        """Name who helps; an open form stays as it is and asks nothing now."""
        text = turn.call.heard.text
        return turn.say(distress_reply(text, form_is_open=turn.form is not None))


class OutOfScope(TopicAction):
    """Says who handles what we do not."""

    action_name = "action_out_of_scope"
    intents = ("out_of_scope",)

    def serve(self, turn: Turn) -> Spoken:
        """Name whose matter it is and the hotline; all hotlines where no word tells."""
        handled = who_handles(turn.call.heard.text)
        return turn.interrupt(Reply(handled) if handled else Response("utter_out_of_scope"))


class Misunderstood(TopicAction):
    """Admits that a message was not understood."""

    action_name = "action_misunderstood"
    intents = ("nlu_fallback",)

    def serve(self, turn: Turn) -> Spoken:
        """Ask for other words; after a second time, offer what may be meant."""
        return turn.miss(Response("utter_misunderstood"))


class Clarify(TopicAction):
    """Asks back when a word may mean several things."""

    action_name = "topic_clarify"
    intents = ("clarify",)
    changes = True  # kept with its turn, so that every word of its choices names them

    def serve(self, turn: Turn) -> Spoken:
        """Ask which of them is meant."""
        asked = clarify(turn.catalogue, turn.call.heard.text)
        return turn.say(asked) if asked is not None else turn.miss(Response("utter_misunderstood"))
