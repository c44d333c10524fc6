"""Entering an offering, changing it, and taking it down."""

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models import audit
from models.database import utc_now
from models.intake.fields.place import cities
from models.offering.drafting import COLUMNS, KEY_GROUPS, SLOT_COLUMNS, Errors
from models.offering.editing import close, has_seats, save, slot_written, written
from models.offering.kinds import kinds
from models.offering.lines import day_and_time
from models.offering.offering import Offering
from models.offering.seat import TAKEN, SeatState, counts
from models.staff import Right
from webhook.current import database
from webhook.staff.access import me, needs
from webhook.staff.offerings.blueprint import bp, offering_of

HINTS = {
    "code": "自己编的号，比如 SYB-2027-01。导入时按它认。",
    "topics": "用顿号分开。",
    "city": "线上或全省的填「线上」。",
    "priority": "这些人排在前面：" + "、".join(KEY_GROUPS),
    "phone": "单位电话，谁都能看到。不要填个人手机号。",
    "hours": "比如：周一至周五 8:30-11:30 13:00-17:00；2026-12-31 休息。改了马上生效。",
    "source": "谁办的、依据哪份通知。",
}


@bp.get("/new")
@needs(Right.EDIT)
def new() -> str:
    """Show the empty form."""
    return _form(None, {"kind": request.args.get("kind", "")}, {})


@bp.post("/new")
@needs(Right.EDIT)
def create() -> str | tuple[str, int] | Response:
    """Store a new offering."""
    with database().unit_of_work() as work:
        made = save(work, request.form, None)
        if isinstance(made, Offering):
            _record(work, "offering.create", made)
            return redirect(url_for("staff.offerings.edit", offering_id=made.id), 303)
    return _form(None, request.form, made), 422


@bp.get("/<row:offering_id>")
@needs(Right.OFFERINGS)
def edit(offering_id: int) -> str:
    """Show an offering with its times."""
    with database().reading() as reading:
        found = offering_of(reading, offering_id)
        return shown(reading, found)


@bp.post("/<row:offering_id>")
@needs(Right.EDIT)
def change(offering_id: int) -> str | tuple[str, int] | Response:
    """Change an offering, take it down, or show it again."""
    deed = request.form.get("deed", "")
    with database().unit_of_work() as work:
        found = offering_of(work, offering_id)
        if deed == "close":
            close(work, found)
            _record(work, "offering.close", found)
        elif deed == "open":
            found.closed_at = None
            _record(work, "offering.open", found)
        else:
            saved = save(work, request.form, found)
            if not isinstance(saved, Offering):
                return shown(work, found, row=request.form, errors=saved), 422
            _record(work, "offering.change", found)
    return redirect(url_for("staff.offerings.edit", offering_id=offering_id), 303)


def shown(
    session: Session,
    offering: Offering,
    *,
    row: Mapping[str, str] | None = None,
    errors: Errors | None = None,
    slot_row: Mapping[str, str] | None = None,
    slot_errors: Errors | None = None,
) -> str:
    """Return the page of an offering, with what was written where something of it is wrong."""
    ids = [slot.id for slot in offering.slots]
    taken, waiting = counts(session, ids, *TAKEN), counts(session, ids, SeatState.WAITING)
    times = [
        {
            "slot": slot,
            "told": day_and_time(slot),
            "taken": taken.get(slot.id, 0),
            "waiting": waiting.get(slot.id, 0),
            "is_over": slot.begins_at <= utc_now(),
            "written": slot_written(slot),
        }
        for slot in offering.slots
    ]
    return _form(
        offering,
        row or written(offering),
        errors or {},
        times=times,
        signed_up=has_seats(session, offering),
        slot_row=slot_row or {},
        slot_errors=slot_errors or {},
    )


def _form(offering: Offering | None, row: Mapping[str, str], errors: Errors, **more: object) -> str:
    return render_template(
        "staff/offerings/edit.html",
        offering=offering,
        row=row,
        errors=errors,
        columns=COLUMNS,
        slot_columns=SLOT_COLUMNS,
        hints=HINTS,
        kinds=kinds().values(),
        cities=cities(),
        **{"times": [], "signed_up": 0, "slot_row": {}, "slot_errors": {}, **more},
    )


def _record(work: Session, action: str, offering: Offering) -> None:
    audit.record(work, me.id, action, subject="offering", subject_id=offering.id)
