"""Contact: a person as one door knows them, the consents they gave, and what staff keep on them.

One person may come through several doors. Staff may say that two contacts are one person; each
stays what it was, so that it can be undone.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now

BUREAU = "bureau"
"""The door of those whom a bureau registered at its desk: nobody writes to us through it."""


class Contact(Base):
    """One person at one door. For WeChat, `external_id` is the openid within `account`."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("channel", "account", "external_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(128))
    unsubscribed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ContactTag(Base):
    """A word staff have put on a contact, to find people in the same case."""

    __tablename__ = "contact_tag"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
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


def tags_of(session: Session, contact_id: int) -> list[str]:
    """Return a contact's tags, in the order they were given."""
    return list(
        session.scalars(
            select(ContactTag.tag)
            .where(ContactTag.contact_id == contact_id)
            .order_by(ContactTag.created_at, ContactTag.tag)
        )
    )


def add_tag(session: Session, contact_id: int, tag: str) -> None:
    """Put a tag on a contact; the same one twice is one.

    Raises:
        ValueError: it is empty or too long; the text is for people.
    """
    tag = " ".join(tag.split())
    if not 1 <= len(tag) <= 32:
        raise ValueError("标签要 1 到 32 个字。")
    if session.get(ContactTag, (contact_id, tag)) is None:
        session.add(ContactTag(contact_id=contact_id, tag=tag))
        session.flush()


def remove_tag(session: Session, contact_id: int, tag: str) -> None:
    """Take a tag off."""
    session.execute(
        delete(ContactTag).where(ContactTag.contact_id == contact_id, ContactTag.tag == tag)
    )


def block(contact: Contact) -> None:
    """Keep a contact from reaching staff. The assistant, and help in danger, stay open to them.

    A case of theirs that is not urgent ends (`models.queues.astray`).
    """
    contact.blocked_at = contact.blocked_at or utc_now()


def unblock(contact: Contact) -> None:
    """Let a contact reach staff again."""
    contact.blocked_at = None


def merge(session: Session, contact: Contact, into: Contact) -> None:
    """Say that `contact` is the same person as `into`. Undone by `unmerge`.

    Raises:
        ValueError: the two are one contact, or one person already; the text is for people.
    """
    if into.id in same_person(session, contact.id):
        raise ValueError("这两个已经是同一个人了。")
    contact.merged_into_id = into.merged_into_id or into.id
    # Whoever was merged into `contact` before is that person too.
    for other in session.scalars(select(Contact).where(Contact.merged_into_id == contact.id)):
        other.merged_into_id = contact.merged_into_id
    session.flush()


def unmerge(session: Session, contact: Contact) -> None:
    """Let a merged contact be a person of its own again."""
    contact.merged_into_id = None
    session.flush()


def same_person(session: Session, contact_id: int) -> list[int]:
    """Return the ids of all contacts that are the same person as this one, itself among them."""
    first = session.get_one(Contact, contact_id).merged_into_id or contact_id
    return list(
        session.scalars(
            select(Contact.id)
            .where(or_(Contact.id == first, Contact.merged_into_id == first))
            .order_by(Contact.id)
        )
    )
