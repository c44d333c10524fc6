"""A service filled in by staff for the person they talk to: the sheet of ``/m/``, told aloud.

It is the person's own draft, so what was begun in the chat goes on here and the other way round.
Their yes to what is stored is noted as told to the one who writes; who did what is on the record.
"""

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from models import audit, handoff
from models.catalogue.service import Service
from models.contact import hold
from models.conversation import Conversation
from models.draft import drafts_of
from models.handoff import HandoffError
from models.intake import papers, precheck, sheet
from models.intake.form import CONSENT, OpenForm, told
from models.intake.form.asking import needs_consent
from models.intake.recorder import Recorded
from models.notification import notify
from models.private_value import open_all
from models.request import Request, find_by_number
from models.staff import Right
from webhook.current import catalogue, database, services
from webhook.mobile.drawn import drawn_section
from webhook.mobile.inputs import texts
from webhook.mobile.needs import by_need
from webhook.mobile.sections import asked, following, section_of, sections
from webhook.staff.access import me, needs

Page = str | Response | tuple[str, int]

_ANONYMOUS = (
    "匿名的不能代填：您知道是谁，留下的记录也查得到。"
    "请对方自己在聊天里或办事页面上填；愿意留名的，选「实名」再代填。"
)

bp = APIBlueprint(
    "filling",
    __name__,
    url_prefix="/conversations/<row:conversation_id>/services",
    enable_openapi=False,
)


@bp.errorhandler(HandoffError)
def _not_serving(error: HandoffError) -> tuple[str, int]:
    return render_template("staff/refused.html", message=str(error)), 409


@bp.get("")
@needs(Right.CHAT)
def choose(conversation_id: int) -> str:
    """List the services, what the person has begun first."""
    with database().reading() as reading:
        contact_id = _person(reading, conversation_id)
        begun = [one.service for one in drafts_of(reading, contact_id)]
    return render_template(
        "staff/filling/choose.html",
        id=conversation_id,
        needs=by_need(catalogue()),
        begun=[catalogue().service(code) for code in begun if code in catalogue()],
    )


@bp.get("/<code>/<int:number>")
@needs(Right.CHAT)
def show_section(conversation_id: int, code: str, number: int) -> Page:
    """Show a section with what is filled in so far."""
    service = _fillable(code, number)
    with database().reading() as reading:
        contact_id = _person(reading, conversation_id)
        form = sheet.begun(reading, catalogue(), contact_id, code)
        _refuse_anonymous(form)
        why = None if form is not None else sheet.closed_to(reading, service, contact_id)
        if why is not None:
            raise HandoffError(why)
        known = sheet.known(reading, catalogue(), contact_id, service)
        drawn = drawn_section(reading, service, form, number, {}, known, None)
        return render_template("staff/filling/section.html", id=conversation_id, **drawn)


@bp.post("/<code>/<int:number>")
@needs(Right.CHAT)
def fill_section(conversation_id: int, code: str, number: int) -> Page:
    """Store what is right of a section; go on, or show what is wrong beside its field."""
    service = _fillable(code, number)
    with database().unit_of_work() as work:
        contact_id = _person(work, conversation_id)
        hold(work, contact_id)
        before = sheet.begun(work, catalogue(), contact_id, code)
        _refuse_anonymous(before)
        written = texts(asked(before, service, number), request.form)
        agreed = "agreed" in request.form
        form, errors = sheet.fill(work, catalogue(), contact_id, code, written, agreed=agreed)
        if form is None:
            raise HandoffError(errors[sheet.SERVICE])
        _refuse_anonymous(form)
        if agreed and not needs_consent(work, form) and service.consent is not None:
            _on_record(work, "consent.told", contact_id, code, wording=service.consent.wording)
        here = {one.name for one in asked(form, service, number)} | {CONSENT}
        lacking = {n: why for n, why in sheet.missing(work, form).items() if n in here}
        wrong = {**lacking, **errors}
        if wrong:
            known = sheet.known(work, catalogue(), contact_id, service)
            drawn = drawn_section(work, service, form, number, wrong, known, request.form)
            page = render_template("staff/filling/section.html", id=conversation_id, **drawn)
            return page, 422
        next_one = following(form, number)
    if next_one is not None:
        return redirect(_section_address(conversation_id, code, next_one), 303)
    return redirect(url_for("staff.filling.check", conversation_id=conversation_id, code=code), 303)


@bp.get("/<code>/check")
@needs(Right.CHAT)
def check(conversation_id: int, code: str) -> Page:
    """Show every answer, to be read out to the person."""
    _fillable(code, 1)
    with database().reading() as reading:
        contact_id = _person(reading, conversation_id)
        form = sheet.begun(reading, catalogue(), contact_id, code)
        if form is None:
            return redirect(url_for("staff.filling.choose", conversation_id=conversation_id))
        _refuse_anonymous(form)
        return _check(conversation_id, form, sheet.missing(reading, form))


@bp.post("/<code>/check")
@needs(Right.CHAT)
def submit(conversation_id: int, code: str) -> Page:
    """Submit the sheet; the person is told in the chat what was submitted in their name."""
    service = _fillable(code, 1)
    with database().unit_of_work() as work:
        contact_id = _person(work, conversation_id)
        hold(work, contact_id)
        form = sheet.begun(work, catalogue(), contact_id, code)
        if form is None:
            return redirect(url_for("staff.filling.choose", conversation_id=conversation_id), 303)
        _refuse_anonymous(form)
        done = sheet.submit(work, form)
        if isinstance(done, dict):
            return _check(conversation_id, form, done), 422
        stored = _noted(work, service, contact_id, done)
        said = open_all(work, contact_id, told(service, done))
    services().push()
    return render_template(
        "staff/filling/done.html", id=conversation_id, service=service, said=said, stored=stored
    )


def _noted(work: Session, service: Service, contact_id: int, done: Recorded) -> list[Request]:
    """Put on the record who submitted, and tell the person; returns the requests stored."""
    stored = find_by_number(work, contact_id, done.number) if done.number else []
    for one in stored:
        audit.record(work, me.id, "request.submit_for", subject="request", subject_id=one.id)
    _on_record(work, "service.fill", contact_id, service.code, number=done.number)
    if done.number:
        text = f"工作人员按您说的帮您办了。{told(service, done)}\n有不对的请马上在这里说。"
        notify(work, contact_id, text, key=f"filled:{done.number}:{done.at.isoformat()}")
    return stored


def _on_record(work: Session, action: str, contact_id: int, code: str, **details: str) -> None:
    audit.record(
        work, me.id, action, subject="contact", subject_id=contact_id, service=code, **details
    )


def _person(session: Session, conversation_id: int) -> int:
    """Return the contact of a conversation that the one who is signed in has now.

    Raises:
        HandoffError: they do not have it, and were not invited.
    """
    conversation = session.get_one(Conversation, conversation_id)
    case = handoff.current(session, conversation_id)
    helpers = {one.id for one in handoff.guests_of(session, case.id)} if case is not None else set()
    if case is None or me.id not in {case.assignee_id, *helpers}:
        raise HandoffError("请先接待这个会话，再替对方办事。")
    return conversation.contact_id


def _refuse_anonymous(form: OpenForm | None) -> None:
    """Leave to the person alone what is to be led back to nobody; nothing goes on the record.

    Raises:
        HandoffError: the sheet is anonymous.
    """
    if form is not None and form.service.is_anonymous(form.answers):
        raise HandoffError(_ANONYMOUS)


def _fillable(code: str, number: int) -> Service:
    if code not in catalogue():
        raise NotFound
    service = catalogue().service(code)
    if service.record is None or not 1 <= number <= len(sections(service)):
        raise NotFound
    return service


def _check(conversation_id: int, form: OpenForm, errors: sheet.Errors) -> str:
    service = form.service
    return render_template(
        "staff/filling/check.html",
        id=conversation_id,
        service=service,
        form=form,
        addresses={
            one.name: _section_address(conversation_id, service.code, section_of(service, one.name))
            for one in form.fields
        },
        first=_section_address(conversation_id, service.code, 1),
        errors=errors,
        check=precheck.at_summary(service, form.answers),
        wanted=papers.wanted(service, form.answers),
    )


def _section_address(conversation_id: int, code: str, number: int) -> str:
    return url_for(
        "staff.filling.show_section", conversation_id=conversation_id, code=code, number=number
    )
