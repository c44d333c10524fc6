"""Quality samples: a supervisor draws a finished case by lot, reads it and scores it."""

from apiflask import APIBlueprint
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models import audit, quality
from models.database import Database
from models.handoff import Handoff
from models.quality import QualityError
from models.staff import Right, Staff
from webhook.current import database
from webhook.staff import wording
from webhook.staff.access import me, needs
from webhook.staff.conversation import lines_of_case, note_view
from webhook.staff.masking import names_of

bp = APIBlueprint("quality", __name__, url_prefix="/quality", enable_openapi=False)

_ASKED = {"accuracy": "答得对不对", "kindness": "态度好不好", "rules": "合不合规范"}


@bp.get("")
@needs(Right.SUPERVISE)
def page() -> str:
    """Show how everybody was scored lately."""
    with _database().reading() as reading:
        found = quality.reviews(reading)
        return render_template(
            "staff/quality.html",
            found=found,
            by_staff=quality.by_staff(reading),
            asked=_ASKED,
            is_empty=request.args.get("empty"),
        )


@bp.post("/draw")
@needs(Right.SUPERVISE)
def draw() -> Response:
    """Draw a case and go to it."""
    with _database().reading() as reading:
        case = quality.draw(reading, me)
    if case is None:
        return redirect(url_for("staff.quality.page", empty=1), 303)
    return redirect(url_for("staff.quality.case", handoff_id=case.id), 303)


@bp.get("/<row:handoff_id>")
@needs(Right.SUPERVISE)
def case(handoff_id: int) -> str:
    """Show what was said in a case, masked, with the scores to give or given."""
    return _case(handoff_id)


@bp.post("/<row:handoff_id>")
@needs(Right.SUPERVISE)
def score(handoff_id: int) -> Response | tuple[str, int]:
    """Keep the scores."""
    given = {name: request.form.get(name, 0, type=int) for name in _ASKED}
    try:
        with _database().unit_of_work() as work:
            found = work.get(Handoff, handoff_id) or abort(404)
            reviewer = work.get_one(Staff, me.id)
            quality.score(work, found, reviewer, remark=request.form.get("remark", ""), **given)
            audit.record(work, me.id, "quality.score", subject="handoff", subject_id=handoff_id)
    except QualityError as error:
        return _case(handoff_id, str(error)), 422
    return redirect(url_for("staff.quality.page"), 303)


def _case(handoff_id: int, trouble: str = "") -> str:
    with _database().reading() as reading:
        found = reading.get(Handoff, handoff_id) or abort(404)
        if found.ended_at is None:
            abort(404)
        lines = lines_of_case(reading, found)
        contact = found.conversation.contact
        shown = render_template(
            "staff/quality_case.html",
            case=found,
            lines=lines,
            name=names_of(reading, [contact])[contact.id],
            review=quality.review_of(reading, handoff_id),
            asked=_ASKED,
            scores=quality.SCORES,
            reasons=wording.REASONS,
            trouble=trouble,
        )
        conversation_id = found.conversation_id
    note_view(_database(), conversation_id)
    return shown


def _database() -> Database:
    return database()
