"""Trying a question: the answer the chat would give, and why. The very code the chat uses."""

from apiflask import APIBlueprint
from flask import render_template, request

from models.intake.policy_answer import reply_of
from models.knowledge.answer import answer_question
from models.knowledge.calibration import QUOTABLE
from models.knowledge.details import as_question, asked_detail
from models.knowledge.scope import Scope
from models.staff import Right
from webhook.current import catalogue, services
from webhook.staff.access import needs

bp = APIBlueprint("trying", __name__, url_prefix="/try", enable_openapi=False)

_HITS = 8


@bp.get("")
@needs(Right.EDIT)
def page() -> str:
    """Show a question's answer and the clauses found for it, each with scores and reasons."""
    question = request.args.get("q", "").strip()[:200]
    region = request.args.get("region", "").strip()[:50]
    audience = request.args.get("audience", "").split()[:5]
    if not question:
        return render_template("staff/knowledge/try.html", question="", region="", audience="")
    knowledge, scope = services().knowledge, Scope(region=region, audience=audience)
    answer = answer_question(knowledge, question, scope=scope)
    # The words that are looked for: a claimed figure is put as a question first.
    asked = as_question(question)
    hits = knowledge.search(asked, _HITS, scope)
    return render_template(
        "staff/knowledge/try.html",
        question=question,
        region=region,
        audience=" ".join(audience),
        answer=answer,
        reply=reply_of(answer, catalogue()),
        detail=asked_detail(asked),
        hits=[(hit, knowledge.reasons(asked, hit.citation)) for hit in hits],
        quotable=QUOTABLE,
        has_meaning=knowledge.has_meaning,
    )
