"""Who signed up: masked; names for those who have the right to, for a reason that is kept."""

from flask import make_response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from models import audit
from models.audit import ReasonMissingError, must_give_reason
from models.intake.fields.mobile import mask_mobile
from models.intake.fields.person_name import mask_name
from models.offering.lines import day_and_time
from models.offering.offering import Offering
from models.offering.seat import ACTIVE, Seat, SeatState, seats_of
from models.request import Request
from models.staff import Right
from webhook.current import database
from webhook.spreadsheet import csv_of, xlsx_of
from webhook.staff.access import me, needs
from webhook.staff.offerings.blueprint import bp, offering_of

STATES = {
    SeatState.BOOKED: "已留座",
    SeatState.OFFERED: "等确认",
    SeatState.WAITING: "排队",
    SeatState.APPLIED: "已申请",
    SeatState.CANCELLED: "已退",
    SeatState.EXPIRED: "没排上",
    SeatState.DROPPED: "场次取消",
}
_FILES = {
    "csv": (csv_of, "text/csv; charset=utf-8"),
    "xlsx": (xlsx_of, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_HEADS = ["时间", "状态", "姓名", "手机号", "优先", "编号", "签到"]


@bp.get("/<row:offering_id>/roster")
@needs(Right.OFFERINGS)
def roster(offering_id: int) -> str:
    """Show who signed up, masked."""
    with database().reading() as reading:
        return _page(reading, offering_of(reading, offering_id), clear=False)


@bp.post("/<row:offering_id>/roster")
@needs(Right.REVIEW)
def reveal(offering_id: int) -> str | Response | tuple[str, int]:
    """Show names and numbers to print them, or hand them out as a file for the teacher."""
    kind = request.form.get("file", "")
    try:
        reason = must_give_reason(request.form.get("reason", ""))
    except ReasonMissingError as error:
        with database().reading() as reading:
            found = offering_of(reading, offering_id)
            return _page(reading, found, clear=False, trouble=str(error)), 422
    with database().unit_of_work() as work:
        found = offering_of(work, offering_id)
        rows = _rows(work, found, clear=True)
        action = "seat.export" if kind in _FILES else "seat.reveal"
        audit.record(
            work, me.id, action, subject="offering", subject_id=offering_id, reason=reason,
            count=len(rows),
        )  # fmt: skip
        if kind not in _FILES:
            return _page(work, found, clear=True)
    write, mimetype = _FILES[kind]
    answer = make_response(write([(found.title, [_HEADS, *map(_cells, rows)])]))
    answer.headers["Content-Type"] = mimetype
    answer.headers["Content-Disposition"] = f"attachment; filename=roster-{offering_id}.{kind}"
    return answer


def _page(session: Session, offering: Offering, *, clear: bool, trouble: str = "") -> str:
    if not offering.about_kind.service:
        raise NotFound
    return render_template(
        "staff/offerings/roster.html",
        offering=offering,
        rows=_rows(session, offering, clear=clear),
        clear=clear,
        trouble=trouble,
    )


def _rows(session: Session, offering: Offering, *, clear: bool) -> list[dict[str, object]]:
    found = [one for one in seats_of(session, offering.id) if one.state in ACTIVE]
    return [_row(session, one, clear=clear) for one in found]


def _row(session: Session, seat: Seat, *, clear: bool) -> dict[str, object]:
    request_ = session.get_one(Request, seat.request_id)
    name, mobile = (str(request_.answers.get(key) or "") for key in ("name", "mobile"))
    return {
        "when": day_and_time(seat.slot) if seat.slot is not None else "",
        "state": STATES[seat.state],
        "name": name if clear else mask_name(name) if name else "",
        "mobile": mobile if clear else mask_mobile(mobile) if mobile else "",
        "first": "优先" if seat.is_priority else "",
        "number": request_.number,
        "request_id": request_.id,
    }


def _cells(row: dict[str, object]) -> list[str]:
    return [str(row[key]) for key in ("when", "state", "name", "mobile", "first", "number")] + [""]
