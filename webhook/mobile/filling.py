"""Filling in a sheet section by section, a last look, its materials, and the yes."""

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import Conflict, NotFound
from werkzeug.wrappers import Response

from models.catalogue.service import Service
from models.contact import hold
from models.conversation import Conversation, open_conversation
from models.draft import give_up
from models.handoff import HandoffReason
from models.intake import papers, precheck, sheet
from models.intake.answers import plain
from models.intake.form import CONSENT, OpenForm, told
from models.intake.handing_in import after_submission, take_back
from models.intake.listing import picked_answers, picked_texts
from models.materials import material
from models.materials.upload import Upload, UploadRefusedError
from models.private_value import open_all
from models.reception import receive
from models.request import Request
from webhook import visitor
from webhook.api.materials import file_response
from webhook.current import catalogue, database, services
from webhook.mobile.allowing import offer
from webhook.mobile.blueprint import bp
from webhook.mobile.drawn import drawn_section
from webhook.mobile.gigs import links_to
from webhook.mobile.inputs import texts
from webhook.mobile.looking import service_of
from webhook.mobile.offerings import forget_picked, picked_for
from webhook.mobile.papers import RefusedFilesError, chosen
from webhook.mobile.sections import asked, following, section_of, sections

Page = str | Response | tuple[str, int]

SHOW = "show"
"""The button that asks for the answers in the clear: a post, so that no address holds them."""


@bp.get("/services/<code>/fill/<int:number>")
def show_section(code: str, number: int) -> Page:
    """Show a section with what is filled in so far."""
    service = _fillable(code, number)
    with database().reading() as session:
        contact_id = visitor.known(session)
        form = None
        if contact_id is not None:
            form = sheet.begun(session, catalogue(), contact_id, code)
            why = None if form is not None else sheet.closed_to(session, service, contact_id)
            if why is not None:
                return redirect(url_for("mobile.service", code=code))
        return _section(session, service, form, number, {}, contact_id=contact_id)


@bp.post("/services/<code>/fill/<int:number>")
def fill_section(code: str, number: int) -> Page:
    """Store what is right of a section; go on, or show what is wrong beside its field."""
    service = _fillable(code, number)
    with database().unit_of_work() as session:
        contact_id = visitor.met(session)
        hold(session, contact_id)
        before = sheet.begun(session, catalogue(), contact_id, code)
        written = texts(asked(before, service, number), request.form)
        picked = picked_for(code)
        if picked is not None:
            chosen = picked_texts(session, service, picked)
            written = {**written, **{k: v for k, v in chosen.items() if not written.get(k)}}
        form, errors = sheet.fill(
            session, catalogue(), contact_id, code, written, agreed="agreed" in request.form
        )
        if form is None:
            return redirect(url_for("mobile.service", code=code), 303)
        if CONSENT not in errors:
            forget_picked()
        if "later" in request.form and CONSENT not in errors:
            return redirect(url_for("mobile.home"), 303)
        here = {one.name for one in asked(form, service, number)}
        lacking = {n: why for n, why in sheet.missing(session, form).items() if n in here}
        wrong = {**lacking, **errors}
        if wrong:
            page = _section(
                session, service, form, number, wrong, contact_id=contact_id, written=True
            )
            return page, 422
        following_one = following(form, number)
        if following_one is not None:
            address = url_for("mobile.show_section", code=code, number=following_one)
        elif service.confirm is None:
            return _submitted(session, form)
        else:
            address = url_for("mobile.check", code=code)
        return redirect(address, 303)


@bp.get("/services/<code>/check")
def check(code: str) -> Page:
    """Show every answer for a last look, with what the pre-check says."""
    service_of(code)
    with database().reading() as session:
        form = _begun(session, code)
        if form is None:
            return redirect(url_for("mobile.service", code=code))
        return _check(session, form, sheet.missing(session, form))


@bp.post("/services/<code>/check")
def submit(code: str) -> Page:
    """Submit the sheet, or show it once with nothing masked, so that its owner can check it.

    One that was submitted a moment ago leads to what is stored.
    """
    service = service_of(code)
    try:
        files = chosen(service)
        with database().unit_of_work() as session:
            contact_id = visitor.met(session)
            # What is urgent goes to staff. The conversation is locked first, as everywhere.
            conversation = open_conversation(session, contact_id) if service.urgent else None
            hold(session, contact_id)
            form = _begun(session, code)
            if form is None:
                return redirect(url_for("mobile.requests"), 303)
            _take(session, service, contact_id, files)
            if SHOW in request.form:
                return _check(session, form, sheet.missing(session, form), in_the_clear=True)
            return _submitted(session, form, conversation)
    except RefusedFilesError as error:
        return _not_taken(code, error.told)


@bp.post("/services/<code>/drop")
def drop(code: str) -> Page:
    """Forget the sheet and its files."""
    service_of(code)
    with database().unit_of_work() as session:
        hold(session, visitor.met(session))
        form = _begun(session, code)
        if form is not None:
            give_up(session, form.draft)
    return redirect(url_for("mobile.home"), 303)


@bp.post("/services/<code>/materials")
def upload(code: str) -> Page:
    """Take the photos and PDFs that were chosen for the sheet."""
    service = service_of(code)
    try:
        files = chosen(service)
        with database().unit_of_work() as session:
            contact_id = visitor.met(session)
            hold(session, contact_id)
            if _begun(session, code) is None:
                return redirect(url_for("mobile.service", code=code), 303)
            _take(session, service, contact_id, files)
    except RefusedFilesError as error:
        return _not_taken(code, error.told)
    return redirect(url_for("mobile.check", code=code, _anchor="materials"), 303)


@bp.get("/materials/<key>")
def show_material(key: str) -> Response:
    """Show somebody their own file."""
    with database().reading() as session:
        contact_id = visitor.known(session)
        mine = None if contact_id is None else material.find(session, key, contact_id)
    if mine is None:
        raise NotFound
    return file_response(mine)


@bp.post("/materials/<key>/drop")
def drop_material(key: str) -> Page:
    """Forget a file, unless staff work with the request it belongs to."""
    with database().unit_of_work() as session:
        contact_id = visitor.met(session)
        hold(session, contact_id)
        mine = material.find(session, key, contact_id)
        if mine is None:
            raise NotFound
        address = url_for("mobile.check", code=mine.service, _anchor="materials")
        if mine.request_id is None:
            material.remove(session, mine)
        else:
            whose = session.get_one(Request, mine.request_id)
            address = url_for("mobile.one_request", number=whose.number, _anchor="materials")
            try:
                take_back(session, service_of(whose.service), whose, mine)
            except UploadRefusedError as error:
                raise Conflict(error.told) from error
    return redirect(address, 303)


def _take(
    session: Session, service: Service, contact_id: int, files: Sequence[tuple[str, Upload]]
) -> None:
    for name, upload in files:
        try:
            papers.take(session, services().materials, service, contact_id, name, upload)
        except UploadRefusedError as error:
            raise RefusedFilesError({name: error.told}) from error


def _fillable(code: str, number: int) -> Service:
    service = service_of(code)
    if service.record is None or not 1 <= number <= len(sections(service)):
        raise NotFound
    return service


def _begun(session: Session, code: str) -> OpenForm | None:
    contact_id = visitor.known(session)
    if contact_id is None:
        return None
    return sheet.begun(session, catalogue(), contact_id, code)


def _section(
    session: Session,
    service: Service,
    form: OpenForm | None,
    number: int,
    errors: sheet.Errors,
    *,
    contact_id: int | None,
    written: bool = False,
) -> str:
    known = {} if contact_id is None else sheet.known(session, catalogue(), contact_id, service)
    picked = picked_for(service.code)
    if picked is not None:
        known = {**known, **picked_answers(session, service, picked)}
    sent = request.form if written else None
    drawn = drawn_section(session, service, form, number, errors, known, sent)
    return render_template("mobile/section.html", **drawn)


def _check(
    session: Session, form: OpenForm, errors: sheet.Errors, *, in_the_clear: bool = False
) -> str:
    service = form.service
    answered = [(one, form.answer(one)) for one in form.fields if form.answer(one) is not None]
    masked = {one.name for one, value in answered if plain(one, value) != form.shown(one)}
    uploaded = material.loose(session, form.draft.contact_id, service.code)
    lacking = sheet.missing(session, form)
    obstacle = None if lacking else precheck.obstacle(service, form.answers)
    return render_template(
        "mobile/check.html",
        lacking=lacking,
        obstacle=obstacle,
        service=service,
        form=form,
        sections={one.name: section_of(service, one.name) for one in form.fields},
        errors=errors,
        check=precheck.at_summary(service, form.answers),
        wanted=[
            (paper, [one for one in uploaded if one.name == paper.name])
            for paper in papers.wanted(service, form.answers)
        ],
        closed=errors.get(sheet.SERVICE, ""),
        show=SHOW,
        masked=masked,
        opened={one.name: plain(one, value) for one, value in answered} if in_the_clear else {},
    )


def _not_taken(code: str, errors: sheet.Errors) -> Page:
    """Show the sheet with what is wrong about a file."""
    with database().reading() as session:
        form = _begun(session, code)
        if form is None:
            return redirect(url_for("mobile.service", code=code), 303)
        return _check(session, form, errors), 422


def _submitted(session: Session, form: OpenForm, conversation: Conversation | None = None) -> Page:
    contact_id = form.draft.contact_id
    done = sheet.submit(session, form)
    if isinstance(done, dict):
        return _check(session, form, done), 422
    said = [open_all(session, contact_id, told(form.service, done))]
    if conversation is not None:
        reason = HandoffReason.RIGHTS
        said.append(receive(session, services().calendar, conversation, reason, None).text)
    lacking = after_submission(session, form.service, contact_id, done.number, on_page=True)
    return render_template(
        "mobile/done.html",
        service=form.service,
        said="\n".join(said),
        number=done.number,
        lacking=lacking,
        found=links_to(done.choices),
        to_allow=offer(session) if done.number else None,
    )
