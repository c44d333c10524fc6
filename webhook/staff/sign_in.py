"""Signing in and out: name and password, then the second factor's code where there is one."""

from datetime import timedelta

from apiflask import APIBlueprint
from flask import g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from models.database import utc_now
from models.staff import Presence, Right, Staff, has_admin
from models.staff_session import StaffSession, sign_in, verify_code
from webhook.current import database
from webhook.staff import wording
from webhook.staff.access import COOKIE, for_everybody, me, needs, signed_in_as

bp = APIBlueprint("sign_in", __name__, enable_openapi=False)


@bp.get("/sign-in")
@for_everybody
def page() -> str | Response:
    """Show the form; somebody who is signed in goes on to the console."""
    if g.staff_session is not None:
        return redirect(url_for("staff.home"))
    return _form("")


@bp.post("/sign-in")
@for_everybody
def enter() -> str | Response | tuple[str, int]:
    """Take name and password."""
    name = request.form.get("name", "").strip()[:64]
    tried = sign_in(
        database(),
        name,
        request.form.get("password", "")[:200],
        request.remote_addr or "",
        request.user_agent.string,
    )
    if tried.session is None:
        trouble = _wait(tried.locked_for) if tried.locked_for else wording.WRONG_SIGN_IN
        return _form(name, trouble), 429 if tried.locked_for else 401
    # A token of before the sign-in must not be good after it.
    session.pop("csrf_token", None)
    return signed_in_as(redirect(url_for("staff.home"), 303), tried.token)


@bp.get("/code")
@needs(Right.SIGNED_IN)
def code() -> str | Response:
    """Ask for the second factor's code."""
    if g.staff_session.verified_at is not None:
        return redirect(url_for("staff.home"))
    return render_template("staff/code.html", trouble="")


@bp.post("/code")
@needs(Right.SIGNED_IN)
def check() -> Response | tuple[str, int]:
    """Take the code."""
    with database().unit_of_work() as work:
        begun = work.get_one(StaffSession, g.staff_session.id)
        tried = verify_code(work, begun, request.form.get("code", "")[:12])
    if tried.session is None:
        trouble = _wait(tried.locked_for) if tried.locked_for else wording.WRONG_CODE
        page = render_template("staff/code.html", trouble=trouble)
        return page, 429 if tried.locked_for else 401
    return redirect(url_for("staff.home"), 303)


@bp.post("/sign-out")
@needs(Right.SIGNED_IN)
def leave() -> Response:
    """End this session."""
    with database().unit_of_work() as work:
        work.get_one(StaffSession, g.staff_session.id).ended_at = utc_now()
        work.get_one(Staff, me.id).presence = Presence.OFFLINE
    session.pop("csrf_token", None)
    answer = redirect(url_for("staff.sign_in.page"), 303)
    answer.delete_cookie(COOKIE, path="/staff")
    return answer


def _form(name: str, trouble: str = "") -> str:
    with database().reading() as reading:
        is_new = not has_admin(reading)
    return render_template("staff/sign_in.html", name=name, trouble=trouble, is_new=is_new)


def _wait(time: timedelta) -> str:
    minutes = max(1, -(-int(time.total_seconds()) // 60))
    return (
        f"试错的次数有点多，为了安全先停一下。请 {minutes} 分钟后再试，或者请管理员帮您重设密码。"
    )
