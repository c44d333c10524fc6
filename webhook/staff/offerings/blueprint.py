"""The blueprint of these pages, and finding what an address names."""

from apiflask import APIBlueprint
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from models.offering.offering import Offering, Slot

bp = APIBlueprint("offerings", __name__, url_prefix="/offerings", enable_openapi=False)


def offering_of(session: Session, offering_id: int) -> Offering:
    """Return an offering, also one that was taken down.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Offering, offering_id)
    if found is None:
        raise NotFound
    return found


def slot_of(offering: Offering, slot_id: int) -> Slot:
    """Return a time of an offering.

    Raises:
        NotFound: it has no such time.
    """
    for slot in offering.slots:
        if slot.id == slot_id:
            return slot
    raise NotFound
