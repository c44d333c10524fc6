"""The words about a request: its state, the notice of a step, and how far it is."""

from functools import cache
from pathlib import Path

import yaml
from sqlalchemy.orm import object_session

from models.catalogue.life import NEEDS_REASON, RequestState
from models.catalogue.service import Service
from models.intake import papers
from models.intake.wording import title
from models.offering.telling import seat_told, telling_seat
from models.offering.wording import say
from models.reply import Choice, Reply
from models.request import Request, last_event
from models.working_days import china_day

_FILE = Path(__file__).with_name("request_notices.yml")


@cache
def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return words


def state_name(service: Service | None, state: RequestState) -> str:
    """Return what people call a state of a service's requests; None: of one no longer offered."""
    own = None if service is None else service.life.names.get(state)
    return own or _words()[state]["name"]


def request_name(service: Service, request: Request) -> str:
    """Return what was asked for: the part of a bundle, or the service."""
    if request.part is None:
        return service.name
    return next((one.name for one in service.parts if one.code == request.part), service.name)


def page_of(request: Request) -> str:
    """Return the address of the applicant's own page of a request."""
    return f"/m/requests/{request.number}"


def notice(service: Service, request: Request, *, is_helped: bool = False) -> Reply:
    """Return what the applicant is told about the state the request has just entered.

    Args:
        service: the request's service.
        request: in its new state, the step noted.
        is_helped: whether a person of the staff was asked to help with it.
    """
    words, own = _words()[request.state], service.life.notices.get(request.state)
    event = last_event(request, request.state)
    told = (own or words["notice"]).format(
        service=request_name(service, request),
        number=request.number,
        reason=_ended((event.reason if event is not None else None) or ""),
        field=f"要改的是「{_label(service, request)}」。" if request.returned_field else "",
        outcome=f"，结果是{state_name(service, request.outcome)}" if request.outcome else "",
    )
    if own is None:
        told = f"{told}\n{words['helped'] if is_helped else _next(service, request.state)}"
    # While staff have the word, the assistant would not hear the choice.
    if request.state is not RequestState.RETURNED or is_helped:
        return Reply(told)
    return Reply(told, (Choice(title("correct_request"), f"/{service.start_intent}"),))


def progress_line(service: Service, request: Request) -> str:
    """Return state, next step and time limit of a request in one paragraph.

    Of a request with a seat it is the seat that tells how far it is.
    """
    seat, session = telling_seat(request), object_session(request)
    if seat is not None and session is not None:
        told = seat_told(session, seat)
        return say("line", service=request_name(service, request), number=request.number, told=told)
    since = china_day(request.state_since)
    parts = [
        f"「{request_name(service, request)}」编号{request.number}："
        f"{state_name(service, request.state)}（{since.month}月{since.day}日起）。"
    ]
    event = last_event(request, request.state)
    if request.returned_field:
        parts.append(f"要改的是「{_label(service, request)}」。")
    if event is not None and event.reason:
        parts.append(f"{reason_named(event.state)}：{_ended(event.reason)}")
    after = service.next_step if request.state is RequestState.SUBMITTED else None
    parts.append(after or _next(service, request.state))
    parts.append(_time_limit(request))
    return "".join(parts)


def reason_named(state: RequestState) -> str:
    """Return what the reason of a step is called: where none is needed, it only explains."""
    return "原因" if state in NEEDS_REASON else "说明"


def _next(service: Service, state: RequestState) -> str:
    words = _words()[state]
    return words.get("second", words["next"]) if service.life.two_person else words["next"]


def _ended(reason: str) -> str:
    """Return a reason as a sentence, whether or not who wrote it ended it."""
    return reason if not reason or reason[-1] in "。！？!?" else f"{reason}。"


def _time_limit(request: Request) -> str:
    if not request.is_open or request.state is RequestState.RETURNED:
        return ""
    if request.due_at is None:
        return "方案没写要几天，想问进度可打 12333。"
    due = china_day(request.due_at)
    if request.overdue_at is not None:
        return f"应在{due.month}月{due.day}日前办好，已经超时，抱歉，可以找人工催办。"
    return f"{due.month}月{due.day}日前会有下文。"


def _label(service: Service, request: Request) -> str:
    return papers.labels(service).get(str(request.returned_field), str(request.returned_field))
