"""The steps staff take with a request, and who of them works at it."""

from flask import redirect, request, url_for
from werkzeug.exceptions import UnprocessableEntity
from werkzeug.wrappers import Response

from models import audit
from models.catalogue.life import RequestState
from models.request_life import MoveRefusedError, assign, move, put_back
from models.staff import Right, Staff
from webhook.current import database, services
from webhook.row_id import row_id
from webhook.staff.access import me, needs
from webhook.staff.requests.blueprint import bp
from webhook.staff.requests.mover import mover
from webhook.staff.requests.opened import request_of
from webhook.staff.requests.page import drawn

Page = str | Response | tuple[str, int]
_REASON = 300


@bp.post("/<row:request_id>/move")
@needs(Right.REQUESTS)
def take_step(request_id: int) -> Page:
    """Take a step; who was not quick enough sees what a colleague has done meanwhile."""
    state = _state(request.form.get("state", ""))
    reason = request.form.get("reason", "").strip()[:_REASON]
    field = request.form.get("field") or None
    seen = request.form.get("seen", type=row_id)
    has_seen_papers = "papers" in request.form
    try:
        with database().unit_of_work() as work:
            one, service = request_of(work, request_id)
            step = move(
                work,
                service,
                one,
                state,
                mover(),
                reason=reason,
                field=field,
                seen=seen,
                has_seen_papers=has_seen_papers,
            )
            audit.record(
                work,
                me.id,
                "request.move",
                subject="request",
                subject_id=request_id,
                reason=(step.reason or "") if has_seen_papers else "",
                state=state.value,
            )
    except MoveRefusedError as error:
        return drawn(request_id, str(error), reason, field or "", state.value), 409
    services().push()
    return _back(request_id)


@bp.post("/<row:request_id>/assign")
@needs(Right.REQUESTS)
def assign_to_me(request_id: int) -> Page:
    """Work at a request; who supervises may take it over from a colleague."""
    try:
        with database().unit_of_work() as work:
            one, _ = request_of(work, request_id)
            is_taking_over = "over" in request.form and me.may(Right.SUPERVISE)
            assign(work, one, work.get_one(Staff, me.id), is_taking_over=is_taking_over)
    except MoveRefusedError as error:
        return drawn(request_id, str(error)), 409
    return _back(request_id)


@bp.post("/<row:request_id>/put-back")
@needs(Right.REQUESTS)
def give_up(request_id: int) -> Page:
    """Leave a request to whoever takes it next."""
    with database().unit_of_work() as work:
        one, _ = request_of(work, request_id)
        put_back(work, one, work.get_one(Staff, me.id))
    return _back(request_id)


def _state(text: str) -> RequestState:
    try:
        return RequestState(text)
    except ValueError:
        raise UnprocessableEntity from None


def _back(request_id: int) -> Response:
    return redirect(url_for("staff.requests.one_request", request_id=request_id), 303)
