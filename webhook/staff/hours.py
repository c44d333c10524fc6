"""Office hours, for admins: when people are there, days off, and how soon they are to answer."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from apiflask import APIBlueprint
from flask import render_template, request
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from models import audit
from models.database import Database, utc_now
from models.office_calendar import set_calendar
from models.office_hours import Calendar, OfficeHours, OfficeHoursError, Periods, spoken_time
from models.staff import Right, Staff
from webhook.current import database, services
from webhook.services import Services
from webhook.staff.access import me, needs

bp = APIBlueprint("hours", __name__, url_prefix="/hours", enable_openapi=False)

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
LIMITS = {
    "first_reply_within": "首次回复，几分钟内",
    "next_reply_within": "之后每次回复，几分钟内",
    "resolved_within": "办结，几分钟内",
    "patience": "没人接时，几分钟后再告诉对方、提醒同事",
    "reopens_within": "结束后，几分钟内再说话算同一件事",
}
_MOST_MINUTES = 60 * 24 * 30
_PERIOD = re.compile(r"(\d{1,2})[:：.](\d{2})\s*[-－—–~～至到]+\s*(\d{1,2})[:：.](\d{2})")
_BETWEEN = re.compile(r"[\s,，、;；]*")
_periods = TypeAdapter(Periods)


@bp.errorhandler(OfficeHoursError)
def _refused(error: OfficeHoursError) -> tuple[str, int]:
    return _page(str(error)), 422


@bp.get("")
@needs(Right.MANAGE)
def page() -> str:
    """Show every office's hours and the limits."""
    return _page()


@bp.post("/offices")
@needs(Right.MANAGE)
def save_office() -> str:
    """Set one office's hours; an office with a region of its own may be taken away again."""
    before = request.form.get("before")
    region = request.form.get("region", "").strip()[:32] or None
    is_closing = request.form.get("deed") == "close"
    if is_closing and not before:
        raise OfficeHoursError("面向所有人的班次不能撤掉。")
    if before is None and region is None:
        raise OfficeHoursError("请写明是哪个地区的服务点。")
    office = None if is_closing else _office(region, request.form)
    with _database().unit_of_work() as work:
        told = _services().hours(work)
        others = [one for one in told.offices if (one.region or "") != before]
        if office is not None and any(one.region == office.region for one in others):
            raise OfficeHoursError(f"{region or '面向所有人'}的班次已经有了，请直接改。")
        offices = [*others, *([office] if office else [])]
        offices.sort(key=lambda one: one.region or "")
        _set(work, told, {"offices": offices}, "hours.close" if is_closing else "hours.office")
    return _page(done="已保存，马上生效。")


@bp.post("/limits")
@needs(Right.MANAGE)
def save_limits() -> str:
    """Set how soon people are to be answered."""
    limits = {name: request.form.get(name, 0, type=int) for name in LIMITS}
    if not all(0 < minutes <= _MOST_MINUTES for minutes in limits.values()):
        raise OfficeHoursError("每一项都要写大于 0 的分钟数，最多 30 天。")
    with _database().unit_of_work() as work:
        _set(work, _services().hours(work), limits, "hours.limits")
    return _page(done="已保存，马上生效。")


def _set(work: Session, told: Calendar, changes: dict[str, Any], action: str) -> None:
    calendar = Calendar.model_validate(_plain(told) | changes)
    set_calendar(work, work.get_one(Staff, me.id), calendar)
    audit.record(work, me.id, action, subject="hours", subject_id=1)


def _plain(told: Calendar) -> dict[str, Any]:
    return {"offices": told.offices} | told.model_dump(mode="json", exclude={"offices"})


def _office(region: str | None, form: Mapping[str, Any]) -> OfficeHours:
    """Read one office from what was typed; what cannot be is told in words."""
    days = {
        number: _typed(form.get(f"day-{number}", ""), name)
        for number, name in enumerate(WEEKDAYS, start=1)
    }
    closed: set[date] = set()
    opened: dict[date, list[str]] = {}
    dates = request.form.getlist("special-date")
    for day, hours in zip(dates, request.form.getlist("special-hours"), strict=False):
        if not day:
            continue
        try:
            when = date.fromisoformat(day)
        except ValueError as error:
            raise OfficeHoursError(f"日期「{day}」写得不对。") from error
        if periods := _typed(hours, day):
            opened[when] = periods
        else:
            closed.add(when)
    try:
        return OfficeHours.model_validate(
            {
                "region": region,
                "name": form.get("name", "").strip()[:40] or "人工服务",
                "days": {number: hours for number, hours in days.items() if hours},
                "closed": closed,
                "open": opened,
            }
        )
    except ValidationError as error:
        raise OfficeHoursError("一周里至少要有一天上班。") from error


def _typed(text: str, what: str) -> list[str]:
    """Return periods as the calendar writes them; nothing typed is a day off."""
    found = [f"{int(h1):02d}:{m1}-{int(h2):02d}:{m2}" for h1, m1, h2, m2 in _PERIOD.findall(text)]
    if not _BETWEEN.fullmatch(_PERIOD.sub("", text)):
        raise OfficeHoursError(f"{what}：「{text}」看不懂。请写成 08:30-11:30 13:00-17:00。")
    try:
        _periods.validate_python(found)
    except ValidationError as error:
        raise OfficeHoursError(f"{what}：「{text}」时间先后不对，或者有重叠。") from error
    return found


def _page(trouble: str = "", done: str = "") -> str:
    with _database().reading() as reading:
        told = _services().hours(reading)
    now = utc_now()
    return render_template(
        "staff/hours.html",
        offices=told.offices,
        now_open={one.region: one.is_open(now) for one in told.offices},
        opens={one.region: spoken_time(one.opens_next(now), now) for one in told.offices},
        minutes=told.model_dump(mode="json", exclude={"offices"}),
        limits=LIMITS,
        weekdays=WEEKDAYS,
        trouble=trouble,
        done=done,
    )


def _database() -> Database:
    return database()


def _services() -> Services:
    return services()
