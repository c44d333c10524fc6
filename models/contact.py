"""Contact: a person as one door knows them, the consents they gave, and what staff keep on them.

One person may come through several doors. Staff may say that two contacts are one person; each
stays what it was, so that it can be undone.
"""

from datetime import datetime

from sqlalchemy import (
    JSON,
    BindParameter,
    ForeignKey,
    Select,
    String,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now

WECHAT = "wechat"
"""The door of the official account."""

BUREAU = "bureau"
"""The door of those whom a bureau registered at its desk: nobody writes to us through it."""


class Contact(Base):
    """One person at one door.

    Attributes:
        external_id: for WeChat the openid within `account`.
        union_id: WeChat's name for the person in all accounts of one owner, where it is told.
        mobile_hash: of a number that WeChat has vouched for, not one that was typed.
    """

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("channel", "account", "external_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(128))
    unsubscribed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    union_id: Mapped[str | None] = mapped_column(String(128), index=True)
    mobile_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ContactMerge(Base):
    """One time that two contacts were said to be one person, so that it can be undone.

    Attributes:
        contact_id: who was merged.
        into_id: the contact the person goes by since.
        before: what each contact that changed was merged into before, by its id as text.
        why: ``staff``, ``union_id``, ``mobile`` or ``browser``.
    """

    __tablename__ = "contact_merge"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    before: Mapped[dict[str, int | None]] = mapped_column(JSON)
    why: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


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


# An alias knows its columns once it has been used: one for all queries.
_MINE = aliased(Contact)


def person_of(contact_id: int | BindParameter[int]) -> Select[int]:
    """Return a query for the ids of all contacts that are the same person as this one.

    Args:
        contact_id: one of them; in a statement that is built once, a parameter of it.
    """
    first = (
        select(func.coalesce(_MINE.merged_into_id, _MINE.id))
        .where(_MINE.id == contact_id)
        .scalar_subquery()
    )
    return select(Contact.id).where(or_(Contact.id == first, Contact.merged_into_id == first))


def same_person(session: Session, contact_id: int) -> list[int]:
    """Return the ids of all contacts that are the same person as this one, itself among them."""
    return list(session.scalars(person_of(contact_id).order_by(Contact.id)))


PERSON = person_of(bindparam("contact_id"))
"""The same for statements that are built once; they are run with ``contact_id``.

Where a message needs it every time, building a statement anew costs more than running it.
"""


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


# SQLite has one writer at a time anyway, and knows no such lock.
_HELD = select(Contact.id).where(Contact.id.in_(PERSON)).order_by(Contact.id).with_for_update()


def hold(session: Session, contact_id: int) -> None:
    """Let nobody else change what is this person's until the unit of work ends.

    One person's chat, page and mini-program may write at the same moment; here they queue.
    """
    session.execute(_HELD, {"contact_id": contact_id})


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


_STANDS = (
    select(Consent.id)
    .where(
        Consent.contact_id.in_(PERSON),
        Consent.purpose == bindparam("purpose"),
        Consent.wording == bindparam("wording"),
        Consent.withdrawn_at.is_(None),
    )
    .limit(1)
)


def has_consented(session: Session, contact_id: int, purpose: str, wording: str) -> bool:
    """Whether this person's yes to these words for this purpose still stands."""
    wanted = {"contact_id": contact_id, "purpose": purpose, "wording": wording}
    return session.scalar(_STANDS, wanted) is not None


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


def merge(session: Session, contact: Contact, into: Contact, *, why: str = "staff") -> None:
    """Say that `contact` is the same person as `into`. Nothing of either moves; see `unmerge`.

    Args:
        session: the open unit of work.
        contact: one of the two.
        into: the other, by which the person goes from now on.
        why: how it is known.

    Raises:
        ValueError: the two are one contact, or one person already; the text is for people.
    """
    if into.id in same_person(session, contact.id):
        raise ValueError("这两个已经是同一个人了。")
    root = into.merged_into_id or into.id
    # Whoever is one person with `contact` already is that person too.
    moving = [session.get_one(Contact, one) for one in same_person(session, contact.id)]
    before = {str(one.id): one.merged_into_id for one in moving}
    for one in moving:
        one.merged_into_id = root
    session.add(ContactMerge(contact_id=contact.id, into_id=root, before=before, why=why))
    session.flush()


def unmerge(session: Session, contact: Contact) -> None:
    """Undo the last merge of a contact: whoever it was one person with before, it is again.

    Raises:
        ValueError: it was not merged; the text is for people.
    """
    if contact.merged_into_id is None:
        raise ValueError("这个联系人没有合并过，不用解除。")
    done = session.scalar(
        select(ContactMerge)
        .where(ContactMerge.contact_id == contact.id, ContactMerge.undone_at.is_(None))
        .order_by(ContactMerge.id.desc())
        .limit(1)
    )
    if done is None:
        contact.merged_into_id = None
        session.flush()
        return
    root = session.get_one(Contact, done.into_id)
    for one_id, merged_into in done.before.items():
        one = session.get_one(Contact, int(one_id))
        # What was merged again since then stays as it is now.
        if one.merged_into_id in (root.id, root.merged_into_id):
            one.merged_into_id = merged_into
    done.undone_at = utc_now()
    session.flush()
