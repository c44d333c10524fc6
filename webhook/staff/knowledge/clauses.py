"""One clause: the plain words before it, its picture, and how people ask about it."""

from apiflask import APIBlueprint
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.intake.policy_answer import reply_of
from models.knowledge.answer import answer_clause
from models.knowledge.document import Clause
from models.knowledge.editing import EditError, set_lead, set_picture, set_questions
from models.knowledge.feedback import feedback_of
from models.knowledge.hierarchy import anchors
from models.knowledge.pictures import keep_picture
from models.materials.upload import MOST_BYTES, UploadRefusedError
from models.staff import Right
from webhook.current import catalogue, database, services
from webhook.staff.access import me, needs
from webhook.staff.knowledge.meaning import give_meaning

bp = APIBlueprint("clauses", __name__, url_prefix="/clauses", enable_openapi=False)


@bp.get("/<row:clause_id>")
@needs(Right.EDIT)
def page(clause_id: int) -> str:
    """Show one clause with what may be changed about it, and how it answers now."""
    return _page(clause_id)


@bp.post("/<row:clause_id>")
@needs(Right.EDIT)
def change(clause_id: int) -> str | Response | tuple[str, int]:
    """Keep plain words, picture and questions."""
    form, by = request.form, me.display_name
    file = request.files.get("picture")
    try:
        with database().unit_of_work() as work:
            set_lead(work, clause_id, form.get("lead", ""), by)
            clause = set_questions(work, clause_id, form.get("questions", ""), by)
            is_unlike = clause.embedding is None
            if form.get("drop_picture"):
                set_picture(work, clause_id, "", by)
            elif file is not None and file.filename:
                name = keep_picture(work, file.stream.read(MOST_BYTES + 1))
                set_picture(work, clause_id, url_for("mobile.picture", name=name), by)
    except EditError as error:
        return _page(clause_id, trouble=str(error)), 422
    except UploadRefusedError as error:
        return _page(clause_id, trouble=error.told), 422
    if is_unlike:
        give_meaning(clause_id)
    return redirect(url_for("staff.knowledge.clauses.page", clause_id=clause_id, done=1), 303)


def _page(clause_id: int, trouble: str = "") -> str:
    with database().reading() as session:
        clause = session.get(Clause, clause_id)
        if clause is None:
            abort(404)
        document = clause.document
        place = anchors(one.path for one in document.clauses)[clause.position]
        rated = feedback_of(session, clause_id)
        answer = answer_clause(services().knowledge, clause_id)
        given = request.form if trouble else None
        return render_template(
            "staff/knowledge/clause.html",
            clause=clause,
            document=document,
            place=place,
            rated=rated,
            reply=reply_of(answer, catalogue()),
            lead=given["lead"] if given else clause.lead or "",
            questions=given["questions"] if given else clause.question or "",
            trouble=trouble,
            done=not trouble and request.args.get("done"),
        )
