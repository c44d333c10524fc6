"""``/staff/``: the console in which officials answer people and watch over the service."""

from apiflask import APIBlueprint
from flask import redirect, url_for
from werkzeug.wrappers import Response

from models.staff import Right
from webhook.current import catalogue
from webhook.staff import (
    account,
    audit_trail,
    canned_replies,
    console,
    contact_card,
    conversation,
    files,
    filling,
    hours,
    knowledge,
    live,
    moves,
    offerings,
    quality,
    reports,
    requests,
    search,
    sign_in,
    supervision,
    team,
    understanding,
    writing,
)
from webhook.staff.access import guard, keep_private, me, needs
from webhook.staff.filters import FILTERS

# Where each role begins: the first of these it may enter.
_ROOMS = {
    Right.CHAT: "staff.desk.page",
    Right.REQUESTS: "staff.requests.page",
    Right.EDIT: "staff.knowledge.home",
    Right.AUDIT: "staff.audit.page",
    Right.SIGNED_IN: "staff.account.page",
}
_VIEWS = (
    sign_in, account, console, conversation, moves, writing, files, filling, contact_card,
    requests, search,
    live, supervision, quality, reports, canned_replies, audit_trail, team, hours,
    knowledge, offerings, understanding,
)  # fmt: skip

bp = APIBlueprint(
    "staff",
    __name__,
    url_prefix="/staff",
    template_folder="templates",
    static_folder="static",
    enable_openapi=False,
)
bp.before_request(guard)
bp.after_request(keep_private)
for _view in _VIEWS:
    bp.register_blueprint(_view.bp)
for _write in FILTERS:
    bp.add_app_template_filter(_write)


@bp.context_processor
def _known_to_templates() -> dict[str, object]:
    return {"me": me, "Right": Right, "services": catalogue()}


@bp.get("/")
@needs(Right.SIGNED_IN)
def home() -> Response:
    """Go to the room this role works in."""
    return redirect(url_for(next(room for right, room in _ROOMS.items() if me.may(right))))
