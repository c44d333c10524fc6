"""Supervision: how the service is doing, and what is going on right now."""

from datetime import timedelta

from apiflask import APIBlueprint
from flask import current_app, render_template, request

from models.database import Database, utc_now
from models.queues import in_service, loads, waiting
from models.staff import Right, staff_in_use
from models.supervision import overview
from webhook.services import Services
from webhook.staff import wording
from webhook.staff.access import needs
from webhook.staff.queue_row import rows_of

bp = APIBlueprint("supervision", __name__, url_prefix="/overview", enable_openapi=False)

_SPANS = {"today": ("24 小时", 1), "week": ("7 天", 7), "month": ("30 天", 30)}


@bp.get("")
@needs(Right.SUPERVISE)
def page() -> str:
    """Show figures of a span of time, and who waits and serves now."""
    which = request.args.get("span", "today")
    which = which if which in _SPANS else "today"
    now = utc_now()
    services: Services = current_app.extensions["services"]
    database: Database = current_app.extensions["database"]
    with database.reading() as reading:
        figures = overview(reading, now - timedelta(days=_SPANS[which][1]), now)
        people = [one for one in staff_in_use(reading) if one.may(Right.CHAT)]
        now_open = rows_of(reading, waiting(reading) + in_service(reading), services.hours(reading))
        busy = loads(reading)
    return render_template(
        "staff/overview.html",
        figures=figures,
        rows=now_open,
        people=people,
        busy=busy,
        names={one.id: one.display_name for one in people},
        span=which,
        spans={name: told for name, (told, _) in _SPANS.items()},
        presences=wording.PRESENCES,
        channels=wording.CHANNELS,
        reasons=wording.REASONS,
    )
