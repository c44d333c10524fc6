"""What is said around the matter: greetings, thanks, what is not ours, what was not understood."""

from bot.actions.form import start_choices
from bot.actions.topic import Response, Spoken, TopicAction, Turn
from models.intake.form import human_choice


class SmallTalk(TopicAction):
    """Answers friendly words with friendly words."""

    action_name = "action_small_talk"
    intents = ("greet", "thanks", "goodbye", "bot_challenge", "abuse", "ask_about_us")

    def serve(self, turn: Turn) -> Spoken:
        """Say the domain's words for this intent."""
        return turn.interrupt(Response(f"utter_{turn.move.intent}"))


class OutOfScope(TopicAction):
    """Says who handles what we do not."""

    action_name = "action_out_of_scope"
    intents = ("out_of_scope",)

    def serve(self, turn: Turn) -> Spoken:
        """Name the hotlines."""
        return turn.interrupt(Response("utter_out_of_scope"))


class Misunderstood(TopicAction):
    """Admits that a message was not understood."""

    action_name = "action_misunderstood"
    intents = ("nlu_fallback",)

    def serve(self, turn: Turn) -> Spoken:
        """Ask for other words, and offer what can be done."""
        choices = (*start_choices(turn), human_choice())
        return turn.interrupt(Response("utter_misunderstood", choices))
