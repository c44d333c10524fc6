"""The list: what is to be done first, by service, state, city, colleague, and found by words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from models.catalogue.life import AT_THE_DESK, RequestState
from models.change import last_change
from models.intake.fields.place import every_city
from models.request import Request
from models.request_life import Mover, MoveRefusedError, move
from models.request_list import (
    Place,
    Wanted,
    count_overdue,
    counts_by_state,
    find_requests,
    page_of_list,
)
from models.staff import Right
from webhook.current import catalogue, database, services
from webhook.row_id import row_id
from webhook.staff import wording
from webhook.staff.access import me, needs
from webhook.staff.requests.blueprint import bp
from webhook.staff.requests.mover import mover
from webhook.staff.requests.row import rows_of

_PAGE = 50
_BATCH = 50

TABS: Mapping[str, tuple[str, tuple[RequestState, ...]]] = {
    "todo": ("待办", tuple(sorted(AT_THE_DESK))),
    "returned": ("等补正", (RequestState.RETURNED,)),
    "decided": ("已决定", (RequestState.GRANTED, RequestState.REFUSED, RequestState.PAID)),
    "done": ("已办结", (RequestState.CLOSED, RequestState.WITHDRAWN)),
}
_EMPTY = {
    "todo": "没有等着办的申请。新的一到，这里会自己多出来。",
    "returned": "没有等申请人补正的申请。",
    "decided": "没有已决定、还没办结的申请。",
    "done": "还没有办结的申请。",
}


@bp.get("")
@needs(Right.REQUESTS)
def page() -> str:
    """Show a page of the list."""
    with database().reading() as reading:
        # Read first: what changes while the page is drawn is then told again, not lost.
        number = last_change(reading)
        return render_template("staff/requests/list.html", number=number, **_list(reading))


@bp.post("/accept")
@needs(Right.REQUESTS)
def accept() -> Response:
    """Accept several at once; each by itself, so that one that cannot be keeps none back."""
    wanted = request.form.getlist("id", type=row_id)[:_BATCH]
    taken = sum(_accepted(request_id, mover()) for request_id in wanted)
    if taken:
        services().push()
    filters: dict[str, Any] = {
        name: request.form[name] for name in _FILTERS if request.form.get(name)
    }
    left = len(wanted) - taken
    return redirect(url_for("staff.requests.page", taken=taken, left=left, **filters), 303)


_FILTERS = ("tab", "state", "service", "city", "mine", "overdue")


def _accepted(request_id: int, by: Mover) -> bool:
    with database().unit_of_work() as work:
        one = work.get(Request, request_id)
        if one is None or one.service not in catalogue():
            return False
        try:
            move(work, catalogue().service(one.service), one, RequestState.ACCEPTED, by)
        except MoveRefusedError:
            return False
        return True


def _list(reading: Session) -> dict[str, Any]:
    asked = request.args
    tab = asked.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    text = asked.get("q", "").strip()[:60]
    if text:
        found, has_more = find_requests(reading, text), False
    else:
        found = page_of_list(reading, _wanted(asked, tab), _PAGE + 1, _behind(asked))
        has_more, found = len(found) > _PAGE, found[:_PAGE]
    counts = counts_by_state(reading)
    filters = {name: asked[name] for name in _FILTERS if asked.get(name)}
    return {
        "rows": rows_of(reading, catalogue(), found),
        "tab": tab,
        "tabs": {name: told for name, (told, _) in TABS.items()},
        "counts": {
            name: sum(counts.get(one, 0) for one in states) for name, (_, states) in TABS.items()
        },
        "overdue": count_overdue(reading),
        "states": {one.value: wording.REQUEST_STATES[one] for one in TABS[tab][1]},
        "cities": every_city(),
        "filters": filters,
        "filtered": bool(set(filters) - {"tab"}),
        "following": _address_of(filters, found[-1]) if has_more else None,
        "is_first": "behind" not in asked,
        "text": text,
        "empty": _EMPTY[tab],
        "can_accept": tab == "todo" and not text,
        "taken": asked.get("taken", type=int),
        "left": asked.get("left", type=int),
        "here": request.full_path,
    }


def _wanted(asked: "MultiDict[str, str]", tab: str) -> Wanted:
    states = TABS[tab][1]
    chosen = tuple(one for one in states if one.value == asked.get("state"))
    return Wanted(
        states=chosen or states,
        service=asked.get("service") or None,
        city=asked.get("city") or None,
        assignee_id=me.id if asked.get("mine") else None,
        is_overdue=bool(asked.get("overdue")) and tab == "todo",
        newest_first=tab == "done",
    )


def _behind(asked: "MultiDict[str, str]") -> Place | None:
    """Return where the page before ended; an address that makes no sense begins anew."""
    moment, _, number = asked.get("behind", "").partition("~")
    try:
        at, request_id = datetime.fromisoformat(moment), row_id(number)
        # Near the first and the last year there is no such moment in another zone.
        return Place(at.astimezone(UTC), request_id) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _address_of(filters: Mapping[str, Any], last: Request) -> str:
    behind = f"{last.queue_at.isoformat()}~{last.id}"
    return url_for("staff.requests.page", behind=behind, **filters)
