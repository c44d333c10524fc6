"""Attachment: a picture or PDF that staff and a person send each other in a talk.

The file lies sealed in the store of materials (`models.materials.store`) under a random key. The
message that shows it carries the key in its `details`.
"""

from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.conversation import Conversation
from models.database import Base, BigId, UtcDateTime, utc_now
from models.materials.upload import MEDIA_TYPES, Upload

_TITLE = 80
_MOST_A_DAY = 30


class Attachment(Base):
    """One file in a talk; `title` is what people read of it.

    `staff_id` is who of the staff sent it; None where the person did. `browser_hash` is a keyed
    hash of the browser its link was opened in first (`models.attachment_link`).
    """

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(100))
    bytes: Mapped[int]
    browser_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    @property
    def media_type(self) -> str:
        """Its type as HTTP names it."""
        return MEDIA_TYPES[self.kind]

    @property
    def message_kind(self) -> str:
        """The kind of the message that shows it, as WeChat calls it."""
        return "file" if self.kind == "pdf" else "image"

    @property
    def details(self) -> dict[str, Any]:
        """What the message that shows it carries."""
        return {"attachment": self.key, "title": self.title}


def attach(
    session: Session,
    conversation_id: int,
    staff_id: int | None,
    key: str,
    upload: Upload,
    name: str,
) -> Attachment:
    """Note a file that is kept under `key` already and goes out in a conversation.

    Args:
        session: the open unit of work.
        conversation_id: where it is sent.
        staff_id: who of the staff sends it; None for the person.
        key: what the store keeps it under; without this row the store forgets it in the end.
        upload: the file, clean.
        name: what its sender's computer calls it.
    """
    title = "".join(c for c in PurePath(name).stem if c.isprintable()).strip()[:_TITLE]
    ending = "pdf" if upload.kind == "pdf" else "jpg" if upload.kind == "jpeg" else upload.kind
    made = Attachment(
        key=key,
        conversation_id=conversation_id,
        staff_id=staff_id,
        kind=upload.kind,
        title=f"{title or '文件'}.{ending}",
        bytes=len(upload.content),
    )
    session.add(made)
    session.flush()
    return made


def may_send(session: Session, conversation_id: int) -> bool:
    """Whether a person may send another file today, against filling the disk."""
    sent = session.scalar(
        select(func.count(Attachment.id)).where(
            Attachment.conversation_id == conversation_id,
            Attachment.staff_id.is_(None),
            Attachment.created_at > utc_now() - timedelta(days=1),
        )
    )
    return (sent or 0) < _MOST_A_DAY


def find(session: Session, key: str, contact_ids: list[int] | None = None) -> Attachment | None:
    """Return an attachment by its key; with `contact_ids`, only if it was sent to one of them."""
    query = select(Attachment).where(Attachment.key == key)
    if contact_ids is not None:
        theirs = select(Conversation.id).where(Conversation.contact_id.in_(contact_ids))
        query = query.where(Attachment.conversation_id.in_(theirs))
    return session.scalar(query)
