"""有用 and 没用: what people say of each answer."""

from apiflask import APIBlueprint
from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.knowledge.document import Clause
from models.knowledge.feedback import feedback_by_clause
from models.staff import Right
from webhook.current import database
from webhook.staff.access import needs

bp = APIBlueprint("feedback", __name__, url_prefix="/feedback", enable_openapi=False)

_SHOWN = 100


@bp.get("")
@needs(Right.EDIT)
def page() -> str:
    """List rated clauses, the least useful first."""
    with database().reading() as session:
        counted = feedback_by_clause(session)
        shown = [one.clause_id for one in counted[:_SHOWN]]
        clauses = {
            one.id: one
            for one in session.scalars(
                select(Clause).where(Clause.id.in_(shown)).options(joinedload(Clause.document))
            )
        }
    return render_template(
        "staff/knowledge/feedback.html",
        rows=[(one, clauses[one.clause_id]) for one in counted[:_SHOWN]],
        useful=sum(one.useful for one in counted),
        useless=sum(one.useless for one in counted),
    )
