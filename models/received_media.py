"""Received media: pictures and files a person sent while a request was open.

WeChat keeps what was sent for three days under a media id. Here is which id belongs to which
open request; whoever needs the file fetches it (webhook/wechat/media.py) and keeps it then.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now


class ReceivedMedia(Base):
    """One picture, recording or film, by WeChat's id. `service` is the code of the open form."""

    __tablename__ = "received_media"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    service: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    media_id: Mapped[str] = mapped_column(String(256))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


def keep_media(
    session: Session, contact_id: int, message_id: int, service: str, kind: str, media_id: str
) -> ReceivedMedia:
    """Note what came with a message for an open form; the same message again is one note."""
    known = session.scalar(select(ReceivedMedia).where(ReceivedMedia.message_id == message_id))
    if known is not None:
        return known
    kept = ReceivedMedia(
        contact_id=contact_id, message_id=message_id, service=service, kind=kind, media_id=media_id
    )
    session.add(kept)
    session.flush()
    return kept


def media_for(session: Session, contact_id: int, service: str) -> list[ReceivedMedia]:
    """Return what a person sent while this service's form was open, oldest first."""
    return list(
        session.scalars(
            select(ReceivedMedia)
            .where(ReceivedMedia.contact_id == contact_id, ReceivedMedia.service == service)
            .order_by(ReceivedMedia.id)
        )
    )
