"""How people say it, and what policies call it."""

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.knowledge.synonyms import (
    SynonymError,
    list_synonyms,
    remove_synonym,
    set_synonym,
)
from models.staff import Right
from webhook.current import database
from webhook.staff.access import me, needs

bp = APIBlueprint("synonyms", __name__, url_prefix="/synonyms", enable_openapi=False)


@bp.get("")
@needs(Right.EDIT)
def page() -> str:
    """List all synonyms by what they mean."""
    return _page()


@bp.post("")
@needs(Right.EDIT)
def change() -> str | Response | tuple[str, int]:
    """Add or change synonyms, or take one away; it counts with the next question."""
    says, means = request.form.get("says", ""), request.form.get("means", "")
    words = says.replace("，", " ").replace("、", " ").replace(",", " ").split()
    try:
        with database().unit_of_work() as work:
            if request.form.get("deed") == "remove":
                remove_synonym(work, says, me.display_name)
            elif not words:
                raise SynonymError("请写上大家怎么说。")
            elif not means.strip() and not request.form.get("is_other_matter"):
                raise SynonymError("请写上文件里的叫法；如果是另一件事，请勾选。")
            else:
                for one in words:
                    set_synonym(work, one, means, me.display_name)
    except SynonymError as error:
        return _page(str(error)), 422
    return redirect(url_for("staff.knowledge.synonyms.page", q=request.form.get("q") or None), 303)


def _page(trouble: str = "") -> str:
    wanted = request.args.get("q", "").strip()[:50]
    with database().reading() as session:
        entries = [
            (means, says)
            for means, says in list_synonyms(session)
            if wanted in means or any(wanted in one for one in says)
        ]
    return render_template(
        "staff/knowledge/synonyms.html",
        entries=entries,
        wanted=wanted,
        given=request.form,
        trouble=trouble,
    )
