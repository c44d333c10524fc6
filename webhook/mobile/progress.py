"""What somebody has submitted: how far it is, correcting it, taking it back."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from flask import redirect, render_template, url_for
from flask import request as asked
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from models.catalogue.life import OPEN_STATES, Actor, RequestState
from models.catalogue.service import Service
from models.delivery import words_held
from models.gig_application import (
    ApplicationRefusedError,
    GigApplication,
    accept,
    decline,
    find_application,
)
from models.intake import handing_in, papers, sheet
from models.intake.answers import type_of
from models.intake.recorders import recorder_of
from models.intake.request_recorder import RequestRecorder
from models.intake.seats import change_session, confirm, other_sessions
from models.materials.upload import Upload, UploadRefusedError
from models.notification import notices_of
from models.offering.lines import slot_line
from models.offering.seat import SeatRefusedError, SeatState, seat_of
from models.private_value import open_all
from models.request import Request, find_by_number, requests_of
from models.request_life import Mover, MoveRefusedError, move, possible
from models.request_notice import progress_line, reason_named, request_name, state_name
from models.working_days import china_day
from webhook import visitor
from webhook.current import catalogue, database, services
from webhook.mobile.allowing import offer
from webhook.mobile.blueprint import bp
from webhook.mobile.gigs import applicants_of, applied_of
from webhook.mobile.papers import RefusedFilesError, chosen
from webhook.row_id import row_id


@bp.get("/requests")
def requests() -> str:
    """List everything this person has submitted, the newest first."""
    with database().reading() as session:
        contact_id = visitor.known(session)
        mine = [] if contact_id is None else requests_of(session, contact_id)
        known = [
            (one, catalogue().service(one.service))
            for one in reversed(mine)
            if one.service in catalogue()
        ]
        items = [
            (one, request_name(service, one), state_name(service, one.state))
            for one, service in known
        ]
        notices = [] if contact_id is None else _notices(session, contact_id)
        records = [
            (service, line)
            for service in catalogue().recorded()
            if contact_id is not None and not isinstance(recorder_of(service), RequestRecorder)
            for line in recorder_of(service).progress(session, contact_id)
        ]
        applied = [] if contact_id is None else applied_of(session, contact_id)
    return render_template(
        "mobile/requests.html", items=items, records=records, notices=notices, applied=applied
    )


@bp.get("/requests/<number>")
def one_request(number: str) -> str:
    """Show one request with its steps and answers."""
    with database().reading() as session:
        return _page(session, _mine(session, number))


@bp.get("/requests/<number>/correct")
def correct(number: str) -> str | Response | tuple[str, int]:
    """Lead to the sheet of a request, unless another of the service is half filled in."""
    with database().reading() as session:
        request = _mine(session, number)
        assert request.contact_id is not None
        try:
            sheet.check_correction(session, catalogue(), request.contact_id, request)
        except MoveRefusedError as error:
            return _page(session, request, str(error)), 409
    return redirect(url_for("mobile.show_section", code=request.service, number=1))


@bp.post("/requests/<number>/withdraw")
def withdraw(number: str) -> str | Response | tuple[str, int]:
    """Take a request back."""
    with database().unit_of_work() as session:
        request = _mine(session, number)
        mover = Mover(Actor.APPLICANT, request.contact_id)
        try:
            move(
                session, catalogue().service(request.service), request,
                RequestState.WITHDRAWN, mover,
            )  # fmt: skip
        except MoveRefusedError as error:
            return _page(session, request, str(error)), 409
    return redirect(url_for("mobile.one_request", number=number), 303)


@bp.post("/requests/<number>/applicants/<application>/accept")
def take_applicant(number: str, application: str) -> str | Response | tuple[str, int]:
    """Say yes to somebody who wants to do what was posted."""
    return _decided(number, application, accept)


@bp.post("/requests/<number>/applicants/<application>/decline")
def refuse_applicant(number: str, application: str) -> str | Response | tuple[str, int]:
    """Say no to them, also after a yes."""
    return _decided(number, application, decline)


def _decided(
    number: str, application: str, decide: Callable[[Session, GigApplication, int], None]
) -> str | Response | tuple[str, int]:
    with database().unit_of_work() as session:
        request, one = _mine(session, number), find_application(session, application)
        if one is None or one.posting_id != request.id or request.contact_id is None:
            raise NotFound
        try:
            decide(session, one, request.contact_id)
        except ApplicationRefusedError as error:
            return _page(session, request, str(error)), 409
    return redirect(url_for("mobile.one_request", number=number, _anchor="people"), 303)


@bp.post("/requests/<number>/seat")
def take_seat(number: str) -> str | Response | tuple[str, int]:
    """Say yes to a seat that became free."""
    with database().unit_of_work() as session:
        request = _mine(session, number)
        try:
            confirm(session, catalogue(), request)
        except SeatRefusedError as error:
            return _page(session, request, str(error)), 409
    return redirect(url_for("mobile.one_request", number=number), 303)


@bp.post("/requests/<number>/session")
def change_seat(number: str) -> str | Response | tuple[str, int]:
    """Change to another session; where it cannot be had, the seat stays what it was."""
    with database().unit_of_work() as session:
        request = _mine(session, number)
        wanted = asked.form.get("slot", type=row_id)
        if wanted is None:
            return _page(session, request, "请先选一场。"), 422
        try:
            change_session(session, catalogue(), request, wanted)
        except SeatRefusedError as error:
            return _page(session, request, str(error)), 409
    return redirect(url_for("mobile.one_request", number=number), 303)


@bp.post("/requests/<number>/materials")
def hand_in(number: str) -> str | Response | tuple[str, int]:
    """Take the photos and PDFs that were chosen for a request."""
    with database().reading() as session:
        service = catalogue().service(_mine(session, number).service)
    try:
        files = chosen(service)
        with database().unit_of_work() as session:
            request = _mine(session, number)
            for name, upload in files:
                _hand_in(session, service, request, name, upload)
    except RefusedFilesError as error:
        with database().reading() as session:
            return _page(session, _mine(session, number), errors=error.told), 422
    return redirect(url_for("mobile.one_request", number=number, _anchor="materials"), 303)


def _hand_in(
    session: Session, service: Service, request: Request, name: str, upload: Upload
) -> None:
    try:
        handing_in.hand_in(session, services().materials, service, request, name, upload)
    except UploadRefusedError as error:
        raise RefusedFilesError({name: error.told}) from error


@bp.app_template_filter("china_day")
def day_told(at: datetime) -> str:
    """Return the day of a moment, as it is in China."""
    day = china_day(at)
    return f"{day.year}年{day.month}月{day.day}日"


def _notices(session: Session, contact_id: int) -> list[tuple[datetime, str]]:
    """Return what this person was told lately without having asked, as they may read it.

    What staff have written and WeChat does not let through stands first.
    """
    waiting = [(one.created_at, f"工作人员：{one.text}") for one in words_held(session, contact_id)]
    told = [(one.created_at, one.text) for one in notices_of(session, contact_id, limit=10)]
    return [(at, open_all(session, contact_id, text)) for at, text in [*waiting[::-1], *told]]


def _mine(session: Session, number: str) -> Request:
    contact_id = visitor.known(session)
    found = [] if contact_id is None else find_by_number(session, contact_id, number)
    for one in found:
        if one.number == number and one.service in catalogue():
            return one
    raise NotFound


def _page(
    session: Session,
    request: Request,
    trouble: str = "",
    errors: Mapping[str, str] = MappingProxyType({}),
) -> str:
    service = catalogue().service(request.service)
    assert request.contact_id is not None
    given = [one for one in service.fields if request.answers.get(one.name) is not None]
    moves = possible(service.life, request.state, Actor.APPLICANT)
    seat = seat_of(session, request.id)
    return render_template(
        "mobile/request.html",
        service=service,
        request_=request,
        name=request_name(service, request),
        told=progress_line(service, request),
        reason_named=reason_named,
        steps=[(event, state_name(service, event.state)) for event in request.events],
        answers=[(one.label, type_of(one).show(request.answers[one.name])) for one in given],
        papers=papers.of_request(session, service, request),
        takes_papers=handing_in.takes_papers(request),
        may_take_back=handing_in.may_take_back(service, request),
        errors=errors,
        can_correct=sheet.can_correct(session, service, request.contact_id, request.intake),
        is_offered=seat is not None and seat.state is SeatState.OFFERED,
        others=[
            (one.id, slot_line(one)) for one in (other_sessions(session, seat) if seat else [])
        ],
        can_withdraw=RequestState.WITHDRAWN in moves,
        applicants=applicants_of(session, request.id),
        trouble=trouble,
        to_allow=offer(session) if request.state in OPEN_STATES else None,
    )
