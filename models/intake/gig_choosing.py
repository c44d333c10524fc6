"""Who posted gig work looks at those who want it, and says yes or no, by chat.

What an applicant can do, and whom to call after a yes, is shown at delivery only
(`models.passing_value`): nothing of them stays in somebody else's talk.
"""

import re

from sqlalchemy.orm import Session

from models.gig import GigPosting, postings_of
from models.gig_application import (
    ApplicationRefusedError,
    ApplicationState,
    GigApplication,
    about,
    accept,
    applications_to,
    decline,
    find_application,
    name_and_mobile,
    waiting_for,
    what_they_can,
)
from models.intake.anonymity import receipt
from models.intake.wording import bare, phrase, title
from models.number import number_in
from models.reply import Choice, Reply

_MOST = 4
"""How many are to be decided on at once: with two choices each they fit into WeChat's menu."""

_NO = re.compile(r"不|婉拒|拒")


def applicants(session: Session, contact_id: int, text: str) -> Reply | None:
    """List who wants to do a person's postings, or the one that `text` names.

    None where they have none and named none: they may mean what they signed up for themselves.
    """
    number = number_in(text)
    mine = [one for one in postings_of(session, contact_id) if number in (None, one.request.number)]
    if not mine and number is None:
        return None
    if not mine:
        return Reply(phrase("applicants_no_posting"))
    wanted = [(one, applications_to(session, one.request_id)) for one in mine]
    parts: list[str] = []
    choices: list[Choice] = []
    position = 0
    for posting, found in wanted:
        if not found and number is None:
            continue
        parts.append(_head(session, posting))
        for one in found:
            position += 1
            parts.append(_line(session, contact_id, one, position))
            if one.state is ApplicationState.APPLIED and len(choices) < 2 * _MOST:
                choices += _yes_and_no(one, position)
    if not parts:
        return Reply(phrase("applicants_none"))
    return Reply("\n".join(parts), tuple(choices))


def choose(session: Session, contact_id: int, text: str) -> Reply:
    """Say yes or no to the application that `text` names."""
    number = number_in(text)
    one = find_application(session, number) if number else None
    if one is None:
        return Reply(phrase("request_none"))
    try:
        if _NO.search(bare(text)):
            decline(session, one, contact_id)
            return Reply(phrase("applicant_declined", number=one.number), _look(session, one))
        accept(session, one, contact_id)
    except ApplicationRefusedError as error:
        return Reply(str(error))
    whom = name_and_mobile(session, one)
    call = receipt(session, contact_id, "，".join(whom)) if whom is not None else ""
    said = [phrase("applicant_accepted", number=one.number, whom=call)]
    said.append(_head(session, one.posting))
    return Reply("\n".join(said), _look(session, one))


def head(posting: GigPosting, waiting: int) -> str:
    """Return how many of a posting's places are taken, and how many wait for an answer."""
    told = phrase(
        "applicants_head", taken=posting.taken, how_many=posting.how_many, **about(posting)
    )
    if posting.taken >= posting.how_many:
        told += phrase("applicants_full")
    return told + (phrase("applicants_waiting", waiting=waiting) if waiting else "")


def _head(session: Session, posting: GigPosting) -> str:
    return head(posting, waiting_for(session, posting.request_id))


def _line(session: Session, contact_id: int, one: GigApplication, position: int) -> str:
    whom = name_and_mobile(session, one)
    told = [what_they_can(session, one)] if whom is None else [*whom, what_they_can(session, one)]
    state = phrase("applicant_taken") if whom is not None else ""
    shown = receipt(session, contact_id, "，".join(told))
    return f"{position}. {state}{shown}（{one.number}）"


def _yes_and_no(one: GigApplication, position: int) -> tuple[Choice, Choice]:
    return (
        Choice(f"{title('take_applicant')}第{position}位", f"要 {one.number}"),
        Choice(f"{title('refuse_applicant')}第{position}位", f"不要 {one.number}"),
    )


def _look(session: Session, one: GigApplication) -> tuple[Choice, ...]:
    """Return the way to those who still wait."""
    if not waiting_for(session, one.posting_id):
        return ()
    look = title("see_applicants")
    return (Choice(look, f"{look} {one.posting.request.number}"),)
