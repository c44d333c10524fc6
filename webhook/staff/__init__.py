"""``/staff/``: the console in which officials answer people and watch over the service."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from models.staff import Right
from webhook.staff import account, formats, sign_in
from webhook.staff.access import guard, keep_private, me, needs

# Where each role begins: the first of these it may enter.
_ROOMS = {
    Right.SIGNED_IN: "staff.account.page",
}

bp = Blueprint(
    "staff", __name__, url_prefix="/staff", template_folder="templates", static_folder="static"
)
bp.before_request(guard)
bp.after_request(keep_private)
for room in (sign_in, account):
    bp.register_blueprint(room.bp)
for write in (formats.moment, formats.clock, formats.day, formats.span, formats.browser):
    bp.add_app_template_filter(write)


@bp.context_processor
def _known_to_templates() -> dict[str, object]:
    return {"me": me, "Right": Right, "rooms": _ROOMS.values()}


@bp.get("/")
@needs(Right.SIGNED_IN)
def home() -> Response:
    """Go to the room this role works in."""
    return redirect(url_for(next(room for right, room in _ROOMS.items() if me.may(right))))
