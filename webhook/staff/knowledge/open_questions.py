"""What people asked in vain: like questions together, and one click from one to an answer."""

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.knowledge.document import Clause, DocumentStatus
from models.knowledge.draft import ImportRefused
from models.knowledge.editing import EditError, add_questions
from models.knowledge.embedder import EmbedderError
from models.knowledge.gaps import asked_so, close_gaps, open_gaps, questions_of
from models.knowledge.own_answer import answer_gaps
from models.staff import Right
from webhook.current import database, services
from webhook.row_id import row_id
from webhook.staff.access import me, needs
from webhook.staff.knowledge.about import about_of
from webhook.staff.knowledge.meaning import give_meaning

bp = APIBlueprint("open_questions", __name__, url_prefix="/questions", enable_openapi=False)

_SHOWN = 60
_MOST = 500
_HITS = 4
_OUTCOMES = {
    "not_found": "没找到相关政策",
    "not_stated": "文件里没有写",
    "not_useful": "答了，说没用",
}


@bp.get("")
@needs(Right.EDIT)
def page() -> str:
    """List open questions, the most asked first."""
    wanted = request.args.get("outcome", "")
    with database().reading() as session:
        outcome = wanted if wanted in _OUTCOMES else None
        clusters = open_gaps(session, outcome, services().embedder)
        return render_template(
            "staff/knowledge/questions.html",
            clusters=clusters[:_SHOWN],
            total=sum(one.count for one in clusters),
            kinds=len(clusters),
            outcomes=_OUTCOMES,
            wanted=wanted,
        )


@bp.post("/close")
@needs(Right.EDIT)
def close() -> Response:
    """Set questions aside as needing no answer."""
    with database().unit_of_work() as work:
        close_gaps(work, _gap_ids())
    return _to_list()


@bp.get("/answer")
@needs(Right.EDIT)
def answer() -> str:
    """Show the form for an answer, with the clauses that may answer already."""
    return _form()


@bp.post("/answer")
@needs(Right.EDIT)
def keep() -> str | Response | tuple[str, int]:
    """Keep a new answer; from then on the chat answers with it."""
    is_draft = request.form.get("status") == DocumentStatus.DRAFT
    try:
        imported = answer_gaps(
            database(),
            services().embedder,
            _meant(),
            request.form.get("answer", ""),
            about_of(request.form),
            me.display_name,
            status=DocumentStatus.DRAFT if is_draft else DocumentStatus.IN_FORCE,
        )
    except ImportRefused as error:
        return _form(str(error)), 422
    except EmbedderError:
        return _form("语义模型现在用不了，没有保存。请稍后再试。"), 503
    return redirect(
        url_for(
            "staff.knowledge.documents.show",
            document_id=imported.document_id,
            done=imported.outcome.value,
        ),
        303,
    )


@bp.post("/point")
@needs(Right.EDIT)
def point() -> str | Response | tuple[str, int]:
    """Say that a clause answers already: the questions become samples of it."""
    clause_id = request.form.get("clause", 0, type=row_id)
    try:
        gap_ids = _meant()
        with database().unit_of_work() as work:
            add_questions(work, clause_id, questions_of(work, gap_ids), me.display_name)
            close_gaps(work, gap_ids, clause_id)
    except (EditError, ImportRefused) as error:
        return _form(str(error)), 422
    give_meaning(clause_id)
    return _to_list()


def _form(trouble: str = "") -> str:
    gap_ids = _gap_ids()
    with database().reading() as session:
        asked = questions_of(session, gap_ids)
        hits = services().knowledge.search(asked[0], _HITS) if asked else []
        nearest = [
            (hit, session.get(Clause, hit.citation.clause_id)) for hit in hits if hit.score > 0
        ]
    return render_template(
        "staff/knowledge/answer.html",
        gap_ids=gap_ids,
        asked=asked,
        nearest=nearest,
        given=request.form,
        trouble=trouble,
    )


def _meant() -> list[int]:
    """Return the questions an answer is for: of several, those that were left ticked.

    Raises:
        ImportRefused: none was.
    """
    if "picks" not in request.form:
        return _gap_ids()
    with database().reading() as session:
        meant = asked_so(session, _gap_ids(), request.form.getlist("wording"))
    if not meant:
        raise ImportRefused("请至少留一种问法打着勾。")
    return meant


def _gap_ids() -> list[int]:
    return request.values.getlist("gap", type=row_id)[:_MOST]


def _to_list() -> Response:
    return redirect(url_for("staff.knowledge.open_questions.page"), 303)
