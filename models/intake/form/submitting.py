"""From the last answer to a stored record: consent, the summary's yes, and what is said then."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from models.catalogue.service import Service
from models.contact import give_consent
from models.draft import WHICH, discard_draft, give_up
from models.intake import precheck
from models.intake.form.asking import ask_on, needs_consent
from models.intake.form.open_form import CONFIRM, OpenForm
from models.intake.form.question import ask_now, ways_around
from models.intake.handing_in import after_submission
from models.intake.recorders import Recorded, recorder_of
from models.intake.wording import phrase
from models.reply import Reply
from models.request_life import MoveRefusedError


def go_on(session: Session, form: OpenForm, said: Sequence[str]) -> Reply:
    """Open the next question; a service without a summary is done with its last answer."""
    ask_on(session, form)
    if form.open_question == CONFIRM and form.service.confirm is None:
        return submit(session, form, said)
    return ask_now(list(said), form)


def submit(session: Session, form: OpenForm, said: Sequence[str] = ()) -> Reply:
    """Store the answers and say what comes next; what could never be granted is not stored."""
    service = form.service
    ask_on(session, form)
    if form.open_question != CONFIRM:
        # The service or its consent has changed since the summary was shown.
        return ask_now([], form)
    done = hand_in(session, form)
    if isinstance(done, precheck.Obstacle):
        form.note(WHICH, True if form.answers.keys() & set(done.fields) else None)
        return Reply(done.text, ways_around(form, done))
    lacking = after_submission(session, service, form.draft.contact_id, done.number)
    more = Reply("") if lacking is None else lacking
    said = [*filter(None, said), told(service, done), *filter(None, [more.text])]
    return Reply("\n".join(said), (*done.choices, *more.choices))


def hand_in(session: Session, form: OpenForm) -> Recorded | precheck.Obstacle:
    """Store the answers of a form in which nothing is missing, and forget its draft.

    Returns:
        What was stored, or why this cannot be taken or could never be granted: then nothing is
        stored.
    """
    service, draft = form.service, form.draft
    if not service.is_open() and not _corrects(session, form):
        return precheck.Obstacle(precheck.closed(service), ())
    answers = {field.name: form.answer(field) for field in form.fields}
    obstacle = precheck.obstacle(service, answers)
    if obstacle is not None:
        return obstacle
    consent_id = None
    if service.consent is not None:
        consent = give_consent(session, draft.contact_id, service.code, service.consent.wording)
        consent_id = consent.id
    try:
        with session.begin_nested():
            recorded = recorder_of(service).record(
                session, draft.contact_id, consent_id, answers, replaces=form.replaces
            )
    except MoveRefusedError as error:
        # Staff took a step with what was to be changed, in this very moment.
        return precheck.Obstacle(str(error), ())
    discard_draft(session, draft)
    return recorded


def _corrects(session: Session, form: OpenForm) -> bool:
    """Whether the form changes what was handed in before and can still be changed."""
    newest = recorder_of(form.service).latest(session, form.draft.contact_id)
    return newest is not None and newest.number == form.replaces


def told(service: Service, recorded: Recorded) -> str:
    """Return what a person is told once their answers are stored."""
    done = service.updated if recorded.is_update else service.done
    return recorded.said or str(done).format(number=recorded.number)


def agree_to_store(session: Session, form: OpenForm) -> bool:
    """Take the yes to what the service stores. False when no such yes is due."""
    consent = form.service.consent
    if consent is None or not needs_consent(session, form):
        return False
    give_consent(session, form.draft.contact_id, form.service.code, consent.wording)
    return True


def refuse_to_store(session: Session, form: OpenForm) -> Reply:
    """Take the no to what the service stores: nothing was, and the form is closed."""
    give_up(session, form.draft)
    return Reply(phrase("consent_refused", service=form.service.name))
