"""Canned replies, for editors: write, change, delete, and see which rest on a lapsed clause."""

from apiflask import APIBlueprint
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models import audit
from models.canned_reply import (
    PLACEHOLDERS,
    CannedReply,
    CannedReplyError,
    begin_library,
    delete_canned,
    find_canned,
    out_of_date,
    save_canned,
)
from models.database import Database
from models.knowledge.document import Clause
from models.staff import Right, Staff
from webhook.current import database, knowledge
from webhook.row_id import row_id
from webhook.staff.access import me, needs

bp = APIBlueprint("canned_replies", __name__, url_prefix="/canned", enable_openapi=False)

_HITS = 6
_MOST = 1000


@bp.get("")
@needs(Right.EDIT)
def page() -> str:
    """List canned replies, those to look at first, with a form for a new one."""
    return _page()


@bp.get("/<row:canned_id>")
@needs(Right.EDIT)
def edit(canned_id: int) -> str:
    """Show one in the form."""
    return _page(canned_id)


@bp.post("")
@bp.post("/<row:canned_id>")
@needs(Right.EDIT)
def save(canned_id: int | None = None) -> str | Response | tuple[str, int]:
    """Keep one, or delete it."""
    form = request.form
    try:
        with _database().unit_of_work() as work:
            known = (work.get(CannedReply, canned_id) or abort(404)) if canned_id else None
            if known is not None and form.get("deed") == "delete":
                delete_canned(work, known.id)
                audit.record(work, me.id, "canned.delete", subject="canned", subject_id=known.id)
            else:
                kept = save_canned(
                    work,
                    work.get_one(Staff, me.id),
                    form.get("shortcut", ""),
                    form.get("title", ""),
                    form.get("text", ""),
                    clause_id=form.get("clause", type=row_id) or None,
                    known=known,
                )
                audit.record(work, me.id, "canned.save", subject="canned", subject_id=kept.id)
    except CannedReplyError as error:
        return _page(canned_id, str(error)), 422
    return redirect(url_for("staff.canned_replies.page"), 303)


@bp.post("/begin")
@needs(Right.EDIT)
def begin() -> Response:
    """Take over the texts to begin with."""
    with _database().unit_of_work() as work:
        for kept in begin_library(work, work.get_one(Staff, me.id)):
            audit.record(work, me.id, "canned.save", subject="canned", subject_id=kept.id)
    return redirect(url_for("staff.canned_replies.page"), 303)


@bp.get("/clauses")
@needs(Right.EDIT)
def clauses() -> str:
    """Search the policy for the clause a reply rests on."""
    question = request.args.get("q", "").strip()[:200]
    hits = knowledge().search(question, _HITS) if question else []
    return render_template("staff/canned_clauses.html", question=question, hits=hits)


def _page(canned_id: int | None = None, trouble: str = "") -> str:
    with _database().reading() as reading:
        found = find_canned(reading, limit=_MOST)
        late = out_of_date(reading, found)
        edited = (reading.get(CannedReply, canned_id) or abort(404)) if canned_id else None
        resting = {one.clause_id for one in found if one.clause_id}
        clauses = {id: reading.get(Clause, id) for id in resting}
        return render_template(
            "staff/canned_replies.html",
            found=sorted(found, key=lambda one: one.id not in late),
            late=late,
            edited=edited,
            clauses=clauses,
            typed=request.form if trouble else {},
            placeholders=PLACEHOLDERS,
            trouble=trouble,
        )


def _database() -> Database:
    return database()
