"""Starting a service, leaving one for another, and coming back to one."""

from dataclasses import replace

from bot.actions.topic import Response, Spoken, TopicAction, Turn
from models.catalogue.service import Kind, Service
from models.intake import form as forms
from models.intake import my_data
from models.intake.guide import about_line, guide_reply
from models.intake.precheck import closed
from models.intake.wording import bare, phrase
from models.reply import Reply


class StartService(TopicAction):
    """Starts the service whose intent was heard; its intents are those of the catalogue."""

    action_name = "action_start_service"
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Say the steps of a guide, or open the service's form: consent first.

        An open form of another service is not left without asking what becomes of it.
        """
        service = turn.catalogue.service(turn.move.intent.removeprefix("start_"))
        return start_service(turn, service)


def start_service(turn: Turn, service: Service, picked: str | None = None) -> Spoken:
    """Begin a service: a guide is told, a form opened, one that is open not left unasked.

    `picked` is the code of what on offer was chosen already.
    """
    if service.kind is Kind.GUIDE:
        return turn.interrupt(guide_reply(service))
    if not service.is_open():
        return turn.interrupt(Reply(closed(service), (forms.human_choice(),)))
    form, message_id = turn.form, turn.call.message_id
    if form is not None and form.answers and form.service.code != service.code:
        return turn.say(forms.ask_to_switch(form, service.code, service.name, message_id, picked))
    return turn.say(begin(turn, service.code, message_id, picked))


def begin(turn: Turn, code: str, message_id: int | None, picked: str | None = None) -> Reply:
    """Open a service's form, or go on with the one begun before."""
    return forms.start(
        turn.session,
        turn.catalogue,
        turn.contact_id,
        code,
        message_id=message_id,
        about=about_line(turn.catalogue.service(code)),
        picked=picked,
    )


class Leave(TopicAction):
    """Does with a form that is to be left what was answered."""

    action_name = "topic_leave"
    intents = ("leave_keep", "leave_drop", "leave_stay")
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Keep, drop or go on with the form; then begin what it is left for."""
        form = turn.form
        leaving = form.leaving if form is not None else None
        assert form is not None and leaving is not None, "only a form that is being left asks this"
        if turn.move.intent == "leave_stay" or (leaving.anew and turn.move.intent == "leave_keep"):
            return turn.say(forms.stay(turn.session, form))
        if leaving.anew:
            return turn.say(forms.restart(turn.session, form))
        if leaving.to is None or leaving.to not in turn.catalogue:
            if turn.move.intent == "leave_keep":
                return turn.say(forms.set_aside(form))
            return turn.say(forms.drop(turn.session, form))
        if turn.move.intent == "leave_keep":
            return turn.say(begin(turn, leaving.to, leaving.message_id, leaving.picked))
        forms.drop(turn.session, form)
        begun = begin(turn, leaving.to, leaving.message_id, leaving.picked)
        dropped = phrase("dropped", service=form.service.name)
        return turn.say(replace(begun, text=f"{dropped}\n{begun.text}"))


class Resume(TopicAction):
    """Goes on with a form that was left."""

    action_name = "action_resume"
    intents = ("resume",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Open the form that is named, or the only one there is; ask which among several."""
        begun = forms.begun_forms(turn.session, turn.catalogue, turn.contact_id)
        named = [form for form in begun if _is_named(turn, form)]
        if named:
            return turn.say(forms.resume(turn.session, named[0]))
        if turn.form is not None:
            return turn.say(forms.resume(turn.session, turn.form))
        if not begun:
            return turn.say(Response("utter_nothing_to_resume"))
        if len(begun) > 1:
            return turn.say(forms.ask_which_form(begun))
        return turn.say(forms.resume(turn.session, begun[0]))


def _is_named(turn: Turn, form: forms.OpenForm) -> bool:
    heard = turn.call.heard
    if heard.is_tapped:
        return heard.arguments.get("service") == form.service.code
    return any(bare(name) in bare(heard.text) for name in form.service.names)


class StartOver(TopicAction):
    """Begins the open form again."""

    action_name = "action_restart"
    intents = ("start_over",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Begin the open form anew, asked first; offer to go on with one that was set aside."""
        if turn.form is not None:
            return turn.say(forms.start_over(turn.session, turn.form))
        begun = forms.begun_forms(turn.session, turn.catalogue, turn.contact_id)
        if not begun:
            return turn.say(Response("utter_nothing_to_resume"))
        return turn.say(forms.offer_resume(begun[0]))


class ShowProgress(TopicAction):
    """Tells how far somebody's requests are."""

    action_name = "action_show_progress"
    intents = ("progress",)
    # What a query code opens is kept for its delivery.
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Tell of every request and of what is half done."""
        said = turn.call.heard.text
        reply = my_data.progress(turn.session, turn.catalogue, turn.contact_id, said)
        return turn.interrupt(reply or Response("utter_progress_none"))


class ShowSoFar(ShowProgress):
    """Shows what is filled in already."""

    action_name = "topic_so_far"
    intents = ("so_far",)

    def serve(self, turn: Turn) -> Spoken:
        """Show the open form's answers and ask on; without one, how far everything is."""
        if turn.form is None:
            return super().serve(turn)
        return turn.say(forms.so_far(turn.form))
