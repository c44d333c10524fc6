"""Joining: contacts that WeChat itself says are one person become one by themselves.

A union id is the same for a person in the official account and the mini-program of one owner; a
mobile counts where WeChat has vouched for it. What somebody merely typed joins nobody.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import InstrumentedAttribute

from models import audit
from models.contact import Contact, merge, same_person
from models.sealed import lookup_hash


def learn_union_id(session: Session, contact: Contact, union_id: str) -> None:
    """Note what WeChat calls a person everywhere, and join the contacts it calls the same."""
    if not union_id or contact.union_id == union_id:
        return
    contact.union_id = union_id
    _join(session, contact, Contact.union_id, union_id, "union_id")


def learn_mobile(session: Session, contact: Contact, mobile: str) -> None:
    """Note a number that WeChat vouches for, and join the contacts it vouched for before."""
    told = lookup_hash(f"vouched:{mobile}")
    if contact.mobile_hash == told:
        return
    contact.mobile_hash = told
    _join(session, contact, Contact.mobile_hash, told, "mobile")


def _join(
    session: Session,
    contact: Contact,
    column: InstrumentedAttribute[str | None],
    value: str,
    why: str,
) -> None:
    session.flush()
    others = select(Contact).where(column == value, Contact.id != contact.id).order_by(Contact.id)
    for other in session.scalars(others):
        if other.id in same_person(session, contact.id):
            continue
        # The older one is who the person goes by: its numbers have been told already.
        older, newer = sorted((other, contact), key=lambda one: one.id)
        merge(session, newer, older, why=why)
        audit.record(
            session, None, "contact.merge",
            subject="contact", subject_id=newer.id, into=older.id, why=why,
        )  # fmt: skip
