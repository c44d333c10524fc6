"""Staff: the officials who answer people, what each may do, and how they prove who they are.

Passwords are kept as argon2id hashes. A second factor (TOTP, RFC 6238) is optional; its secret is
encrypted. Roles and rights are those of DESIGN section 9.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import JSON, ColumnElement, String, and_, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, one_of, utc_now
from models.sealed import SealedText

PASSWORD_LENGTH = 10
"""Characters a password has at least (NIST SP 800-63B asks for length, not for kinds)."""

_ISSUER = "就创通"
_TOTP_PERIOD = 30
# A stream or a page tells every half minute that somebody sits there.
_SEEN_WITHIN = timedelta(seconds=90)
_EASY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_hasher = PasswordHasher()
# Checked where the name is unknown, so that an answer takes as long as for a known one.
_NOBODY = _hasher.hash(secrets.token_hex())


class Role(StrEnum):
    """What somebody is here for."""

    AGENT = "agent"
    REVIEWER = "reviewer"
    EDITOR = "editor"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What a view asks for. Every view of the console names one."""

    SIGNED_IN = "signed_in"
    CHAT = "chat"  # take and answer conversations
    REQUESTS = "requests"  # look at applications, and take the steps that are the role's
    REVIEW = "review"  # decide on applications
    OFFERINGS = "offerings"  # sessions, events and places, and who signed up
    EDIT = "edit"  # policy text and canned replies
    SUPERVISE = "supervise"  # figures and the live monitor
    AUDIT = "audit"  # who saw and revealed what
    MANAGE = "manage"  # staff accounts


_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.AGENT: frozenset({Right.CHAT, Right.REQUESTS, Right.OFFERINGS}),
    Role.REVIEWER: frozenset({Right.REQUESTS, Right.REVIEW, Right.OFFERINGS}),
    Role.EDITOR: frozenset({Right.EDIT, Right.OFFERINGS}),
    Role.ADMIN: frozenset(set(Right) - {Right.AUDIT}),
    # Those who check the others do not act themselves, and the other way round.
    Role.AUDITOR: frozenset({Right.SUPERVISE, Right.AUDIT}),
}


class Presence(StrEnum):
    """What somebody says of themselves; `ONLINE` alone gets chats assigned."""

    ONLINE = "online"
    BUSY = "busy"
    OFFLINE = "offline"


class StaffError(ValueError):
    """Something about an account is not allowed; the text is for people."""


class Staff(Base):
    """One official's account.

    Attributes:
        name: what is typed to sign in; never reused.
        display_name: what colleagues and people read.
        skills: topics this person answers; empty means all.
        regions: places this person answers for; empty means all.
        capacity: open chats at once for automatic assignment.
        totp_step: the last time step whose code was used; a code counts once.
    """

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(64))
    role: Mapped[Role] = mapped_column(one_of(Role))
    password_hash: Mapped[str] = mapped_column(String(255))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    totp_secret: Mapped[str | None] = mapped_column(SealedText)
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_step: Mapped[int] = mapped_column(default=0)
    presence: Mapped[Presence] = mapped_column(one_of(Presence), default=Presence.OFFLINE)
    capacity: Mapped[int] = mapped_column(default=8)
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    regions: Mapped[list[str]] = mapped_column(JSON, default=list)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    def may(self, right: Right) -> bool:
        """Whether this person's role holds the right."""
        return right is Right.SIGNED_IN or right in _RIGHTS[self.role]

    @hybrid_property
    def can_chat(self) -> bool:
        """Whether this person may have conversations; who no longer can loses those they have."""
        return self.disabled_at is None and self.may(Right.CHAT)

    @can_chat.inplace.expression
    @classmethod
    def _can_chat(cls) -> ColumnElement[bool]:
        chatting = [role for role, rights in _RIGHTS.items() if Right.CHAT in rights]
        return and_(cls.disabled_at.is_(None), cls.role.in_(chatting))

    @property
    def is_here(self) -> bool:
        """Whether the console is open in front of this person, whatever they say of themselves."""
        return self.seen_at is not None and self.seen_at > utc_now() - _SEEN_WITHIN

    @property
    def has_second_factor(self) -> bool:
        """Whether signing in takes a code as well."""
        return self.totp_confirmed_at is not None

    def check_password(self, password: str) -> bool:
        """Whether this is the password. Takes some 50 ms on purpose."""
        return _matches(self.password_hash, password)

    def set_password(self, password: str, *, must_change: bool = False) -> None:
        """Take a new password.

        Raises:
            StaffError: it is too short, or holds the account's own name.
        """
        if len(password) < PASSWORD_LENGTH:
            raise StaffError(f"密码至少要 {PASSWORD_LENGTH} 个字符。")
        if len(password) > 200:
            raise StaffError("密码最多 200 个字符。")
        if self.name.lower() in password.lower() or len(set(password)) < 4:
            raise StaffError("这个密码太容易猜到。请不要用用户名，也不要只用几个相同的字符。")
        self.password_hash = _hasher.hash(password)
        self.must_change_password = must_change

    def begin_second_factor(self) -> None:
        """Draw a TOTP secret; it counts once `totp_confirmed_at` is set."""
        self.totp_secret = pyotp.random_base32()
        self.totp_confirmed_at = None

    @property
    def second_factor_address(self) -> str:
        """What an authenticator app reads as a QR code; empty when no secret was drawn."""
        if not self.totp_secret:
            return ""
        return pyotp.TOTP(self.totp_secret).provisioning_uri(name=self.name, issuer_name=_ISSUER)

    def check_code(self, code: str) -> bool:
        """Whether this is the app's code of now (half a minute either way), not used before."""
        if not self.totp_secret or not code.isascii() or not code.isdigit():
            return False
        totp = pyotp.TOTP(self.totp_secret)
        now = int(utc_now().timestamp()) // _TOTP_PERIOD
        for step in (now - 1, now, now + 1):
            if step > self.totp_step and secrets.compare_digest(totp.at(step * _TOTP_PERIOD), code):
                self.totp_step = step
                return True
        return False

    def drop_second_factor(self) -> None:
        """Sign in by password alone from now on."""
        self.totp_secret = self.totp_confirmed_at = None
        self.totp_step = 0


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def draw_password() -> str:
    """Return a first password: easy to read out, changed at first sign-in."""
    return "-".join("".join(secrets.choice(_EASY_LETTERS) for _ in range(4)) for _ in range(4))


def create_staff(
    session: Session, name: str, role: Role, *, display_name: str = "", password: str
) -> Staff:
    """Open an account; its password has to be changed at first sign-in.

    Raises:
        StaffError: the name is taken or unfit, or the password too easy.
    """
    name = name.strip()
    if not 2 <= len(name) <= 32 or any(c.isspace() for c in name):
        raise StaffError("用户名要 2 到 32 个字符，中间不能有空格。")
    if find_staff(session, name) is not None:
        raise StaffError(f"用户名「{name}」已经有人用了。")
    made = Staff(name=name.lower(), display_name=display_name.strip() or name, role=role)
    made.set_password(password, must_change=True)
    session.add(made)
    session.flush()
    return made


def find_staff(session: Session, name: str) -> Staff | None:
    """Return the account of this name, whatever its case."""
    return session.scalar(select(Staff).where(Staff.name == name.strip().lower()))


def prove(session: Session, name: str, password: str) -> Staff | None:
    """Return the account if name and password belong together and it is in use."""
    found = find_staff(session, name)
    if found is None:
        _matches(_NOBODY, password)
        return None
    return found if found.check_password(password) and found.disabled_at is None else None


def staff_in_use(session: Session) -> list[Staff]:
    """Return every account that may sign in, by the name people read."""
    return list(
        session.scalars(
            select(Staff).where(Staff.disabled_at.is_(None)).order_by(Staff.display_name, Staff.id)
        )
    )


def on_duty(session: Session) -> list[Staff]:
    """Return who may get a chat now: may chat, says online, and sits before the console."""
    return [
        one
        for one in staff_in_use(session)
        if one.presence is Presence.ONLINE and one.is_here and one.can_chat
    ]


def has_admin(session: Session) -> bool:
    """Whether somebody can sign in who manages the others."""
    query = select(Staff.id).where(Staff.role == Role.ADMIN, Staff.disabled_at.is_(None)).limit(1)
    return session.scalar(query) is not None


def disable(session: Session, staff: Staff) -> None:
    """Close an account; what it did stays under its name.

    Chats it had go back into the queue (`models.queues.astray`).

    Raises:
        StaffError: it is the last admin's.
    """
    others = select(Staff.id).where(
        Staff.role == Role.ADMIN, Staff.disabled_at.is_(None), Staff.id != staff.id
    )
    if staff.role is Role.ADMIN and session.scalar(others.limit(1)) is None:
        raise StaffError("这是最后一个管理员，不能停用。请先再建一个管理员。")
    staff.disabled_at = utc_now()
    staff.presence = Presence.OFFLINE


def note_seen(staff: Staff) -> None:
    """Remember that this person's console is open."""
    staff.seen_at = utc_now()
