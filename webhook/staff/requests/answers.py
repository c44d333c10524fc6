"""An answer in the clear: one at a time, for a reason that goes on the record first."""

from flask import render_template, request
from werkzeug.exceptions import NotFound

from models import audit
from models.audit import ReasonMissingError, must_give_reason
from models.staff import Right
from webhook.current import database
from webhook.staff.access import me, needs
from webhook.staff.requests.blueprint import bp
from webhook.staff.requests.opened import request_of


@bp.errorhandler(ReasonMissingError)
def _no_reason(error: ReasonMissingError) -> tuple[str, int]:
    return str(error), 422


@bp.post("/<row:request_id>/answers/<name>/reveal")
@needs(Right.REQUESTS)
def reveal(request_id: int, name: str) -> str:
    """Show one masked answer as it was given."""
    reason = must_give_reason(request.form.get("reason", ""))
    with database().unit_of_work() as work:
        one, service = request_of(work, request_id)
        answer = one.answers.get(name)
        if name not in {field.name for field in service.fields} or not isinstance(answer, str):
            raise NotFound
        audit.record(
            work,
            me.id,
            "answer.reveal",
            subject="request",
            subject_id=request_id,
            reason=reason,
            kind=service.field(name).label,
        )
    return render_template("staff/requests/revealed.html", answer=answer)
