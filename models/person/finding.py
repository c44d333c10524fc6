"""Finding the contacts of somebody who asks for their data: by number, mobile or channel id."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.contact import Contact, same_person
from models.draft import Draft
from models.gig import GigRegistration
from models.intake.fields.mobile import KIND
from models.private_value import PrivateValue
from models.request import Request
from models.sealed import lookup_hash


@dataclass(frozen=True)
class Person:
    """Somebody: the contacts that are one person, the one the others were merged into first."""

    contacts: tuple[Contact, ...]

    @property
    def ids(self) -> list[int]:
        """The ids of the contacts."""
        return [one.id for one in self.contacts]


def by_id(session: Session, contact_id: int) -> list[Person]:
    """Return the person a contact is; nobody where there is no such contact."""
    return _people(session, [contact_id] if session.get(Contact, contact_id) else [])


def by_channel(session: Session, channel: str, external_id: str) -> list[Person]:
    """Return those known by this id at a door (a WeChat openid, say), in any of our accounts."""
    found = select(Contact.id).where(Contact.channel == channel, Contact.external_id == external_id)
    return _people(session, session.scalars(found))


def by_mobile(session: Session, mobile: str) -> list[Person]:
    """Return everybody who has left this number anywhere: a family may share one.

    Requests and drafts are sealed: they are opened one after the other, which takes seconds for
    a hundred thousand.
    """
    wanted = lookup_hash(mobile)
    found = set(
        session.scalars(
            select(GigRegistration.contact_id).where(GigRegistration.mobile_hash == wanted)
        )
    )
    kept = select(PrivateValue.contact_id, PrivateValue.value_hash).where(PrivateValue.kind == KIND)
    found |= {
        contact_id
        for contact_id, value_hash in session.execute(kept)
        if value_hash == lookup_hash(f"{contact_id}:{KIND}:{mobile}")
    }
    for table in (Request, Draft):
        answers = select(table.contact_id, table.answers).where(table.contact_id.is_not(None))
        for contact_id, given in session.execute(answers.execution_options(yield_per=500)):
            if mobile in given.values():
                found.add(contact_id)
    return _people(session, sorted(found))


def _people(session: Session, contact_ids: Iterable[int]) -> list[Person]:
    people: list[Person] = []
    seen: set[int] = set()
    for contact_id in contact_ids:
        if contact_id in seen:
            continue
        mine = same_person(session, contact_id)
        seen.update(mine)
        contacts = [session.get_one(Contact, one) for one in mine]
        contacts.sort(key=lambda one: (one.merged_into_id is not None, one.id))
        people.append(Person(tuple(contacts)))
    return people
