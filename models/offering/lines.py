"""The words in which an offering and its times are told, the same in chat, pages and lists."""

from collections.abc import Sequence
from datetime import date, datetime

from models.database import utc_now
from models.offering.hours import told_day, told_hours
from models.offering.offering import Offering, Slot
from models.working_days import CHINA

_WEEKDAYS = "一二三四五六日"


def day_and_time(slot: Slot) -> str:
    """Return when a slot is: 「12月3日（周四）9:00-12:00」."""
    begins, ends = slot.begins_at.astimezone(CHINA), slot.ends_at.astimezone(CHINA)
    until = clock(ends) if ends.date() == begins.date() else f"{day(ends)}{clock(ends)}"
    return f"{day(begins)}{clock(begins)}-{until}"


def day(moment: datetime) -> str:
    """Return a day with its weekday, and its year where that is not this one."""
    here, now = moment.astimezone(CHINA), utc_now().astimezone(CHINA)
    year = f"{here.year}年" if here.year != now.year else ""
    return f"{year}{here.month}月{here.day}日（周{_WEEKDAYS[here.weekday()]}）"


def clock(moment: datetime) -> str:
    """Return the time of day."""
    here = moment.astimezone(CHINA)
    return f"{here.hour}:{here.minute:02}"


def slot_line(slot: Slot) -> str:
    """Return a slot in one line, without what changes by the minute."""
    return f"{day_and_time(slot)} {slot.offering.name}，{slot.offering.place}"


def room(slot: Slot) -> str:
    """Return where exactly a slot is."""
    told = [slot.offering.place, slot.offering.address, slot.note]
    return "，".join(one for one in told if one)


def seats_left(slot: Slot, taken: int) -> str:
    """Return how many seats are left."""
    left = slot.capacity - taken
    return f"还有{left}个名额" if left > 0 else "已报满，可以排队"


def offering_line(
    offering: Offering, now: datetime | None = None, days: Sequence[date] = ()
) -> str:
    """Return an offering of the directory in a line: what, where, when it is open.

    `days` are those that were asked for, besides today.
    """
    told = [f"{offering.name}（{offering.place}）"]
    if offering.address:
        told.append(f"地址：{offering.address}")
    if offering.opening is not None:
        told += [told_day(offering.opening, day) for day in days]
        told.append(told_hours(offering.opening, now))
    if offering.phone:
        told.append(f"电话：{offering.phone}")
    return "，".join(told)
