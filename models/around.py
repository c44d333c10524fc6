"""What is around a place: the nearest service places, and the gigs one can apply for there."""

from sqlalchemy.orm import Session

from models.gig import GigPosting, search_postings
from models.intake.nearest_place import city_and_district
from models.offering.lines import offering_line
from models.offering.offering import search

# The places where somebody is helped in person, in this order (kinds.yml).
_KINDS = ("gig_area", "gig_market", "desk", "studio")
_MOST_PLACES, _MOST_GIGS = 3, 3


def around(session: Session, place: str) -> str:
    """Return what is near, in lines; empty where nothing is entered yet.

    Args:
        session: an open session.
        place: city and district, as `nearest_place` names them.
    """
    city, district = city_and_district(place)
    found = search(session, _KINDS, city=city, district=district)
    # Within a district the kinds stand in our order; a whole-province entry is near to nobody.
    here = [one for one in found if one.city is not None]
    here.sort(key=lambda one: (one.district != district, _KINDS.index(one.kind)))
    gigs = search_postings(session, city, district, limit=_MOST_GIGS)
    told = []
    if here:
        told += ["离您近的办事点：", *(f"· {offering_line(one)}" for one in here[:_MOST_PLACES])]
    if gigs:
        told += ["这一带在招的零工：", *(f"· {_gig_line(one)}" for one in gigs)]
    return "\n".join(told)


def _gig_line(posting: GigPosting) -> str:
    return f"{posting.work}，{posting.pay}，{posting.when}（{posting.place}）"
