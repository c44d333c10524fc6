"""Notice grants: how many notices of each kind a person has allowed WeChat to show them.

One grant is one subscribe message (订阅通知), whenever it comes; a person gives one on a page of
ours and WeChat tells us. Who switches a kind off in WeChat takes back all that are left. Spending
one is a single update of its row, so two workers never spend the same.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now


class NoticeGrant(Base):
    """One notice a person allowed: when, and the piece that used it or when it was taken back."""

    __tablename__ = "notice_grant"
    __table_args__ = (Index("ix_notice_grant_whose", "contact_id", "template_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    template_id: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    spent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    spent_on_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def give(session: Session, contact_id: int, template_id: str) -> None:
    """Note that a person has allowed one notice more."""
    session.add(NoticeGrant(contact_id=contact_id, template_id=template_id))
    session.flush()


def left(session: Session, contact_id: int, template_id: str) -> int:
    """Return how many notices of a kind may still be sent."""
    query = select(func.count(NoticeGrant.id)).where(*_usable(contact_id, template_id))
    return session.scalar(query) or 0


def spend(session: Session, contact_id: int, template_id: str, message_id: int) -> bool:
    """Use the oldest grant for a message. Whether there was one."""
    oldest = (
        select(NoticeGrant.id)
        .where(*_usable(contact_id, template_id))
        .order_by(NoticeGrant.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    spent = session.scalars(
        update(NoticeGrant)
        .where(NoticeGrant.id == oldest.scalar_subquery(), NoticeGrant.spent_at.is_(None))
        .values(spent_at=utc_now(), spent_on_id=message_id)
        .returning(NoticeGrant.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(spent)


def revoke(session: Session, contact_id: int, template_id: str) -> None:
    """Take back what is left: the person wants no more, or WeChat says it knows of none."""
    session.execute(
        update(NoticeGrant)
        .where(*_usable(contact_id, template_id))
        .values(revoked_at=utc_now())
        .execution_options(synchronize_session=False)
    )


def _usable(contact_id: int, template_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        NoticeGrant.contact_id == contact_id,
        NoticeGrant.template_id == template_id,
        NoticeGrant.spent_at.is_(None),
        NoticeGrant.revoked_at.is_(None),
    )
