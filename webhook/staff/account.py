"""One's own account: password, second factor, and where one is signed in."""

import segno
from apiflask import APIBlueprint
from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.database import utc_now
from models.staff import Right, Staff, StaffError
from models.staff_session import StaffSession, end_sessions, live_sessions
from webhook.current import database
from webhook.staff import wording
from webhook.staff.access import me, needs

bp = APIBlueprint("account", __name__, url_prefix="/account", enable_openapi=False)


@bp.get("")
@needs(Right.SIGNED_IN)
def page() -> str:
    """Show the account."""
    return _page()


@bp.route("/password", methods=["GET", "POST"])
@needs(Right.SIGNED_IN)
def password() -> str | Response | tuple[str, int]:
    """Change the password; every other browser is signed out."""
    if request.method == "GET":
        return render_template("staff/password.html", trouble="")
    trouble = _change(
        request.form.get("current", ""), request.form.get("new", ""), request.form.get("again", "")
    )
    if trouble:
        return render_template("staff/password.html", trouble=trouble), 422
    return redirect(url_for("staff.home"), 303)


@bp.post("/second-factor")
@needs(Right.SIGNED_IN)
def begin() -> str | tuple[str, int]:
    """Draw a secret and show it as a QR code; it counts once a code of it was typed."""
    with database().unit_of_work() as work:
        staff = work.get_one(Staff, me.id)
        if staff.has_second_factor:
            return _page("两步验证已经开着。"), 409
        staff.begin_second_factor()
        return _secret_of(staff)


@bp.post("/second-factor/confirm")
@needs(Right.SIGNED_IN)
def confirm() -> Response | tuple[str, int]:
    """Take the first code: from now on signing in asks for one. A wrong one leaves the secret."""
    with database().unit_of_work() as work:
        staff = work.get_one(Staff, me.id, with_for_update=True)
        if staff.has_second_factor:
            return _page("两步验证已经开着。"), 409
        if not staff.totp_secret:
            return _page("请先点「打开两步验证」，扫二维码。"), 409
        if not staff.check_code(request.form.get("code", "").strip()):
            return _secret_of(staff, "验证码不对。请看验证器上现在的数字，再填一次。"), 422
        staff.totp_confirmed_at = utc_now()
    return redirect(url_for("staff.account.page"), 303)


@bp.post("/second-factor/drop")
@needs(Right.SIGNED_IN)
def drop() -> Response | tuple[str, int]:
    """Switch the second factor off; asks for the password."""
    if not me.check_password(request.form.get("current", "")):
        return _page("密码不对，两步验证还开着。"), 422
    with database().unit_of_work() as work:
        work.get_one(Staff, me.id).drop_second_factor()
    return redirect(url_for("staff.account.page"), 303)


@bp.post("/sessions/<row:session_id>/end")
@needs(Right.SIGNED_IN)
def end(session_id: int) -> Response:
    """Sign another browser of one's own out."""
    with database().unit_of_work() as work:
        found = work.get(StaffSession, session_id)
        if found is None or found.staff_id != me.id:
            abort(404)
        found.ended_at = utc_now()
    return redirect(url_for("staff.account.page"), 303)


def _change(current: str, new: str, again: str) -> str:
    """Change the password; return what is wrong, or nothing."""
    if not me.check_password(current[:200]):
        return "现在的密码不对。"
    if new != again:
        return "两次输入的新密码不一样。"
    if new == current:
        return "新密码不能和现在的一样。"
    try:
        with database().unit_of_work() as work:
            work.get_one(Staff, me.id).set_password(new)
            end_sessions(work, me.id, but=g.staff_session.id)
    except StaffError as error:
        return str(error)
    return ""


def _secret_of(staff: Staff, trouble: str = "") -> str:
    picture = segno.make(staff.second_factor_address, error="m").svg_data_uri(scale=5, border=2)
    return render_template(
        "staff/second_factor.html", picture=picture, secret=staff.totp_secret, trouble=trouble
    )


def _page(trouble: str = "") -> str:
    with database().reading() as reading:
        sessions = live_sessions(reading, me.id)
    return render_template(
        "staff/account.html",
        sessions=sessions,
        current=g.staff_session.id,
        trouble=trouble,
        roles=wording.ROLES,
    )
