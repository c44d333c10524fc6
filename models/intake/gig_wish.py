"""Somebody wants to do a piece of gig work they have found or heard of, 三(八).

Who is not registered yet is registered first. Then they are asked whether who posted it may see
them, and with their yes the wish is stored (`models.gig_application`). What a bureau entered for an
employer who does not write to us leads to the staff of the gig service area instead.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from models import gig
from models.gig_application import (
    ApplicationRefusedError,
    GigApplication,
    about,
    applications_of,
    apply,
    state_name,
)
from models.intake.second_yes import second_yes
from models.intake.wording import bare, phrase, title
from models.number import number_in
from models.reply import Choice, Reply


def wish_for(posting: gig.GigPosting, position: int | None = None) -> Choice:
    """Return the choice that says one wants to do it; with its place where there are several."""
    place = posting.district or posting.city
    named, payload = title("want_posting"), f"想去 {posting.request.number}"
    if position is None:
        return Choice(named, payload)
    return Choice(f"{named}{position}：{posting.work}，{place}", payload)


def wishes_for(found: Sequence[gig.GigPosting]) -> tuple[Choice, ...]:
    """Return the choices behind a list of postings: each of them, and to look for others."""
    if not found:
        return ()
    return (*(wish_for(one, number) for number, one in enumerate(found, 1)), _search())


def wanted(session: Session, text: str) -> gig.GigPosting | None:
    """Return the posting that `text` names by its number, as long as it is on."""
    number = number_in(text)
    return None if number is None else gig.posting_of(session, number)


def is_registered(session: Session, contact_id: int) -> bool:
    """Whether staff know already who the person is and what they can do."""
    return gig.find_registration(session, contact_id) is not None


def gone() -> Reply:
    """Say that a posting is off."""
    return Reply(phrase("posting_gone"), (_search(),))


def register_first(posting: gig.GigPosting) -> Reply:
    """Say that registering comes first, and that it is not long."""
    told = phrase("posting_register_first", kinds=posting.work, number=posting.request.number)
    return Reply(told, (register(), Choice(title("registered_now"), wish_for(posting).payload)))


def ask(posting: gig.GigPosting) -> Reply:
    """Ask whether who posted the work may see who wants it, and say what of them, and when."""
    told = phrase("application_ask", employer=posting.request.answers["employer"], **about(posting))
    yes = f"{title('apply_gig')} {posting.request.number}"
    return Reply(told, second_yes(title("apply_gig"), yes, title("do_not_apply")))


def has_agreed(text: str) -> bool:
    """Whether `text` is the yes to that question."""
    return bare(text).startswith(bare(title("apply_gig")))


def applied(session: Session, posting: gig.GigPosting, contact_id: int) -> Reply:
    """Store the wish; say what comes next, or why it cannot be."""
    try:
        made = apply(session, posting, contact_id)
    except ApplicationRefusedError as error:
        return Reply(str(error), (_search(),) if error.code in ("gone", "declined") else ())
    return Reply(phrase("application_made", number=made.number, **about(posting)))


def progress_lines(session: Session, contact_id: int, number: str | None = None) -> list[str]:
    """Tell how far a person's wishes are, a paragraph each.

    Args:
        session: an open session.
        contact_id: whose.
        number: only the one of this number.
    """
    mine = applications_of(session, contact_id)
    return [_line(one) for one in mine if number in (None, one.number)]


def _line(application: GigApplication) -> str:
    posting = application.posting
    return phrase(
        "application_line",
        number=application.number,
        state=state_name(application),
        when=posting.when,
        **about(posting),
    )


def noted(posting: gig.GigPosting) -> Reply:
    """Say that the gig service area will bring both sides together."""
    return Reply(phrase("posting_wanted", kinds=posting.work, number=posting.request.number))


def register() -> Choice:
    """Return the choice that begins the registration."""
    return Choice(title("register_gigs"), "/start_gig_registration")


def _search() -> Choice:
    return Choice(title("search_gigs"), "/start_gig_search")
