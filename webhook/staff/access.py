"""Who may see which view: one mechanism for the whole console.

A view names the right it asks for with `needs`, or says that it is for everybody with
`for_everybody`. A view that says nothing is refused, so none can be forgotten.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from flask import (
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response as BaseResponse

from models.database import utc_now
from models.staff import Right, Staff
from models.staff_session import LASTS, StaffSession, find_session, note_used
from webhook.current import database
from webhook.staff import wording

COOKIE = "jct_staff"
_TOUCH_EVERY = timedelta(minutes=1)
_View = TypeVar("_View", bound=Callable[..., Any])
# Where somebody may go who has not yet typed the code, or not yet changed the first password.
_CODE = ("staff.sign_in.code", "staff.sign_in.check", "staff.sign_in.leave")
_PASSWORD = ("staff.account.password", "staff.sign_in.leave")

me: Staff = LocalProxy(lambda: g.staff_session.staff)  # type: ignore[assignment]
"""The official whose request this is."""


def needs(right: Right) -> Callable[[_View], _View]:
    """Mark a view as open to those whose role holds `right`."""

    def mark(view: _View) -> _View:
        view.right = right  # type: ignore[attr-defined]
        return view

    return mark


def for_everybody(view: _View) -> _View:
    """Mark a view as open to people who have not signed in."""
    view.right = None  # type: ignore[attr-defined]
    return view


def guard() -> BaseResponse | None:
    """Let a request pass, send it to sign in, or refuse it. Runs before every view."""
    if request.endpoint is None or request.endpoint.endswith(".static"):
        return None
    view = current_app.view_functions[request.endpoint]
    if not hasattr(view, "right"):
        return _refused()
    g.staff_session = _session_of_request()
    if view.right is None:
        return None
    if g.staff_session is None:
        return _sent_to("staff.sign_in.page")
    step = _open_step(g.staff_session)
    if step is not None:
        return None if request.endpoint in step else _sent_to(step[0])
    return None if me.may(view.right) else _refused()


def signed_in_as(response: BaseResponse, token: str) -> BaseResponse:
    """Give the browser its token."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        path="/staff",
        httponly=True,
        samesite="Strict",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


def keep_private(response: Response) -> Response:
    """Keep what the console shows out of every cache."""
    if request.endpoint and not request.endpoint.endswith(".static"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _session_of_request() -> StaffSession | None:
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    with database().reading() as reading:
        found = find_session(reading, token)
    if found is not None and found.seen_at < utc_now() - _TOUCH_EVERY:
        with database().unit_of_work() as work:
            note_used(work, found.id)
    return found


def _open_step(session: StaffSession) -> tuple[str, ...] | None:
    if session.verified_at is None:
        return _CODE
    if session.staff.must_change_password:
        return _PASSWORD
    return None


def _sent_to(endpoint: str) -> BaseResponse:
    """Send a page's browser there; tell a script on the page to go there."""
    address = url_for(endpoint)
    if request.headers.get("HX-Request") or request.headers.get("Sec-Fetch-Mode") == "cors":
        answer = make_response(wording.ENDED, 401)
        answer.headers["HX-Redirect"] = address
        return answer
    return redirect(address, 303)


def _refused() -> BaseResponse:
    if request.headers.get("HX-Request"):
        return make_response(wording.NO_RIGHT, 403)
    return make_response(render_template("staff/refused.html", message=wording.NO_RIGHT), 403)
