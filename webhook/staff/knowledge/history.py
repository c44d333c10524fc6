"""Who changed what of the knowledge, and when."""

from apiflask import APIBlueprint
from flask import render_template, request
from sqlalchemy import select

from models.knowledge.document import PolicyDocument
from models.knowledge.edits import edits
from models.staff import Right
from webhook.current import database
from webhook.row_id import row_id
from webhook.staff.access import needs

bp = APIBlueprint("history", __name__, url_prefix="/history", enable_openapi=False)

_PAGE = 50


@bp.get("")
@needs(Right.EDIT)
def page() -> str:
    """List changes, the newest first."""
    with database().reading() as session:
        found = edits(session, before=request.args.get("before", type=row_id), limit=_PAGE + 1)
        ids = {one.document_id for one in found}
        titles = dict(
            session.execute(
                select(PolicyDocument.id, PolicyDocument.title).where(PolicyDocument.id.in_(ids))
            ).all()
        )
    return render_template(
        "staff/knowledge/history.html",
        edits=found[:_PAGE],
        has_more=len(found) > _PAGE,
        titles=titles,
    )
