"""``/staff/knowledge``: where editors keep what the assistant answers from."""

from apiflask import APIBlueprint
from flask import redirect, url_for
from werkzeug.wrappers import Response

from models.staff import Right
from webhook.staff.access import needs
from webhook.staff.knowledge import (
    clauses,
    documents,
    feedback,
    history,
    importing,
    open_questions,
    synonyms,
    trying,
)
from webhook.staff.knowledge.sections import known_to_templates

bp = APIBlueprint("knowledge", __name__, url_prefix="/knowledge", enable_openapi=False)
bp.context_processor(known_to_templates)
for _view in (
    documents,
    importing,
    clauses,
    synonyms,
    trying,
    open_questions,
    feedback,
    history,
):
    bp.register_blueprint(_view.bp)


@bp.get("")
@needs(Right.EDIT)
def home() -> Response:
    """Go to the documents."""
    return redirect(url_for("staff.knowledge.documents.page"))
