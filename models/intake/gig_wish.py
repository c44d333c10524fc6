"""Somebody wants to do a piece of gig work they have found or heard of, 三(八).

Whom to call stays sealed: the gig service area brings both sides together. So a wish leads to its
staff, who see which posting it is; who is not registered yet is registered first.
"""

import re
from collections.abc import Sequence

from sqlalchemy.orm import Session

from models import gig
from models.intake.fields.base import OTHER
from models.intake.wording import phrase, title
from models.reply import Choice, Reply

_NUMBER = re.compile(r"[a-z]{2}\d{6}-\d{5}", re.IGNORECASE)


def wish_for(posting: gig.GigPosting, position: int | None = None) -> Choice:
    """Return the choice that says one wants to do it; with its place where there are several."""
    place = posting.district or posting.city
    named, payload = title("want_posting"), f"想去 {posting.request.number}"
    if position is None:
        return Choice(named, payload)
    return Choice(f"{named}{position}：{_kinds(posting)}，{place}", payload)


def wishes_for(found: Sequence[gig.GigPosting]) -> tuple[Choice, ...]:
    """Return the choices behind a list of postings: each of them, and to look for others."""
    if not found:
        return ()
    return (*(wish_for(one, number) for number, one in enumerate(found, 1)), _search())


def wanted(session: Session, text: str) -> gig.GigPosting | None:
    """Return the posting that `text` names by its number, as long as it is on."""
    match = _NUMBER.search(text)
    return None if match is None else gig.posting_of(session, match[0].upper())


def is_registered(session: Session, contact_id: int) -> bool:
    """Whether staff know already who the person is and what they can do."""
    return gig.find_registration(session, contact_id) is not None


def gone() -> Reply:
    """Say that a posting is off."""
    return Reply(phrase("posting_gone"), (_search(),))


def register_first(posting: gig.GigPosting) -> Reply:
    """Say that registering comes first, and that it is not long."""
    told = phrase("posting_register_first", kinds=_kinds(posting), number=posting.request.number)
    return Reply(told, (register(), Choice(title("registered_now"), wish_for(posting).payload)))


def noted(posting: gig.GigPosting) -> Reply:
    """Say that the gig service area will bring both sides together."""
    return Reply(phrase("posting_wanted", kinds=_kinds(posting), number=posting.request.number))


def register() -> Choice:
    """Return the choice that begins the registration."""
    return Choice(title("register_gigs"), "/start_gig_registration")


def _search() -> Choice:
    return Choice(title("search_gigs"), "/start_gig_search")


def _kinds(posting: gig.GigPosting) -> str:
    return "、".join(kind.removeprefix(OTHER) for kind in posting.work_kinds)
