"""The words about a request: its state, the notice of a step, and how far it is."""

from functools import cache
from pathlib import Path

import yaml
from sqlalchemy.orm import object_session

from models.catalogue.life import RequestState
from models.catalogue.service import Service
from models.offering.telling import seat_told, telling_seat
from models.offering.wording import say
from models.request import Request
from models.request_life import last_event
from models.working_days import china_day

_FILE = Path(__file__).with_name("request_notices.yml")


@cache
def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return words


def state_name(state: RequestState) -> str:
    """Return what people call a state."""
    return _words()[state]["name"]


def request_name(service: Service, request: Request) -> str:
    """Return what was asked for: the part of a bundle, or the service."""
    if request.part is None:
        return service.name
    return next((one.name for one in service.parts if one.code == request.part), service.name)


def notice(service: Service, request: Request) -> str:
    """Return what the applicant is told about the state the request has just entered."""
    text = service.life.notices.get(request.state) or _words()[request.state]["notice"]
    event = last_event(request, request.state)
    return text.format(
        service=request_name(service, request),
        number=request.number,
        reason=(event.reason if event is not None else None) or "",
        field=f"要改的是「{_label(service, request)}」。" if request.returned_field else "",
    )


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
        f"{state_name(request.state)}（{since.month}月{since.day}日起）。"
    ]
    event = last_event(request, request.state)
    if request.returned_field:
        parts.append(f"要改的是「{_label(service, request)}」。")
    if event is not None and event.reason:
        parts.append(f"原因：{event.reason}。".replace("。。", "。"))
    after = service.next_step if request.state is RequestState.SUBMITTED else None
    parts.append(after or _words()[request.state]["next"])
    parts.append(_time_limit(request))
    return "".join(parts)


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
    known = {field.name: field.label for field in service.fields}
    return known.get(str(request.returned_field), str(request.returned_field))
