"""Who saw, revealed and changed what: for auditors to read, for nobody to change."""

from apiflask import APIBlueprint
from flask import render_template, request
from sqlalchemy import select

from models import audit
from models.staff import Right, Staff
from webhook.current import database
from webhook.row_id import row_id
from webhook.staff import wording
from webhook.staff.access import needs

bp = APIBlueprint("audit", __name__, url_prefix="/audit", enable_openapi=False)

_PAGE = 50


@bp.get("")
@needs(Right.AUDIT)
def page() -> str:
    """Show entries, the newest first, by person and by deed."""
    staff_id = request.args.get("staff", type=row_id)
    action = request.args.get("action") or None
    with database().reading() as reading:
        found = audit.entries(
            reading,
            staff_id=staff_id,
            action=action,
            before=request.args.get("before", type=row_id),
            limit=_PAGE + 1,
        )
        people = {one.id: one.display_name for one in reading.scalars(select(Staff))}
    return render_template(
        "staff/audit.html",
        entries=found[:_PAGE],
        has_more=len(found) > _PAGE,
        people=people,
        staff_id=staff_id,
        action=action,
        deeds=wording.DEEDS,
        subjects=wording.SUBJECTS,
    )
