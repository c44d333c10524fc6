"""Staff accounts, for admins: open, change, close, a new first password."""

from apiflask import APIBlueprint
from flask import abort, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit
from models.staff import (
    Right,
    Role,
    Staff,
    StaffError,
    create_staff,
    disable,
    draw_password,
)
from models.staff_session import end_sessions, start_over
from webhook.current import catalogue, database, desk
from webhook.staff import wording
from webhook.staff.access import me, needs

bp = APIBlueprint("team", __name__, url_prefix="/team", enable_openapi=False)


@bp.get("")
@needs(Right.MANAGE)
def page() -> str:
    """List every account."""
    return _page()


@bp.post("")
@needs(Right.MANAGE)
def create() -> str | tuple[str, int]:
    """Open an account; its first password is shown once."""
    password = draw_password()
    try:
        with database().unit_of_work() as work:
            made = create_staff(
                work,
                request.form.get("name", ""),
                _role(),
                display_name=request.form.get("display_name", ""),
                password=password,
            )
            _set_queues(made)
            _record(work, "staff.create", made.id, role=made.role.value)
    except StaffError as error:
        return _page(trouble=str(error)), 422
    return _page(made=made, password=password)


@bp.post("/<row:staff_id>")
@needs(Right.MANAGE)
def change(staff_id: int) -> str | tuple[str, int]:
    """Change role, skills and regions, close or open an account, draw a new first password."""
    deed = request.form.get("deed", "")
    password = draw_password() if deed == "reset" else ""
    try:
        with database().unit_of_work() as work:
            staff = work.get(Staff, staff_id)
            if staff is None:
                abort(404)
            if deed == "disable":
                disable(work, staff)
                end_sessions(work, staff.id)
            elif deed == "enable":
                staff.disabled_at = None
            elif deed == "reset":
                start_over(work, staff, password)
            else:
                deed = "change"
                if staff.id == me.id and _role() is not staff.role:
                    raise StaffError("自己的角色要请另一位管理员来改。")
                staff.role = _role()
                _set_queues(staff)
            _record(work, f"staff.{deed}", staff.id)
    except StaffError as error:
        return _page(trouble=str(error)), 422
    # Chats of somebody who can no longer have them wait for others from this moment on.
    desk().put_right()
    return _page(made=staff if password else None, password=password)


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError as error:
        raise StaffError("请选择角色。") from error


def _set_queues(staff: Staff) -> None:
    staff.skills, staff.regions = (
        [word for word in request.form.get(name, "").replace("，", " ").split() if len(word) < 65]
        for name in ("skills", "regions")
    )


def _record(work: Session, action: str, staff_id: int, **details: str) -> None:
    audit.record(work, me.id, action, subject="staff", subject_id=staff_id, **details)


def _page(trouble: str = "", made: Staff | None = None, password: str = "") -> str:
    with database().reading() as reading:
        everybody = reading.scalars(select(Staff).order_by(Staff.disabled_at, Staff.id)).all()
    return render_template(
        "staff/team.html",
        everybody=everybody,
        roles=wording.ROLES,
        presences=wording.PRESENCES,
        services=catalogue(),
        trouble=trouble,
        made=made,
        password=password,
    )
