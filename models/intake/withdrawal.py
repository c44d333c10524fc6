"""Taking a request back by chat: which one, are you sure, done."""

import re

from sqlalchemy.orm import Session

from models.catalogue.life import Actor, RequestState
from models.catalogue.loader import Catalogue
from models.catalogue.service import Service
from models.gig_application import ApplicationRefusedError, GigApplication, applications_of
from models.gig_application import withdraw as leave
from models.intake.second_yes import second_yes
from models.intake.wording import phrase, title
from models.number import number_in
from models.reply import Choice, Reply
from models.request import Request, find_by_number, requests_of
from models.request_life import Mover, MoveRefusedError, move, possible
from models.request_notice import request_name, state_name

# Whoever has enough people speaks of a posting, whatever else they have in hand.
_POSTING = "gig_posting"
_ENOUGH = re.compile(r"招|人够|够人|人齐|人满|找到人|找够|不要人")
_GIVES_UP_REQUEST = re.compile(r"撤|取消|不(?:想|用|再)?(?:办|申请|报|贷|领|登记|参加|去)")
_ASK = "撤回 {number}"
_SURE = "确认撤回 {number}"


def withdraw(session: Session, catalogue: Catalogue, contact_id: int, text: str) -> Reply:
    """Ask which request, ask once more, or take it back, as far as `text` has got.

    Nothing happens without the number and the second yes, so that 「撤回」 alone costs nobody
    a place in the queue.
    """
    number = number_in(text)
    applied = [] if number is None else _applications(session, contact_id, number)
    if applied:
        return _leave(session, applied[0], is_sure=text.strip().startswith("确认"))
    named = find_by_number(session, contact_id, number) if number else []
    mine = [
        (catalogue.service(one.service), one)
        for one in (named or requests_of(session, contact_id))
        if one.service in catalogue
    ]
    if number and not named:
        return Reply(phrase("request_none"))
    has_enough = not number and _ENOUGH.search(text) is not None
    if has_enough:
        mine = [(service, one) for service, one in mine if service.record == _POSTING]
    free = [(service, one) for service, one in mine if _can_withdraw(service, one)]
    if not free:
        return Reply(_not_now(mine) if named else phrase("withdraw_none"))
    if text.strip().startswith("确认") and number:
        return Reply("\n".join(_take_back(session, service, one) for service, one in free))
    if len(free) > 1:
        choices = [
            Choice(f"{request_name(service, one)} {one.number}", _ASK.format(number=one.number))
            for service, one in free
        ]
        which = phrase("posting_full_which") if has_enough else phrase("withdraw_which")
        return Reply(which, tuple(choices))
    service, one = free[0]
    named_so = {"service": request_name(service, one), "number": one.number}
    asked = phrase("posting_full_ask", **named_so)
    if not has_enough:
        asked = phrase("withdraw_ask", **named_so)
    yes = _SURE.format(number=one.number)
    return Reply(asked, second_yes(title("withdraw"), yes, title("keep_request")))


def withdraw_instead(
    session: Session, catalogue: Catalogue, contact_id: int, text: str
) -> Reply | None:
    """Return what to ask of somebody who gives something up while no form is open.

    None where nothing of theirs can be taken back, or where 「算了」 may mean the talk alone.
    """
    if _GIVES_UP_REQUEST.search(text) is None:
        return None
    asked = withdraw(session, catalogue, contact_id, text)
    return asked if asked.choices else None


def _applications(session: Session, contact_id: int, number: str) -> list[GigApplication]:
    return [one for one in applications_of(session, contact_id) if one.number == number]


def _leave(session: Session, application: GigApplication, *, is_sure: bool) -> Reply:
    """Ask once more, or take a wish for gig work back."""
    called: dict[str, object] = {"number": application.number, "work": application.posting.work}
    if not is_sure and application.is_active:
        yes = _SURE.format(number=application.number)
        choices = second_yes(title("do_not_apply"), yes, title("keep_request"))
        return Reply(phrase("application_withdraw_ask", **called), choices)
    try:
        leave(session, application)
    except ApplicationRefusedError as error:
        return Reply(str(error))
    return Reply(phrase("application_withdrawn", **called))


def _can_withdraw(service: Service, request: Request) -> bool:
    return RequestState.WITHDRAWN in possible(service.life, request.state, Actor.APPLICANT)


def _take_back(session: Session, service: Service, request: Request) -> str:
    mover = Mover(Actor.APPLICANT, request.contact_id)
    try:
        move(session, service, request, RequestState.WITHDRAWN, mover)
    except MoveRefusedError:
        # Staff took a step in the meantime.
        return _not_now([(service, request)])
    return phrase("withdrawn", service=request_name(service, request), number=request.number)


def _not_now(mine: list[tuple[Service, Request]]) -> str:
    return "\n".join(
        phrase(
            "withdraw_not_now",
            service=request_name(service, one),
            number=one.number,
            state=state_name(service, one.state),
        )
        for service, one in mine
    )
