"""Who signed up, masked, and who came; names for those who may see them, for a kept reason."""

from flask import make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from models import audit
from models.audit import ReasonMissingError, must_give_reason
from models.intake.fields.mobile import mask_mobile
from models.intake.fields.person_name import mask_name
from models.offering.attending import (
    LONGEST,
    NotingRefusedError,
    can_note,
    mark_came,
    takes_log,
    write_log,
)
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
_COLUMNS = ("when", "state", "name", "mobile", "first", "number", "told_came")
_CAME = {"yes": True, "no": False}


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


@bp.post("/<row:offering_id>/roster/<row:seat_id>")
@needs(Right.OFFERINGS)
def note(offering_id: int, seat_id: int) -> str | Response | tuple[str, int]:
    """Note whether somebody came, or what was said with a mentor."""
    with database().unit_of_work() as work:
        found = offering_of(work, offering_id)
        seat = work.get(Seat, seat_id, with_for_update=True)
        if seat is None or seat.offering_id != found.id:
            raise NotFound
        try:
            if "log" in request.form:
                write_log(work, seat, request.form["log"], me.id)
                action = "seat.log"
            else:
                mark_came(work, seat, _CAME.get(request.form.get("came", "")))
                action = "seat.attendance"
        except NotingRefusedError as error:
            return _page(work, found, clear=False, trouble=str(error)), 422
        audit.record(work, me.id, action, subject="seat", subject_id=seat.id)
    return redirect(url_for("staff.offerings.roster", offering_id=offering_id), 303)


def _page(session: Session, offering: Offering, *, clear: bool, trouble: str = "") -> str:
    if not offering.about_kind.service:
        raise NotFound
    rows = _rows(session, offering, clear=clear)
    return render_template(
        "staff/offerings/roster.html",
        offering=offering,
        rows=rows,
        came=sum(row["came"] is True for row in rows),
        noted=sum(row["came"] is not None for row in rows),
        longest=LONGEST,
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
        "seat_id": seat.id,
        "can_note": can_note(seat),
        "takes_log": takes_log(seat),
        "came": seat.came,
        "log": seat.log or "",
        "told_came": {True: "来了", False: "没来", None: ""}[seat.came],
    }


def _cells(row: dict[str, object]) -> list[str]:
    return [str(row[key]) for key in _COLUMNS]
