"""Contact: a person as one door knows them, and the consents they gave."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now


class Contact(Base):
    """One person at one door. For WeChat, `external_id` is the openid within `account`."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("channel", "account", "external_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(128))
    unsubscribed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Consent(Base):
    """A person's yes to one purpose, with the version of the words they said yes to."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(64))
    wording: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def meet_contact(session: Session, channel: str, account: str, external_id: str) -> Contact:
    """Return the contact of this door and id, remembered at first sight."""
    known = select(Contact).where(
        Contact.channel == channel,
        Contact.account == account,
        Contact.external_id == external_id,
    )
    contact = session.scalar(known)
    if contact is not None:
        return contact
    try:
        with session.begin_nested():
            contact = Contact(channel=channel, account=account, external_id=external_id)
            session.add(contact)
    except IntegrityError:  # another worker met the same person a moment ago
        contact = session.scalars(known).one()
    return contact


def hold(session: Session, contact_id: int) -> None:
    """Let nobody else change what is this person's until the unit of work ends.

    One person's chat, page and mini-program may write at the same moment; here they queue.
    """
    # SQLite has one writer at a time anyway, and knows no such lock.
    session.execute(select(Contact.id).where(Contact.id == contact_id).with_for_update())


def give_consent(session: Session, contact_id: int, purpose: str, wording: str) -> Consent:
    """Record a yes. The same yes given again is one consent."""
    consent = session.scalar(
        select(Consent).where(
            Consent.contact_id == contact_id,
            Consent.purpose == purpose,
            Consent.wording == wording,
            Consent.withdrawn_at.is_(None),
        )
    )
    if consent is None:
        consent = Consent(contact_id=contact_id, purpose=purpose, wording=wording)
        session.add(consent)
        session.flush()
    return consent


def has_consented(session: Session, contact_id: int, purpose: str, wording: str) -> bool:
    """Whether this person's yes to these words for this purpose still stands."""
    return (
        session.scalar(
            select(Consent.id).where(
                Consent.contact_id == contact_id,
                Consent.purpose == purpose,
                Consent.wording == wording,
                Consent.withdrawn_at.is_(None),
            )
        )
        is not None
    )
