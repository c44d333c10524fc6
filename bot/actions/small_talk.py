"""What is said around the matter: greetings, thanks, what is not ours, what was not understood."""

from bot.actions.offering import look_there
from bot.actions.policy import answer_about, said_in_documents
from bot.actions.taking_up import answer_offer, take_up
from bot.actions.topic import Response, Spoken, TopicAction, Turn
from models.intake.clarify import clarify, clarify_wish, lacks_subject, takes_offer
from models.intake.elsewhere import who_handles
from models.intake.policy_answer import topic_of
from models.reply import Reply


class SmallTalk(TopicAction):
    """Answers friendly words with friendly words."""

    action_name = "action_small_talk"
    gives_way = True
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


class OutOfScope(TopicAction):
    """Says who handles what we do not, unless a loaded document answers it."""

    action_name = "action_out_of_scope"
    gives_way = True
    intents = ("out_of_scope",)

    def serve(self, turn: Turn) -> Spoken:
        """Name whose matter it is and the hotline; all hotlines where no word tells."""
        said = said_in_documents(turn, turn.call.heard.text)
        if said is not None:
            return said
        handled = who_handles(turn.call.heard.text)
        return turn.interrupt(Reply(handled) if handled else Response("utter_out_of_scope"))


class Misunderstood(TopicAction):
    """Admits that a message was not understood."""

    action_name = "action_misunderstood"
    gives_way = True
    intents = ("nlu_fallback",)
    changes = True  # it may begin what was offered

    def serve(self, turn: Turn) -> Spoken:
        """Ask for other words; after a second time, offer what may be meant."""
        meant = look_there(turn) or answer_offer(turn)
        if meant is not None:
            return meant
        wish = clarify_wish(turn.catalogue, turn.call.heard.text) if turn.form is None else None
        return turn.say(wish) if wish is not None else turn.miss(Response("utter_misunderstood"))


class Clarify(TopicAction):
    """Asks back when a word may mean several things."""

    action_name = "topic_clarify"
    intents = ("clarify",)
    changes = True  # kept with its turn, so that every word of its choices names them

    def serve(self, turn: Turn) -> Spoken:
        """Ask which of them is meant; what leaves out its subject is about what was said last."""
        said = turn.call.heard.text
        taken = take_up(turn) if takes_offer(said) and turn.form is None else None
        if taken is not None:
            return taken
        if lacks_subject(said) and topic_of(turn.session, turn.call.conversation_id) is not None:
            return answer_about(turn, said)
        asked = clarify(turn.catalogue, said)
        return turn.say(asked) if asked is not None else turn.miss(Response("utter_misunderstood"))
