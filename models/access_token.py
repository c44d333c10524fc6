"""WeChat's access token: one leased row that all processes share.

WeChat gives out one valid token for an account. When every worker fetched its own, each fetch
would end the others' tokens; so one process holds the lease and fetches, the rest read. The
ticket of the JS-SDK is shared in the same way, under a name of its own.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import String, case, false, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, UtcDateTime, utc_now
from models.sealed import SealedText

# A token is replaced while it is still good for this long.
_SPARE = timedelta(minutes=1)
# WeChat takes a forced fetch (stable_token, force_refresh) twenty times a day, and not in a row.
_FORCED_AT_MOST_EVERY = timedelta(minutes=1)


class AccessToken(Base):
    """The token of one official account, and who is fetching a new one.

    `is_refused` says that WeChat took the last one back early, so that asking politely would
    bring the same one again.
    """

    __tablename__ = "access_token"

    app_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    token: Mapped[str | None] = mapped_column(SealedText)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetching_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_refused: Mapped[bool] = mapped_column(default=False, server_default=false())
    forced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def current_token(session: Session, app_id: str) -> str | None:
    """Return a token that is good for at least another minute, if there is one."""
    row = session.get(AccessToken, app_id)
    fresh = row is not None and row.expires_at and row.expires_at > utc_now() + _SPARE
    return row.token if row is not None and fresh else None


def claim_fetch(session: Session, app_id: str, lasts: timedelta) -> bool:
    """Become the one process that fetches a new token.

    Args:
        session: a unit of work of its own.
        app_id: whose token.
        lasts: how long the others leave it to this process, should it die meanwhile. All processes
            ask for the same.
    """
    if session.get(AccessToken, app_id) is None:
        # Unless another process has just made the row.
        with suppress(IntegrityError), session.begin_nested():
            session.add(AccessToken(app_id=app_id))
    now = utc_now()
    claimed = session.scalar(
        update(AccessToken)
        .where(
            AccessToken.app_id == app_id,
            or_(
                AccessToken.fetching_until.is_(None),
                AccessToken.fetching_until < now,
                # Written by a clock ahead of ours: it would hold us up for all the difference.
                AccessToken.fetching_until > now + lasts,
            ),
            # Another process may have stored a token since this one looked.
            or_(AccessToken.expires_at.is_(None), AccessToken.expires_at <= now + _SPARE),
        )
        .values(fetching_until=now + lasts)
        .returning(AccessToken.app_id)
    )
    return claimed is not None


def release_fetch(session: Session, app_id: str) -> None:
    """Let the next process try: this one could not get a token."""
    session.execute(
        update(AccessToken).where(AccessToken.app_id == app_id).values(fetching_until=None)
    )


def has_to_force(session: Session, app_id: str) -> bool:
    """Whether the next fetch has to insist on another token than the refused one."""
    row = session.get(AccessToken, app_id)
    return row is not None and row.is_refused


def store_token(session: Session, app_id: str, token: str, lasts: timedelta) -> None:
    """Share a fetched token and let go of the lease."""
    session.execute(
        update(AccessToken)
        .where(AccessToken.app_id == app_id)
        .values(
            token=token,
            expires_at=utc_now() + lasts,
            fetching_until=None,
            forced_at=case((AccessToken.is_refused, utc_now()), else_=AccessToken.forced_at),
            is_refused=False,
        )
    )


def reject_token(session: Session, app_id: str, token: str) -> None:
    """Forget a token that WeChat refused, unless a newer one has already replaced it.

    One that was fetched by force a moment ago stays: another would be refused as well.
    """
    row = session.get(AccessToken, app_id, with_for_update=True)
    if row is None or row.token != token:
        return
    if row.forced_at is not None and row.forced_at > utc_now() - _FORCED_AT_MOST_EVERY:
        return
    row.token = None
    row.expires_at = None
    row.is_refused = True
