"""Received media: pictures and files a person sent in WeChat for a form, open or submitted.

WeChat keeps what was sent for three days under a media id. The worker fetches it within seconds
(`webhook.wechat.media`) and makes it a material of the form (`models.materials`).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, one_of, utc_now

# Seconds before each new try.
_RETRIES = (5, 30, 300, 3600, 6 * 3600)
# A worker that died while fetching.
_CLAIM_LASTS = timedelta(minutes=2)


class MediaState(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    KEPT = "kept"  # a material of the form now
    REFUSED = "refused"  # not what we take; the person was told
    GONE = "gone"  # WeChat does not have it any more


class ReceivedMedia(Base):
    """One picture or file, by WeChat's id, and the material of which form it is to be.

    `service` is the code of the form, `name` the material's; `request_id` is set where the form
    was submitted before. `error` says why it is not here yet.
    """

    __tablename__ = "received_media"
    __table_args__ = (Index("ix_received_media_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    service: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(48))
    request_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str] = mapped_column(String(16))
    media_id: Mapped[str] = mapped_column(String(256))
    state: Mapped[MediaState] = mapped_column(one_of(MediaState), default=MediaState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    error: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


def keep_media(
    session: Session,
    contact_id: int,
    message_id: int,
    *,
    service: str,
    name: str,
    kind: str,
    media_id: str,
    request_id: int | None = None,
) -> ReceivedMedia:
    """Note what came with a message for a form; the same message again is one note."""
    known = media_of(session, message_id)
    if known is not None:
        return known
    kept = ReceivedMedia(
        contact_id=contact_id,
        message_id=message_id,
        service=service,
        name=name,
        request_id=request_id,
        kind=kind,
        media_id=media_id,
    )
    session.add(kept)
    session.flush()
    return kept


def media_of(session: Session, message_id: int) -> ReceivedMedia | None:
    """Return what came with a message."""
    return session.scalar(select(ReceivedMedia).where(ReceivedMedia.message_id == message_id))


def claim_due(session: Session, limit: int = 10) -> list[ReceivedMedia]:
    """Claim what is to be fetched now; others leave it alone for as long as a fetch may take."""
    now = utc_now()
    due = session.scalars(
        select(ReceivedMedia)
        .where(ReceivedMedia.state == MediaState.WAITING, ReceivedMedia.due_at <= now)
        .order_by(ReceivedMedia.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for media in due:
        media.attempts += 1
        media.due_at = now + _CLAIM_LASTS
    session.flush()
    return list(due)


def settle(session: Session, media_id: int, state: MediaState, error: str | None = None) -> None:
    """Note what became of it. `WAITING` tries again later, until the tries are used up."""
    media = session.get(ReceivedMedia, media_id)
    if media is None:
        return  # erased meanwhile
    media.error = error[:100] if error else None
    if state is MediaState.WAITING and media.attempts <= len(_RETRIES):
        media.due_at = utc_now() + timedelta(seconds=_RETRIES[media.attempts - 1])
    else:
        media.state = MediaState.GONE if state is MediaState.WAITING else state


def waiting_for(
    session: Session, contact_id: int, service: str, request_ids: Collection[int] = ()
) -> list[str]:
    """Return the materials of a form, or of requests, that are still being fetched, by name."""
    request = ReceivedMedia.request_id
    return list(
        session.scalars(
            select(ReceivedMedia.name).where(
                ReceivedMedia.contact_id == contact_id,
                ReceivedMedia.service == service,
                request.in_(request_ids) if request_ids else request.is_(None),
                ReceivedMedia.state == MediaState.WAITING,
            )
        )
    )
