"""What an editor writes of an offering, read and checked: from a file's row or the console's form.

Both use the same columns, so a mistake has the same words wherever it is made.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from models.intake.fields import field_type
from models.intake.fields.base import Said, Taken
from models.intake.wording import fold
from models.offering.hours import HoursError, read_hours
from models.offering.kinds import kind_called, kinds
from models.working_days import CHINA

COLUMNS = {
    "code": "编号",
    "kind": "类型",
    "title": "名称",
    "topics": "主题",
    "city": "城市",
    "district": "区县",
    "address": "地址",
    "audience": "对象",
    "priority": "优先人群",
    "about": "介绍",
    "phone": "电话",
    "url": "网址",
    "source": "来源",
    "hours": "开放时间",
}
"""What is said of an offering, and the heading of its column."""

SLOT_COLUMNS = {
    "begins": "开始",
    "ends": "结束",
    "capacity": "名额",
    "sign_up_until": "截止报名",
    "note": "备注",
}
"""What is said of one of its times."""

KEY_GROUPS = (
    "高校毕业生",
    "在校大学生",
    "农民工",
    "就业困难人员",
    "登记失业人员",
    "退役军人",
    "残疾人",
)
"""Whom the plan means by 重点群体, in the words of the services' field `identity`."""

_LONGEST = {
    "code": 64, "title": 120, "address": 200, "audience": 200, "about": 4000, "phone": 40,
    "url": 300, "source": 200, "note": 200,
}  # fmt: skip
_MOST_SEATS = 2000
# Of this century: near the first and the last year of all, moments cannot be counted with.
_MOMENT = re.compile(
    r"(20\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]*(?:(\d{1,2})[:：](\d{2})(?::\d{2})?)?"
)
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})")
_BETWEEN = re.compile(r"[、,，;；|/\s]+")
_PHONE = re.compile(r"[\d\-+() 转,，/]{3,40}")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")

Errors = dict[str, str]
"""What is wrong, by the key of the column."""


@dataclass(frozen=True)
class SlotDraft:
    """One time of an offering, as it was written."""

    begins_at: datetime
    ends_at: datetime
    capacity: int
    sign_up_until: datetime | None = None
    note: str | None = None


@dataclass(frozen=True)
class OfferingDraft:
    """An offering as it was written: the columns of `Offering`, and its times."""

    values: Mapping[str, Any]
    slots: tuple[SlotDraft, ...] = field(default=())

    @property
    def code(self) -> str:
        """The editors' own number."""
        return str(self.values["code"])


def read_offering(row: Mapping[str, str]) -> tuple[dict[str, Any], Errors]:
    """Read what is said of an offering itself; returns the values, and what is wrong."""
    told = {key: " ".join(str(row.get(key) or "").split()) for key in COLUMNS}
    told["about"] = str(row.get("about") or "").strip()
    errors = {
        key: f"最多 {most} 个字，现在有 {len(told[key])} 个。"
        for key, most in _LONGEST.items()
        if len(told.get(key, "")) > most
    }
    errors |= {key: "没填。" for key in ("code", "kind", "title") if not told[key]}
    values: dict[str, Any] = {
        "code": told["code"],
        "title": told["title"],
        "about": told["about"],
        **{key: told[key] or None for key in ("address", "audience", "url", "source", "phone")},
    }
    kind = kind_called(told["kind"])
    if kind is None:
        names = "、".join(one.name for one in kinds().values())
        errors.setdefault("kind", f"没有「{told['kind']}」这一类。可以填：{names}。")
    else:
        values["kind"] = kind.code
    values["topics"] = _listed(told["topics"])
    wrong = [one for one in values["topics"] if kind and kind.topics and one not in kind.topics]
    if wrong and kind:
        errors["topics"] = (
            f"「{'、'.join(wrong)}」不是这一类的主题。可以填：{'、'.join(kind.topics)}。"
        )
    values["priority"] = _listed(told["priority"])
    unknown = [one for one in values["priority"] if one not in KEY_GROUPS]
    if unknown:
        errors["priority"] = f"没有「{'、'.join(unknown)}」。可以填：{'、'.join(KEY_GROUPS)}。"
    _read_place(told, values, errors)
    _read_ways_to_reach(told, errors)
    try:
        values["hours"] = read_hours(told["hours"])
    except HoursError as error:
        errors["hours"] = str(error)
    return values, errors


def read_slot(row: Mapping[str, str], kind_code: str) -> tuple[SlotDraft | None, Errors]:
    """Read one time; None where nothing of it was written, or something is wrong."""
    told = {key: " ".join(str(row.get(key) or "").split()) for key in SLOT_COLUMNS}
    if not any(told.values()):
        return None, {}
    errors: Errors = {}
    begins = _moment(told["begins"])
    if begins is None:
        errors["begins"] = "写成「2026-12-03 09:00」。"
    ends = _moment(told["ends"]) or _later_that_day(begins, told["ends"])
    if ends is None:
        errors["ends"] = "写成「2026-12-03 12:00」，同一天的只写「12:00」也行。"
    elif begins is not None and ends <= begins:
        errors["ends"] = "要比开始晚。"
    until = None
    if told["sign_up_until"]:
        until = _moment(told["sign_up_until"], end_of_day=True)
        if until is None:
            errors["sign_up_until"] = "写成「2026-12-01」或「2026-12-01 17:00」。"
        elif begins is not None and until > begins:
            until = begins
    capacity = told["capacity"] or ("1" if kind_code == "mentor" else "")
    seats = int(capacity) if re.fullmatch(r"[0-9]{1,4}", capacity) else 0
    if not 1 <= seats <= _MOST_SEATS:
        errors["capacity"] = f"填 1 到 {_MOST_SEATS} 的整数。"
    if len(told["note"]) > _LONGEST["note"]:
        errors["note"] = f"最多 {_LONGEST['note']} 个字。"
    if errors or begins is None or ends is None:
        return None, errors
    return SlotDraft(begins, ends, seats, until, told["note"] or None), {}


def overlaps(slots: Iterable[tuple[datetime, datetime]]) -> tuple[datetime, datetime] | None:
    """Return the first stretch of time that begins before an earlier one has ended."""
    last: datetime | None = None
    for begins, ends in sorted(slots):
        if last is not None and begins < last:
            return begins, ends
        last = max(ends, last) if last else ends
    return None


def _read_place(told: Mapping[str, str], values: dict[str, Any], errors: Errors) -> None:
    values["city"] = values["district"] = None
    if told["district"] and not told["city"]:
        errors["city"] = "填了区县，也要填城市。"
    elif told["city"] and told["city"] not in ("线上", "全省", "辽宁", "辽宁省"):
        reading = field_type("place", {"city_is_enough": True}).read(
            Said(f"{told['city']}{told['district']}")
        )
        if not isinstance(reading, Taken):
            errors["city"] = (
                f"辽宁没有「{told['city']}{told['district']}」。线上或全省的填「线上」。"
            )
        elif told["district"] and reading.value["district"] is None:
            errors["district"] = f"{reading.value['city']}没有「{told['district']}」。"
        else:
            values |= reading.value


def _read_ways_to_reach(told: Mapping[str, str], errors: Errors) -> None:
    if told["phone"] and not _PHONE.fullmatch(told["phone"]):
        errors["phone"] = "只写数字和「-」，比如「024-12345678」。"
    elif _MOBILE.search(told["phone"]):
        errors["phone"] = "请填单位的电话，不要填个人手机号：这里谁都能看到。"
    if told["url"] and not re.fullmatch(r"https?://[^\s<>\"']+", told["url"]):
        errors["url"] = "网址要从 https:// 写起。"


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(one for one in _BETWEEN.split(text) if one))


def _moment(text: str, *, end_of_day: bool = False) -> datetime | None:
    match = _MOMENT.fullmatch(fold(text)) if text else None
    if match is None or (match[4] is None and not end_of_day):
        return None
    clock = (int(match[4]), int(match[5])) if match[4] else (23, 59)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        return datetime.combine(day, time(*clock), CHINA)
    except ValueError:
        return None


def _later_that_day(begins: datetime | None, text: str) -> datetime | None:
    match = _CLOCK.fullmatch(text)
    if begins is None or match is None:
        return None
    try:
        return datetime.combine(begins.date(), time(int(match[1]), int(match[2])), CHINA)
    except ValueError:
        return None
