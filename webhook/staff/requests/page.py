"""One request on the screen: what was asked for, what speaks for it, and what was done so far."""

from flask import render_template

from models import audit
from models.catalogue.life import RequestState
from models.change import last_change
from models.request_reasons import reasons
from models.staff import Right
from webhook.current import database
from webhook.staff.access import me, needs
from webhook.staff.requests.blueprint import bp
from webhook.staff.requests.opened import open_request


@bp.get("/<row:request_id>")
@needs(Right.REQUESTS)
def one_request(request_id: int) -> str:
    """Show a request."""
    return drawn(request_id)


def drawn(request_id: int, trouble: str = "", reason: str = "", field: str = "") -> str:
    """Return the page of a request, also where a step was not taken; each look is on the record.

    Args:
        request_id: which.
        trouble: why the step that was just tried was not taken.
        reason: what was written as its reason, so that it is not lost.
        field: what was chosen as the answer to correct.
    """
    with database().reading() as reading:
        number = last_change(reading)
        opened = open_request(reading, request_id)
        page = render_template(
            "staff/requests/request.html",
            opened=opened,
            number=number,
            trouble=trouble,
            written=reason,
            chosen=field,
            reasons=reasons(),
            State=RequestState,
        )
    with database().unit_of_work() as work:
        audit.record(work, me.id, "request.view", subject="request", subject_id=request_id)
    return page
