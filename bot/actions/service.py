"""Starting a service, and coming back to one."""

from bot.actions.topic import Response, Spoken, TopicAction, Turn
from models.intake import form as forms
from models.intake import my_data
from models.intake.answers import hear


class StartService(TopicAction):
    """Starts the service whose intent was heard; its intents are those of the catalogue."""

    action_name = "action_start_service"
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Open the service's form: consent first."""
        code = turn.move.intent.removeprefix("start_")
        call = turn.call
        said = None
        if not call.heard.is_tapped:
            said = hear(turn.session, turn.contact_id, call.heard.text)
        reply = forms.start(
            turn.session,
            turn.catalogue,
            turn.contact_id,
            code,
            message_id=call.message_id,
            said=said,
        )
        return turn.say(reply)


class Resume(TopicAction):
    """Goes on with a form that was left."""

    action_name = "action_resume"
    intents = ("resume",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Open the form that was touched last, whether set aside or not."""
        form = forms.waiting_form(turn.session, turn.catalogue, turn.contact_id)
        if form is None:
            return turn.say(Response("utter_nothing_to_resume"))
        return turn.say(forms.resume(turn.session, form))


class StartOver(TopicAction):
    """Begins the open form again."""

    action_name = "action_restart"
    intents = ("start_over",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Drop the answers and ask the first question."""
        form = forms.waiting_form(turn.session, turn.catalogue, turn.contact_id)
        if form is None:
            return turn.say(Response("utter_nothing_to_resume"))
        return turn.say(forms.restart(turn.session, form))


class ShowProgress(TopicAction):
    """Tells how far somebody's requests are."""

    action_name = "action_show_progress"
    intents = ("progress",)

    def serve(self, turn: Turn) -> Spoken:
        """Name the newest record's number and date, and what is half done."""
        reply = my_data.progress(turn.session, turn.catalogue, turn.contact_id)
        return turn.interrupt(reply or Response("utter_progress_none"))
