"""What editors do on the console: enter an offering, change it, take it down; its times too.

Whoever has a seat is told by `models.offering.minding` when a time is moved or called off.
"""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.database import utc_now
from models.offering.drafting import COLUMNS, Errors, overlaps, read_offering, read_slot
from models.offering.hours import write_hours
from models.offering.kinds import kinds
from models.offering.offering import Offering, Slot
from models.offering.seat import ACTIVE, TAKEN, Seat, count, hold_slot
from models.working_days import CHINA

_MOMENT = "%Y-%m-%d %H:%M"


def save(session: Session, row: Mapping[str, str], offering: Offering | None) -> Offering | Errors:
    """Store what was written of an offering; returns it, or what is wrong by column."""
    values, errors = read_offering(row)
    if "code" in values and "code" not in errors:
        same = select(Offering.id).where(Offering.code == values["code"])
        if session.scalar(same) not in (None, offering.id if offering is not None else None):
            errors["code"] = "这个编号已经有了，请换一个。"
    if offering is not None and offering.slots and values.get("kind") != offering.kind:
        errors["kind"] = "已经有时间了，不能换类型。请另建一条。"
    if errors:
        return errors
    stored = offering or Offering()
    for key, value in values.items():
        setattr(stored, key, value)
    session.add(stored)
    session.flush()
    return stored


def written(offering: Offering) -> dict[str, str]:
    """Return an offering as it may be written again."""
    row = {key: getattr(offering, key, None) for key in COLUMNS}
    told = {
        key: "、".join(value) if isinstance(value, list) else str(value or "")
        for key, value in row.items()
    }
    return told | {
        "kind": kinds()[offering.kind].name,
        "city": offering.city or "线上",
        "hours": write_hours(offering.hours),
    }


def slot_written(slot: Slot) -> dict[str, str]:
    """Return a time as it may be written again."""
    until = slot.sign_up_until
    return {
        "begins": slot.begins_at.astimezone(CHINA).strftime(_MOMENT),
        "ends": slot.ends_at.astimezone(CHINA).strftime(_MOMENT),
        "capacity": str(slot.capacity),
        "sign_up_until": until.astimezone(CHINA).strftime(_MOMENT) if until else "",
        "note": slot.note or "",
    }


def put_slot(
    session: Session, offering: Offering, row: Mapping[str, str], slot: Slot | None
) -> Slot | Errors:
    """Add a time, or change one; returns it, or what is wrong by column.

    More seats are offered to those who wait; fewer than are taken cannot be.
    """
    session.execute(select(Offering.id).where(Offering.id == offering.id).with_for_update())
    draft, errors = read_slot(row, offering.kind)
    if draft is None:
        return errors or {"begins": "没填。"}
    twin = next((one for one in offering.slots if one.begins_at == draft.begins_at), None)
    if twin is not None and twin is not slot:
        return {"begins": "这个时间已经有了。"}
    others = [
        (one.begins_at, one.ends_at)
        for one in offering.slots
        if one is not slot and one.cancelled_at is None
    ]
    if offering.kind == "mentor" and overlaps([*others, (draft.begins_at, draft.ends_at)]):
        return {"begins": "和这位导师的另一个时间重叠了。"}
    if slot is not None:
        held = hold_slot(session, slot.id)
        taken = count(session, slot.id, *TAKEN)
        if held is not None and draft.capacity < taken:
            return {"capacity": f"已经有 {taken} 个人，不能少于这个数。"}
        if (slot.begins_at, slot.ends_at) != (draft.begins_at, draft.ends_at):
            slot.moved_at = utc_now()
    if slot is None:
        slot = Slot(begins_at=draft.begins_at)
        offering.slots.append(slot)
    slot.begins_at, slot.ends_at, slot.capacity = draft.begins_at, draft.ends_at, draft.capacity
    slot.sign_up_until, slot.note = draft.sign_up_until, draft.note
    session.flush()
    return slot


def cancel_slot(session: Session, slot: Slot, reason: str) -> None:
    """Call a time off; who has a seat or waits for one is told why."""
    hold_slot(session, slot.id)
    slot.cancelled_at = slot.cancelled_at or utc_now()
    slot.cancel_reason = reason.strip()[:200] or None
    session.flush()


def close(session: Session, offering: Offering) -> None:
    """Show an offering no more, and call off its times to come."""
    offering.closed_at = utc_now()
    session.execute(
        update(Slot)
        .where(
            Slot.offering_id == offering.id,
            Slot.begins_at > utc_now(),
            Slot.cancelled_at.is_(None),
        )
        .values(cancelled_at=utc_now())
        .execution_options(synchronize_session=False)
    )
    session.flush()


def has_seats(session: Session, offering: Offering) -> int:
    """Return how many people are signed up for an offering now."""
    ids = session.scalars(
        select(Seat.id).where(Seat.offering_id == offering.id, Seat.state.in_(ACTIVE))
    )
    return len(ids.all())
