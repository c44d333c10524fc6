"""Erasing a person: everything tied to them goes, but for what is named here and why."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, null, select, update
from sqlalchemy.orm import Session

from models import handoff
from models.catalogue.loader import Catalogue
from models.contact import Consent, Contact
from models.conversation import Conversation
from models.database import utc_now
from models.delivery import DeliveryState
from models.intake.recorders import recorder_of
from models.intake.wording import phrase
from models.materials import material
from models.person.ties import is_of_request, theirs, tied
from models.request import find_by_number
from models.tables import metadata

_STAYS = frozenset(
    {
        "contact",  # without a name of its own; what the law keeps refers to it
        "consent",  # that and when somebody agreed and withdrew, which we have to be able to show
        "conversation",  # its bare figures
        "message",  # that there was one and when; its words are blanked
        "delivery",  # the ledger of WeChat's window; its words are blanked
        "conversation_change",  # numbers alone
        "handoff",  # figures of the service: when, how long, how rated
        "handoff_guest",
        "answer_feedback",  # a yes or no to a clause
    }
)
# By those who store them: requests and registrations by their recorders, files by the law's word.
_BY_OTHERS = frozenset({"gig_registration", "material"})
_MESSAGE = metadata.tables["message"]
_DELIVERY = metadata.tables["delivery"]
_QUIET = {"synchronize_session": False}
# A door may still be repeating what it has just handed over.
_REPEATED_WITHIN = timedelta(minutes=1)


class WithStaffError(ValueError):
    """Somebody of the staff has a case of this person open; the text is for people."""


def erase_person(
    session: Session, catalogue: Catalogue, contact_ids: Sequence[int], *, forget_door: bool = False
) -> tuple[str, ...]:
    """Erase everything of these contacts.

    Args:
        session: the open unit of work.
        catalogue: the services, whose recorders know what the law keeps.
        contact_ids: all contacts that are this person.
        forget_door: whether the ids at their doors (an openid) go as well, where nothing is kept
            by law; not for somebody who is talking to us at this moment.

    Returns:
        The numbers of the requests that the law keeps.
    """
    kept: list[str] = []
    for contact_id in contact_ids:
        numbers = [
            number
            for service in catalogue.recorded()
            for number in recorder_of(service).erase(session, contact_id)
        ]
        staying = [
            one.id for number in numbers for one in find_by_number(session, contact_id, number)
        ]
        material.erase(session, contact_id, keep_requests=staying)
        # A recorder knows the whole person: the first of their contacts tells all of it.
        kept += [number for number in numbers if number not in kept]
    for table in reversed(tied()):
        if table.name in _STAYS | _BY_OTHERS or is_of_request(table):
            continue
        session.execute(delete(table).where(theirs(table, contact_ids)))
    _blank_words(session, contact_ids)
    session.execute(
        update(Consent)
        .where(Consent.contact_id.in_(contact_ids), Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=utc_now())
        .execution_options(**_QUIET)
    )
    if forget_door and not kept:
        for contact in session.scalars(select(Contact).where(Contact.id.in_(contact_ids))):
            contact.external_id = f"erased:{contact.id}"
            contact.union_id = contact.mobile_hash = None
    session.flush()
    session.expire_all()
    return tuple(kept)


def check_no_staff(session: Session, contact_ids: Sequence[int]) -> None:
    """See that nobody of the staff is at work for this person: a case has to be ended first.

    Raises:
        WithStaffError: somebody is, or is awaited.
    """
    conversations = select(Conversation.id).where(Conversation.contact_id.in_(contact_ids))
    for conversation_id in session.scalars(conversations):
        if handoff.current(session, conversation_id) is not None:
            raise WithStaffError(
                f"会话 {conversation_id} 正在等人工或人工接待中。请先在控制台结束它，再删。"
            )


def _blank_words(session: Session, contact_ids: Sequence[int]) -> None:
    """Blank every word of these contacts' talks, and stop what is still on its way."""
    instead = phrase("erased_words")
    messages = theirs(_MESSAGE, contact_ids)
    blanked = {
        "text": instead,
        "original": None,
        "details": null(),
        "choices": null(),
        "turn": null(),
    }
    session.execute(update(_MESSAGE).where(messages).values(**blanked))
    session.execute(
        update(_MESSAGE)
        .where(messages, _MESSAGE.c.created_at < utc_now() - _REPEATED_WITHIN)
        .values(source_key=None)
    )
    deliveries = theirs(_DELIVERY, contact_ids)
    waiting = (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.UNKNOWN)
    session.execute(
        update(_DELIVERY)
        .where(deliveries, _DELIVERY.c.state.in_(waiting))
        .values(state=DeliveryState.FAILED, error="erased")
    )
    session.execute(update(_DELIVERY).where(deliveries).values(text=instead, content=null()))
