"""How a form is begun, taken up again, or begun anew."""

from dataclasses import replace

from sqlalchemy.orm import Session

from models import message as messages
from models.catalogue.loader import Catalogue
from models.draft import WHICH, begin_draft
from models.intake.answers import hear
from models.intake.form.answering import hear_at_once
from models.intake.form.asking import ask_on
from models.intake.form.open_form import (
    CONFIRM,
    CONSENT,
    FROM,
    KNOWN,
    LEAVING,
    PICKED,
    REPLACES,
    OpenForm,
    begun_forms,
)
from models.intake.form.question import ask_now, human_choice
from models.intake.form.submitting import agree_to_store, go_on, refuse_to_store, submit
from models.intake.recorders import recorder_of, shared_answers
from models.intake.wording import phrase, title
from models.reply import Choice, Reply


def start(
    session: Session,
    catalogue: Catalogue,
    contact_id: int,
    code: str,
    *,
    message_id: int | None = None,
    about: str = "",
    picked: str | None = None,
) -> Reply:
    """Open a service: consent first, unless it was given to these very words before.

    A draft begun earlier is taken up again; another service's draft is set aside. What is stored
    already is filled in. Answers in the messages since `message_id` count once consent stands.

    Args:
        session: the open unit of work.
        catalogue: the services in force.
        contact_id: who asks for it.
        code: the service.
        message_id: the message it was asked for with.
        about: what is told of the service when it is begun for the first time.
        picked: the code of what on offer was chosen already; it counts once consent stands.

    Raises:
        KeyError: there is no such service.
    """
    service = catalogue.service(code)
    begun = begun_forms(session, catalogue, contact_id)
    is_new = all(form.service.code != code or form.draft.asked is None for form in begun)
    in_hand = recorder_of(service).in_hand(session, contact_id) if is_new else None
    if in_hand is not None:
        return Reply(in_hand, (human_choice(),))
    lines = [
        phrase("set_aside", service=other.service.name)
        for other in begun
        if other.draft.active and other.service.code != code
    ]
    form = OpenForm(begin_draft(session, contact_id, code), service)
    form.note(LEAVING, None)
    if is_new:
        number = _fill_in_stored(session, catalogue, form, message_id)
        lines.append(phrase("started", service=service.name, total=form.total))
        lines.append(about)
        if number is not None:
            lines.append(phrase("started_again", number=number))
    else:
        lines.append(phrase("resumed", service=service.name))
    form.note(PICKED, picked or form.draft.answers.get(PICKED))
    ask_on(session, form)
    if form.open_question != CONSENT:
        lines.append(_hear_since(session, form, message_id))
    return replace(go_on(session, form, lines), begins=code if is_new else "")


def _fill_in_stored(
    session: Session, catalogue: Catalogue, form: OpenForm, message_id: int | None
) -> str | None:
    """Fill a new draft with what is stored of this person; returns its number if there is any."""
    contact_id, service = form.draft.contact_id, form.service
    form.note(FROM, message_id)
    form.note(KNOWN, shared_answers(session, catalogue, contact_id, service))
    recorder = recorder_of(service)
    before = recorder.latest(session, contact_id)
    if before is None:
        return None
    stored = recorder.answers(session, contact_id)
    known = {f.name: stored[f.name] for f in service.fields if f.name in stored}
    form.draft.answers = {**form.draft.answers, **known, REPLACES: before.number}
    return before.number


def _hear_since(session: Session, form: OpenForm, message_id: int | None) -> str:
    """Take the answers in what was said since a message, without anybody repeating themselves."""
    if message_id is None:
        return ""
    contact_id = form.draft.contact_id
    said = messages.said_since(session, contact_id, message_id)
    heard = {
        number: hear(session, contact_id, text)
        for number, text in said.items()
        if not text.startswith("/")
    }
    return hear_at_once(session, form, heard)


def agree(session: Session, form: OpenForm, message_id: int | None = None) -> Reply | None:
    """Take a yes to consent or to the summary. None when no such question is open.

    Before consent nothing that was said is stored as an answer; with it, the messages since the
    form was begun are read again, so that nobody has to repeat themselves.

    Args:
        session: the open unit of work.
        form: the open form.
        message_id: the message with the yes, which may hold answers too.
    """
    if form.open_question == CONSENT:
        agree_to_store(session, form)
        ask_on(session, form)
        begun = form.draft.answers.get(FROM) or message_id
        return go_on(session, form, [phrase("consented"), _hear_since(session, form, begun)])
    if form.asks_which:
        form.note(WHICH, False)
        return ask_now([], form)
    if form.open_question == CONFIRM:
        return submit(session, form)
    return None


def refuse(session: Session, form: OpenForm) -> Reply | None:
    """Take a no to consent or to the summary. None when no such question is open."""
    if form.open_question == CONSENT:
        return refuse_to_store(session, form)
    if form.asks_which:
        form.note(WHICH, False)
        return ask_now([], form)
    if form.open_question == CONFIRM:
        form.note(WHICH, True)
        return ask_now([], form)
    return None


def reopen(session: Session, catalogue: Catalogue, contact_id: int, code: str) -> OpenForm | None:
    """Open a stored request again as a form with its answers filled in. None if there is none."""
    service = catalogue.service(code)
    if recorder_of(service).latest(session, contact_id) is None:
        return None
    return take_up(session, catalogue, contact_id, code)


def take_up(session: Session, catalogue: Catalogue, contact_id: int, code: str) -> OpenForm:
    """Return this person's form of a service: the one begun at any door, or else a new one.

    What is stored and can be changed is filled into a new one. Other forms are set aside.

    Raises:
        KeyError: there is no such service.
    """
    form = OpenForm(begin_draft(session, contact_id, code), catalogue.service(code))
    form.note(LEAVING, None)
    if form.draft.asked is None:
        _fill_in_stored(session, catalogue, form, None)
    ask_on(session, form)
    return form


def reopened(form: OpenForm, reply: Reply) -> Reply:
    """Say of a reply that it is about the stored request, whose number stays."""
    if form.replaces is None:
        return reply
    said = phrase("reopened", service=form.service.name, number=form.replaces)
    return Reply(f"{said}\n{reply.text}", reply.choices)


def resume(session: Session, form: OpenForm) -> Reply:
    """Go on with a form that was set aside or left for a while."""
    begin_draft(session, form.draft.contact_id, form.service.code)
    form.note(LEAVING, None)
    ask_on(session, form, unless=form.open_question)
    return ask_now([phrase("resumed", service=form.service.name)], form)


def offer_resume(form: OpenForm) -> Reply:
    """Offer to go on with a form that was set aside."""
    resume = Choice(title("resume"), "/resume")
    return Reply(phrase("offer_resume", service=form.service.name), (resume, human_choice()))


def ask_which_form(forms: list[OpenForm]) -> Reply:
    """Ask which of several forms is to be taken up again."""
    choices = tuple(
        Choice(form.service.name, f'/resume{{"service": "{form.service.code}"}}') for form in forms
    )
    return Reply(phrase("which_form"), choices)


def restart(session: Session, form: OpenForm) -> Reply:
    """Forget the answers and begin again; a consent that was given stands."""
    notes = form.draft.answers
    form.draft.answers = {k: notes[k] for k in (REPLACES, FROM, KNOWN) if k in notes}
    begin_draft(session, form.draft.contact_id, form.service.code)
    ask_on(session, form)
    return ask_now([phrase("restarted")], form)
