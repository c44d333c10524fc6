"""The times of an offering: adding one, moving it, calling it off."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from models import audit
from models.offering.editing import cancel_slot, put_slot
from models.offering.offering import Slot
from models.staff import Right
from webhook.current import database
from webhook.staff.access import me, needs
from webhook.staff.offerings.blueprint import bp, offering_of, slot_of
from webhook.staff.offerings.editing import shown


@bp.post("/<row:offering_id>/times")
@needs(Right.EDIT)
def add_time(offering_id: int) -> tuple[str, int] | Response:
    """Add a time; those who wait for one are told."""
    with database().unit_of_work() as work:
        found = offering_of(work, offering_id)
        made = put_slot(work, found, request.form, None)
        if not isinstance(made, Slot):
            return shown(work, found, slot_row=request.form, slot_errors=made), 422
        audit.record(work, me.id, "slot.add", subject="offering", subject_id=offering_id)
    return _back(offering_id)


@bp.post("/<row:offering_id>/times/<row:slot_id>")
@needs(Right.EDIT)
def change_time(offering_id: int, slot_id: int) -> tuple[str, int] | Response:
    """Change a time or call it off; who signed up is told."""
    with database().unit_of_work() as work:
        found = offering_of(work, offering_id)
        slot = slot_of(found, slot_id)
        if request.form.get("deed") == "cancel":
            cancel_slot(work, slot, request.form.get("reason", ""))
            action = "slot.cancel"
        else:
            changed = put_slot(work, found, request.form, slot)
            if not isinstance(changed, Slot):
                return shown(work, found, slot_row=request.form, slot_errors=changed), 422
            action = "slot.change"
        audit.record(work, me.id, action, subject="offering", subject_id=offering_id)
    return _back(offering_id)


def _back(offering_id: int) -> Response:
    return redirect(url_for("staff.offerings.edit", offering_id=offering_id, _anchor="times"), 303)
