"""What people say to an open form: answers, yes and no, and the words that steer it."""

from bot.actions.hand_off import received
from bot.actions.offering import look_there
from bot.actions.taking_up import answer_offer, take_up
from bot.actions.topic import Response, Spoken, TopicAction, Turn
from models import message as messages
from models.handoff import HandoffReason
from models.intake import form as forms
from models.intake.clarify import clarify_teller, clarify_wish
from models.intake.withdrawal import withdraw_instead
from models.intake.wording import phrase
from models.reply import Choice, Reply


class TakeAnswer(TopicAction):
    """Takes the answers in a message."""

    action_name = "action_inform"
    gives_way = True
    intents = ("inform",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Fill the open form; without one, offer the one set aside, or the services."""
        if turn.form is not None:
            return take(turn, turn.form)
        elsewhere = look_there(turn) or answer_offer(turn)
        if elsewhere is not None:
            return elsewhere
        wish = clarify_wish(turn.catalogue, turn.call.heard.text)
        if wish is not None:
            return turn.say(wish)
        begun = forms.begun_forms(turn.session, turn.catalogue, turn.contact_id)
        if begun:
            return turn.say(forms.offer_resume(begun[0]))
        teller = clarify_teller(turn.catalogue, turn.call.heard.text)
        return turn.miss(Response("utter_misunderstood")) if teller is None else turn.say(teller)


class TakeYes(TopicAction):
    """Takes a yes."""

    action_name = "action_affirm"
    gives_way = True
    intents = ("affirm",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Agree to what was asked; without a form, to what was just offered."""
        if turn.form is None:
            return take_up(turn) or turn.say(Response("utter_nothing_to_affirm"))
        agreed = forms.agree(turn.session, turn.form, turn.call.message_id)
        if agreed is not None and turn.form.service.urgent and _is_submitted(turn):
            return turn.say(agreed, received(turn, HandoffReason.RIGHTS))
        return turn.say(agreed) if agreed is not None else _read_on(turn, turn.form)


class TakeNo(TopicAction):
    """Takes a no."""

    action_name = "action_deny"
    gives_way = True
    intents = ("deny",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Refuse what was asked."""
        if turn.form is None:
            return turn.say(Response("utter_nothing_to_deny"))
        if turn.call.heard.arguments:
            # A no to something else than the form, which was asked in between.
            return turn.say(forms.question(turn.form))
        refused = forms.refuse(turn.session, turn.form)
        return turn.say(refused) if refused is not None else _read_on(turn, turn.form)


class ReadBack(TopicAction):
    """Hears whether what somebody spoke was heard right."""

    action_name = "topic_read_back"
    intents = ("heard_right", "misheard")
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Keep it and ask on, or take it back and ask again."""
        assert turn.form is not None, "only an open form reads back"
        if turn.move.intent == "heard_right":
            return turn.say(forms.heard_right(turn.form))
        return turn.say(forms.misheard(turn.session, turn.form))


class Cancel(TopicAction):
    """Gives the form up."""

    action_name = "action_cancel"
    intents = ("cancel",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Drop the open form; asked first where something was filled in.

        Without one, 「不办了，撤了吧」 speaks of what was handed in.
        """
        if turn.form is None:
            said = turn.call.heard.text
            back = withdraw_instead(turn.session, turn.catalogue, turn.contact_id, said)
            return turn.say(Response("utter_nothing_to_cancel") if back is None else back)
        return turn.say(forms.cancel(turn.session, turn.form))


class SetAside(TopicAction):
    """Leaves the form for later."""

    action_name = "topic_set_aside"
    intents = ("set_aside",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Keep everything and ask nothing."""
        if turn.form is None:
            return turn.say(Reply(phrase("no_hurry")))
        return turn.say(forms.set_aside(turn.form))


class Why(TopicAction):
    """Says what an answer is needed for."""

    action_name = "topic_why"
    intents = ("why",)

    def serve(self, turn: Turn) -> Spoken:
        """Give the reason, then ask again."""
        if turn.form is None:
            return turn.say(Reply(phrase("why_in_general")))
        return turn.say(forms.why(turn.form, turn.call.heard.text))


class ShowList(TopicAction):
    """Shows everything that can be chosen."""

    action_name = "topic_list"
    intents = ("list",)

    def serve(self, turn: Turn) -> Spoken:
        """Ask the open question with its whole list."""
        if turn.form is None:
            return turn.say(Response("utter_help", start_choices(turn)))
        return turn.say(forms.show_list(turn.form))


class GoBack(TopicAction):
    """Goes back one question."""

    action_name = "action_go_back"
    intents = ("go_back",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Ask the question before."""
        if turn.form is None:
            return turn.say(Response("utter_nothing_to_correct"))
        return turn.say(forms.go_back(turn.form))


class Skip(TopicAction):
    """Leaves a question out."""

    action_name = "action_skip"
    intents = ("skip",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Go on without an answer where that is allowed."""
        if turn.form is None:
            return turn.say(Response("utter_nothing_to_skip"))
        return turn.say(forms.skip(turn.session, turn.form))


class CorrectField(TopicAction):
    """Changes an answer by the name of its field; 「不改」 leaves it."""

    action_name = "action_correct_field"
    intents = ("correct", "keep")
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Change it at once when the new answer was said too."""
        form, move = turn.form, turn.move
        if form is None and move.service is not None:
            return turn.say(self._reopen(turn, move.service))
        if form is None:
            return turn.say(Response("utter_nothing_to_correct"))
        if move.intent == "keep":
            return turn.say(forms.keep(turn.session, form))
        return turn.say(self._change(turn, form))

    def _change(self, turn: Turn, form: forms.OpenForm) -> Reply:
        move = turn.move
        if move.target is None:
            return forms.which_field(form)
        said = move.said if move.said.raw else None
        is_spoken = turn.call.heard.is_spoken
        return forms.correct(turn.session, form, move.target, said, is_spoken=is_spoken)

    def _reopen(self, turn: Turn, code: str) -> Response | Reply:
        """Change what was submitted: its answers are a form again."""
        form = forms.reopen(turn.session, turn.catalogue, turn.contact_id, code)
        if form is None:
            return Response("utter_nothing_to_correct")
        return forms.reopened(form, self._change(turn, form))


class Repeat(TopicAction):
    """Says the last thing again."""

    action_name = "action_repeat"
    intents = ("repeat",)

    def serve(self, turn: Turn) -> Spoken:
        """Ask the open question again, or repeat what was said last."""
        if turn.form is not None:
            return turn.say(forms.question(turn.form, whole=True))
        last = messages.last_outbound(turn.session, turn.call.conversation_id)
        return turn.say(last.reply if last is not None else Response("utter_help"))


class Help(TopicAction):
    """Explains what can be said."""

    action_name = "action_help"
    intents = ("help",)

    def serve(self, turn: Turn) -> Spoken:
        """Explain the open question, or what the assistant is there for."""
        if turn.form is not None:
            return turn.say(forms.help_for(turn.form))
        return turn.say(Response("utter_help", start_choices(turn)))


def start_choices(turn: Turn) -> tuple[Choice, ...]:
    """Return a choice for every service that can be started."""
    return tuple(Choice(one.name, f"/{one.start_intent}") for one in turn.catalogue)


def take(turn: Turn, form: forms.OpenForm) -> Spoken:
    """Take the answers of the turn's message; one that holds none is a miss."""
    reply = forms.take_answers(
        turn.session,
        form,
        turn.move.said,
        turn.move.answers,
        message_id=turn.call.message_id,
        is_spoken=turn.call.heard.is_spoken,
    )
    return turn.miss(asks=reply) if form.misses else turn.say(reply)


def _read_on(turn: Turn, form: forms.OpenForm) -> Spoken:
    """Read a yes or no to another kind of question as the answer it is meant to be."""
    if turn.call.heard.is_tapped:
        # A choice of an earlier message: what is open now has to be asked again.
        return turn.say(forms.question(form))
    return take(turn, form)


def _is_submitted(turn: Turn) -> bool:
    """Whether the form that was open is open no more."""
    return forms.open_form(turn.session, turn.catalogue, turn.contact_id) is None
