"""Documents: what is known, whether it answers, its versions, and what may be noise in it."""

from difflib import SequenceMatcher

from apiflask import APIBlueprint
from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.knowledge.corrections import CorrectionError
from models.knowledge.document import Clause, DocumentKind, DocumentStatus, PolicyDocument
from models.knowledge.draft import ImportRefused
from models.knowledge.editing import EditError, set_facts, set_status
from models.knowledge.edits import edits
from models.knowledge.embedder import EmbedderError
from models.knowledge.hierarchy import anchors
from models.knowledge.noise import remove, suspected
from models.knowledge.vectors import count_missing
from models.knowledge.versions import changes, former_of, put_in_force, versions_of
from models.staff import Right
from webhook.current import database, services
from webhook.row_id import row_id
from webhook.staff.access import me, needs
from webhook.staff.knowledge.about import about_of
from webhook.staff.knowledge.sections import OUTCOMES, STATUSES

bp = APIBlueprint("documents", __name__, url_prefix="/documents", enable_openapi=False)

_PAGE = 50
_LAST_PAGE = 100_000
_CLAUSES = 100
# What an editor may make of a document; a replaced one stays what it is.
_MOVES = {
    DocumentStatus.DRAFT: (DocumentStatus.IN_FORCE, DocumentStatus.WITHDRAWN),
    DocumentStatus.IN_FORCE: (DocumentStatus.WITHDRAWN, DocumentStatus.EXPIRED),
    DocumentStatus.EXPIRED: (DocumentStatus.IN_FORCE,),
    DocumentStatus.WITHDRAWN: (DocumentStatus.IN_FORCE,),
    DocumentStatus.REPLACED: (DocumentStatus.IN_FORCE,),
}


@bp.get("")
@needs(Right.EDIT)
def page() -> str:
    """List documents, the newest first, by status and words of the title."""
    status, words = request.args.get("status", ""), request.args.get("q", "").strip()[:100]
    number = min(max(request.args.get("page", 1, type=row_id), 1), _LAST_PAGE)
    query = (
        select(PolicyDocument, func.count(Clause.id))
        .outerjoin(PolicyDocument.clauses)
        .group_by(PolicyDocument.id)
        .order_by(PolicyDocument.id.desc())
    )
    if status in set(DocumentStatus):
        query = query.where(PolicyDocument.status == status)
    if words:
        query = query.where(PolicyDocument.title.contains(words, autoescape=True))
    with database().reading() as session:
        rows = session.execute(query.limit(_PAGE + 1).offset((number - 1) * _PAGE)).all()
        counts = session.execute(
            select(PolicyDocument.status, func.count()).group_by(PolicyDocument.status)
        ).all()
    return render_template(
        "staff/knowledge/documents.html",
        rows=rows[:_PAGE],
        has_more=len(rows) > _PAGE,
        number=number,
        counts=dict(counts),
        status=status,
        words=words,
    )


@bp.get("/<row:document_id>")
@needs(Right.EDIT)
def show(document_id: int) -> str:
    """Show one document."""
    return _page(document_id, done=OUTCOMES.get(request.args.get("done", ""), ""))  # type: ignore[call-overload]


@bp.post("/<row:document_id>/facts")
@needs(Right.EDIT)
def change(document_id: int) -> str | Response | tuple[str, int]:
    """Change what is known about a document."""
    try:
        about = about_of(request.form)
        with database().unit_of_work() as work:
            set_facts(work, document_id, about, me.display_name)
    except (ImportRefused, EditError) as error:
        return _page(document_id, trouble=str(error)), 422
    return _back(document_id)


@bp.post("/<row:document_id>/status")
@needs(Right.EDIT)
def move(document_id: int) -> str | Response | tuple[str, int]:
    """Put a document in force, or take it out: it counts with the next question everywhere."""
    wanted = request.form.get("status", "")
    with database().unit_of_work() as work:
        document = _document(work, document_id)
        if wanted not in _MOVES[document.status]:
            return _page(document_id, trouble="文件的状态刚刚变了，请看清再改。"), 409
        if wanted == DocumentStatus.IN_FORCE:
            put_in_force(work, document_id, me.display_name)
        else:
            set_status(work, document_id, DocumentStatus(wanted), me.display_name)
    return _back(document_id)


@bp.post("/<row:document_id>/noise")
@needs(Right.EDIT)
def clean(document_id: int) -> str | Response | tuple[str, int]:
    """Publish a document without the places that were confirmed as noise."""
    numbers = request.form.getlist("number", type=row_id)
    try:
        done = remove(database(), document_id, numbers, services().embedder, by=me.display_name)
    except (EditError, CorrectionError, ImportRefused) as error:
        return _page(document_id, trouble=str(error)), 422
    except EmbedderError:
        return _page(document_id, trouble="语义模型现在用不了，没有改。请稍后再试。"), 503
    return _back(done.document_id)


@bp.get("/<row:document_id>/changes")
@needs(Right.EDIT)
def compare(document_id: int) -> str:
    """Show what changed from the version before, or from another one."""
    with database().reading() as session:
        document = _document(session, document_id)
        other = request.args.get("with", type=row_id)
        former = _document(session, other) if other else former_of(session, document)
        if former is None:
            abort(404)
        found = [(one.anchor, *_marked(one.former, one.now)) for one in changes(former, document)]
    return render_template(
        "staff/knowledge/changes.html", document=document, former=former, changes=found
    )


def _marked(former: str, now: str) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    """Return both texts in stretches, each with whether it is the other's too."""
    before: list[tuple[bool, str]] = []
    after: list[tuple[bool, str]] = []
    matcher = SequenceMatcher(None, former, now, autojunk=False)
    for what, start, end, new_start, new_end in matcher.get_opcodes():
        is_same = what == "equal"
        before.append((is_same, former[start:end]))
        after.append((is_same, now[new_start:new_end]))
    return before, after


def _page(document_id: int, *, trouble: str = "", done: str = "") -> str:
    start = request.args.get("from", 0, type=row_id)
    with database().reading() as session:
        document = _document(session, document_id)
        named = list(
            zip(anchors(one.path for one in document.clauses), document.clauses, strict=True)
        )
        answers = document.status in (DocumentStatus.IN_FORCE, DocumentStatus.DRAFT)
        places = (
            suspected(document.published)
            if document.kind is DocumentKind.POLICY and answers
            else []
        )
        return render_template(
            "staff/knowledge/document.html",
            document=document,
            clauses=named[start : start + _CLAUSES],
            count=len(named),
            start=start,
            shown_at_once=_CLAUSES,
            moves=[(one, STATUSES[one]) for one in _MOVES[document.status]],
            places=places,
            former=former_of(session, document),
            versions=versions_of(session, document),
            missing=count_missing(session, services().embedder.name, document.id),
            edits=edits(session, document_id=document.id, limit=20),
            trouble=trouble,
            done=done,
        )


def _document(session: Session, document_id: int) -> PolicyDocument:
    document = session.get(PolicyDocument, document_id)
    if document is None:
        abort(404)
    return document


def _back(document_id: int) -> Response:
    return redirect(url_for("staff.knowledge.documents.show", document_id=document_id), 303)
