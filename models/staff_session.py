"""Staff session: one browser somebody is signed in with, and the lock-out after failed tries.

The browser holds a random token; the table holds its hash, so a copy of the database signs nobody
in. A session can be ended from any other one of the same person.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, String, and_, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.database import Base, BigId, Database, UtcDateTime, utc_now
from models.sealed import lookup_hash
from models.staff import Staff, prove

LASTS = timedelta(hours=12)
"""A working day; then one signs in again."""

IDLE = timedelta(hours=2)
"""Without any request for so long, a session has ended."""

_WINDOW = timedelta(minutes=15)
# By name and address together, so that a stranger elsewhere cannot lock an official out; the
# wider counts stop guessing from many addresses, and of many names from one.
_LIMIT = 5
_WIDE_LIMIT = 30


class StaffSession(Base):
    """A signed-in browser. `verified_at` is empty while the second factor's code is awaited."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship(lazy="joined", innerjoin=True)

    @property
    def is_live(self) -> bool:
        """Whether it still counts: not ended, not too old, not idle for long."""
        now = utc_now()
        return self.ended_at is None and self.created_at > now - LASTS and self.seen_at > now - IDLE


class SignInFailure(Base):
    """One failed try, by keyed hashes of who and where from."""

    __tablename__ = "sign_in_failure"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name_hash: Mapped[str] = mapped_column(String(64), index=True)
    address_hash: Mapped[str] = mapped_column(String(64), index=True)
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


@dataclass(frozen=True)
class SignIn:
    """What came of a try: a token and its session, or how long to wait, or neither.

    Attributes:
        token: what the browser keeps; empty when the try failed.
        session: the session begun.
        locked_for: how long no try counts; zero when one may try again.
    """

    token: str = ""
    session: StaffSession | None = None
    locked_for: timedelta = timedelta()


def sign_in(database: Database, name: str, password: str, address: str, browser: str) -> SignIn:
    """Begin a session if name and password are right and no lock stands.

    The slow check of the password runs with no writing transaction open: on SQLite every citizen
    would wait behind it.
    """
    with database.reading() as reading:
        wait = _locked_for(reading, name, address)
        staff = None if wait else prove(reading, name, password)
    if wait:
        return SignIn(locked_for=wait)
    with database.unit_of_work() as session:
        # Read again: others may have guessed at the same moment.
        wait = _locked_for(session, name, address)
        if wait:
            return SignIn(locked_for=wait)
        if staff is None:
            _count_failure(session, name, address)
            return SignIn(locked_for=_locked_for(session, name, address))
        if not staff.has_second_factor:
            _forgive(session, name, address)
        token = secrets.token_urlsafe(32)
        begun = StaffSession(
            staff_id=staff.id,
            token_hash=_hashed(token),
            address=address[:64],
            browser=browser[:200],
            verified_at=None if staff.has_second_factor else utc_now(),
        )
        session.add(begun)
        session.flush()
        return SignIn(token, begun)


def verify_code(session: Session, begun: StaffSession, code: str) -> SignIn:
    """Complete a session by the second factor's code; wrong codes count like wrong passwords."""
    name = begun.staff.name
    wait = _locked_for(session, name, begun.address)
    if wait:
        return SignIn(locked_for=wait)
    # Two tries at one moment must not both use the same code.
    staff = session.scalars(
        select(Staff)
        .where(Staff.id == begun.staff_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if not staff.check_code(code.strip()):
        _count_failure(session, name, begun.address)
        return SignIn(locked_for=_locked_for(session, name, begun.address))
    _forgive(session, name, begun.address)
    begun.verified_at = utc_now()
    return SignIn(session=begun)


def find_session(session: Session, token: str) -> StaffSession | None:
    """Return the live session of a token, whose account is still in use."""
    found = session.scalar(select(StaffSession).where(StaffSession.token_hash == _hashed(token)))
    if found is None or not found.is_live or found.staff.disabled_at is not None:
        return None
    return found


def note_used(session: Session, session_id: int) -> None:
    """Remember that a session was used just now."""
    session.execute(
        update(StaffSession).where(StaffSession.id == session_id).values(seen_at=utc_now())
    )


def live_sessions(session: Session, staff_id: int) -> list[StaffSession]:
    """Return where this person is signed in, the last used first."""
    found = session.scalars(
        select(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .order_by(StaffSession.seen_at.desc())
    )
    return [one for one in found if one.is_live]


def end_sessions(session: Session, staff_id: int, *, but: int | None = None) -> None:
    """Sign somebody out everywhere (a new password, a closed account), except session `but`."""
    query = update(StaffSession).where(
        StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None)
    )
    if but is not None:
        query = query.where(StaffSession.id != but)
    session.execute(query.values(ended_at=utc_now()))


def forget_old_failures(session: Session) -> None:
    """Delete failures that count no more."""
    session.execute(delete(SignInFailure).where(SignInFailure.failed_at < utc_now() - _WINDOW))


def start_over(session: Session, staff: Staff, password: str) -> None:
    """Give somebody who is locked out a new first password, and every try anew.

    Raises:
        StaffError: the password is unfit.
    """
    staff.set_password(password, must_change=True)
    staff.drop_second_factor()
    end_sessions(session, staff.id)
    session.execute(delete(SignInFailure).where(_named(staff.name)))


def _named(name: str) -> ColumnElement[bool]:
    return SignInFailure.name_hash == _name_hash(name)


def _from(address: str) -> ColumnElement[bool]:
    return SignInFailure.address_hash == _address_hash(address)


def _name_hash(name: str) -> str:
    return lookup_hash(f"sign-in-name:{name.strip().lower()}")


def _address_hash(address: str) -> str:
    return lookup_hash(f"sign-in-address:{address}")


def _locked_for(session: Session, name: str, address: str) -> timedelta:
    """Return how long it takes until the oldest failure that matters is forgotten."""
    now = utc_now()
    waits = [timedelta()]
    for matters, limit in (
        (and_(_named(name), _from(address)), _LIMIT),
        (_named(name), _WIDE_LIMIT),
        (_from(address), _WIDE_LIMIT),
    ):
        count, oldest = session.execute(
            select(func.count(SignInFailure.id), func.min(SignInFailure.failed_at)).where(
                matters, SignInFailure.failed_at > now - _WINDOW
            )
        ).one()
        if count >= limit:
            waits.append(oldest + _WINDOW - now)
    return max(waits)


def _count_failure(session: Session, name: str, address: str) -> None:
    forget_old_failures(session)
    session.add(SignInFailure(name_hash=_name_hash(name), address_hash=_address_hash(address)))
    session.flush()


def _forgive(session: Session, name: str, address: str) -> None:
    session.execute(delete(SignInFailure).where(_named(name), _from(address)))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
