"""听懂: what people said that was not understood, taught by a click, and the training after it."""

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models import audit
from models.staff import Right
from models.understanding import (
    UnclearMessage,
    UnknownIntentError,
    clusters,
    count_taught,
    dismiss,
    plain_names,
    teach,
    write_taught,
)
from webhook.current import catalogue, database, settings
from webhook.retraining import Retraining
from webhook.row_id import row_id
from webhook.staff.access import me, needs

bp = APIBlueprint("understanding", __name__, url_prefix="/understanding", enable_openapi=False)

_SHOWN = 60
_MOST = 200


@bp.get("")
@needs(Right.EDIT)
def page() -> str:
    """Show what was not understood, like wordings together, and how far training is."""
    return _page()


@bp.post("/teach")
@needs(Right.EDIT)
def settle() -> Response | tuple[str, int]:
    """Make the chosen wordings examples of what they mean, or lay them aside."""
    intent = request.form.get("intent", "")
    try:
        with database().unit_of_work() as work:
            found = [
                work.get(UnclearMessage, one) for one in request.form.getlist("id", row_id)[:_MOST]
            ]
            chosen = [one for one in found if one is not None]
            if intent:
                teach(work, chosen, intent)
            else:
                dismiss(work, chosen)
            done = "nlu.teach" if intent else "nlu.dismiss"
            audit.record(work, me.id, done, subject="nlu", subject_id=len(chosen))
    except UnknownIntentError:
        return _page("请从单子里选一个意思。"), 422
    return redirect(url_for("staff.understanding.page"), 303)


@bp.post("/retrain")
@needs(Right.EDIT)
def retrain() -> Response:
    """Begin to train; people go on being answered, and the new model takes over when it is done."""
    retraining = _retraining()
    with database().unit_of_work() as work:
        count = write_taught(work, retraining.taught)
        if retraining.begin():
            audit.record(work, me.id, "nlu.retrain", subject="nlu", subject_id=count)
    return redirect(url_for("staff.understanding.page"), 303)


def _page(trouble: str = "") -> str:
    names = {one.start_intent: one.name for one in catalogue()} | plain_names()
    with database().reading() as session:
        found = clusters(session)
        return render_template(
            "staff/understanding.html",
            clusters=found[:_SHOWN],
            kinds=len(found),
            times=sum(one.times for one in found),
            names=names,
            taught=count_taught(session),
            progress=_retraining().progress(),
            trouble=trouble,
        )


def _retraining() -> Retraining:
    return Retraining(settings().var_dir)
