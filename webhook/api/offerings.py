"""``/api/v1/offerings``: sessions, events, mentors and places; saying yes to a seat."""

from datetime import date, datetime, time, timedelta
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Date, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range, Regexp
from sqlalchemy.orm import Session

from models.database import utc_now
from models.intake.seats import confirm
from models.offering.hours import told_hours, told_week
from models.offering.kinds import kinds
from models.offering.offering import Offering, Slot, find_offering, search, upcoming
from models.offering.seat import TAKEN, SeatRefusedError, SeatState, counts
from models.working_days import CHINA
from webhook.api.idempotency import Once, once
from webhook.api.requests import request_of
from webhook.api.sign_in import auth
from webhook.current import catalogue, database
from webhook.errors import refuse

bp = APIBlueprint("api_offerings", __name__, tag="班次、活动和地点")

_LAST_ID = 2**63 - 1
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(9000, 1, 1)
_PLACE = Regexp(r"[\u4e00-\u9fff]{2,12}", error="请写中文地名，如 沈阳市。")


class Wanted(Schema):
    """What is looked for."""

    kind = String(validate=OneOf(list(kinds())), metadata={"description": "类型；不填是全部"})
    city = String(validate=_PLACE, metadata={"description": "城市", "example": "沈阳市"})
    district = String(
        validate=_PLACE, metadata={"description": "区县，排在前面", "example": "铁西区"}
    )
    topic = String(
        validate=Length(1, 40), metadata={"description": "主题", "example": "创办你的企业"}
    )
    q = String(validate=Length(1, 60), metadata={"description": "名称、介绍、地址里的词"})
    since = Date(metadata={"description": "这一天起开始的；只看有排期的"})
    until = Date(metadata={"description": "到这一天为止开始的；只看有排期的"})
    offset = Integer(load_default=0, validate=Range(0, 2000))
    limit = Integer(load_default=20, validate=Range(1, 100))


class SlotOut(Schema):
    """One time of an offering."""

    code = String(metadata={"description": "报名时填的代码", "example": "场次12"})
    begins_at = String(metadata={"format": "date-time"})
    ends_at = String(metadata={"format": "date-time"})
    capacity = Integer()
    left = Integer(metadata={"description": "还有几个名额；0 是报满，可以排队"})
    waiting = Integer(metadata={"description": "几个人在排队"})
    open = Boolean(metadata={"description": "现在能不能报"})
    sign_up_until = String(metadata={"format": "date-time"})
    note = String(allow_none=True)


class OfferingItem(Schema):
    """One thing on offer."""

    id = Integer()
    code = String(metadata={"description": "申请时填的代码", "example": "资源7"})
    kind = String()
    kind_name = String()
    title = String()
    sample = Boolean(metadata={"description": "是不是示例"})
    about = String()
    topics = List(String())
    city = String(allow_none=True)
    district = String(allow_none=True)
    address = String(allow_none=True)
    audience = String(allow_none=True)
    priority = List(String(), metadata={"description": "优先照顾的人群"})
    phone = String(allow_none=True)
    url = String(allow_none=True)
    source = String(allow_none=True)
    clause = String(metadata={"description": "方案里的条款"})
    service = String(allow_none=True, metadata={"description": "用哪个服务报名"})
    open_now = Boolean(allow_none=True, metadata={"description": "现在开不开门；没有开放时间为空"})
    hours = List(String(), metadata={"description": "开放时间，一行一段"})
    hours_told = String(allow_none=True, metadata={"description": "现在开不开、几点开，给人看的话"})
    slots = List(Nested(SlotOut))


class OfferingOut(OfferingItem):
    """One thing on offer, asked for by its number."""


class OfferingItems(Schema):
    """What was found, best first."""

    items = List(Nested(OfferingItem))


class SeatTaken(Schema):
    """What came of saying yes."""

    said = String(metadata={"description": "给人看的结果"})


@bp.get("/offerings")
@bp.input(Wanted, location="query", arg_name="wanted")
@bp.output(OfferingItems)
@bp.doc(summary="找班次、活动、导师和地点", description="公开；按地方、类型、主题、日期找。")
def list_offerings(wanted: dict[str, Any]) -> dict[str, Any]:
    """List what is on offer; open to everybody."""
    codes = [wanted["kind"]] if "kind" in wanted else []
    where: dict[str, Any] = {
        "city": _city(wanted.get("city")),
        "district": wanted.get("district"),
        "topics": [wanted["topic"]] if "topic" in wanted else [],
        "words": wanted.get("q", ""),
        "offset": wanted["offset"],
        "limit": wanted["limit"],
    }
    with database().reading() as session:
        if "since" in wanted or "until" in wanted:
            since = max(_begin_of(wanted.get("since")) or utc_now(), utc_now())
            last = wanted.get("until")
            until = None if last is None else _begin_of(last)
            until = until + timedelta(days=1) if until is not None else None
            slots = upcoming(session, codes, since=since, until=until, only_open=False, **where)
            items = [_item(session, one.offering, [one]) for one in slots]
        else:
            items = [_item(session, one) for one in search(session, codes, **where)]
    return {"items": items}


@bp.get("/offerings/<int:offering_id>")
@bp.output(OfferingOut)
@bp.doc(summary="一个班次、活动、导师或地点", responses=[404])
def show_offering(offering_id: int) -> dict[str, Any]:
    """Show one; open to everybody."""
    with database().reading() as session:
        found = find_offering(session, offering_id) if offering_id <= _LAST_ID else None
        if found is None:
            refuse(404, "no_such_offering", "没有这一个，可能已经撤下。")
        return _item(session, found)


@bp.post("/requests/<number>/seat")
@bp.auth_required(auth)
@bp.input(Once, location="headers", arg_name="sent")
@bp.output(SeatTaken)
@bp.doc(
    summary="确认排到的位子",
    description="排队排到了，在留位时间内确认。",
    responses=[400, 401, 404, 409],
)
@once
def take_seat(session: Session, contact_id: int, number: str) -> tuple[dict[str, Any], int]:
    """Say yes to a seat that became free."""
    request = request_of(session, contact_id, number)
    try:
        return {"said": confirm(session, catalogue(), request)}, 200
    except SeatRefusedError as error:
        refuse(409, error.code, str(error))


def _city(given: str | None) -> str | None:
    return given if given is None or given.endswith("市") else f"{given}市"


def _begin_of(day: date | None) -> datetime | None:
    if day is None:
        return None
    # What lies before or behind these days cannot be counted from, and nothing is there.
    return datetime.combine(min(max(day, _FIRST_DAY), _LAST_DAY), time(), CHINA)


def _item(session: Session, offering: Offering, only: list[Slot] | None = None) -> dict[str, Any]:
    kind, now, opening = offering.about_kind, utc_now(), offering.opening
    slots = only
    if slots is None:
        slots = [s for s in offering.slots if s.cancelled_at is None and s.begins_at > now]
    ids = [one.id for one in slots]
    taken = counts(session, ids, *TAKEN)
    waiting = counts(session, ids, SeatState.WAITING)
    return {
        **{name: getattr(offering, name) for name in _SAME},
        "code": f"资源{offering.id}",
        "kind_name": kind.name,
        "title": offering.name,
        "sample": offering.is_sample,
        "clause": kind.clause,
        "service": kind.service,
        "open_now": None if opening is None else opening.is_open(now),
        "hours": [] if opening is None else told_week(opening),
        "hours_told": None if opening is None else told_hours(opening, now),
        "slots": [
            {
                "code": f"场次{one.id}",
                "begins_at": one.begins_at.isoformat(),
                "ends_at": one.ends_at.isoformat(),
                "capacity": one.capacity,
                "left": max(0, one.capacity - taken.get(one.id, 0)),
                "waiting": waiting.get(one.id, 0),
                "open": one.is_open(now),
                "sign_up_until": one.last_sign_up.isoformat(),
                "note": one.note,
            }
            for one in slots
        ],
    }


_SAME = (
    "id", "kind", "about", "topics", "city", "district", "address", "audience", "priority",
    "phone", "url", "source",
)  # fmt: skip
