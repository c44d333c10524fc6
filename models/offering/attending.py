"""What staff note once a session has begun: who came, and what was said with a mentor."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.database import utc_now
from models.offering.seat import Seat, SeatState

LONGEST = 500
"""Characters of a mentor's log: it is a short note, no record of the talk."""


class NotingRefusedError(ValueError):
    """Nothing can be noted of a seat; the text is for people."""


def mark_came(
    session: Session, seat: Seat, came: bool | None, *, now: datetime | None = None
) -> None:
    """Note whether somebody came; None takes a note back that was a slip.

    Raises:
        NotingRefusedError: they have no seat, or the session has not begun.
    """
    _check(seat, now or utc_now())
    seat.came = came
    session.flush()


def write_log(
    session: Session, seat: Seat, text: str, staff_id: int, *, now: datetime | None = None
) -> None:
    """Keep what was said at a meeting with a mentor; an empty text takes it back.

    Raises:
        NotingRefusedError: it is no meeting with a mentor, has not begun, or the text is too long.
    """
    now, text = now or utc_now(), text.strip()
    if not takes_log(seat):
        raise NotingRefusedError("只有导师预约才写指导记录。")
    _check(seat, now)
    if len(text) > LONGEST:
        raise NotingRefusedError(f"指导记录最多 {LONGEST} 个字，现在有 {len(text)} 个。")
    seat.log = text or None
    seat.log_staff_id, seat.logged_at = (staff_id, now) if text else (None, None)
    session.flush()


def takes_log(seat: Seat) -> bool:
    """Whether it is a meeting of which a log is kept."""
    return seat.offering.about_kind.keeps_log


def can_note(seat: Seat, now: datetime | None = None) -> bool:
    """Whether somebody had a seat in a session that has begun."""
    return (
        seat.slot is not None
        and seat.slot.cancelled_at is None
        and seat.state is SeatState.BOOKED
        and seat.slot.begins_at <= (now or utc_now())
    )


def _check(seat: Seat, now: datetime) -> None:
    if not can_note(seat, now):
        raise NotingRefusedError("开始以后，给留了座的人记。")
