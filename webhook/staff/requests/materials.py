"""The papers of a request, for the eyes of staff alone; each look is on the record."""

from flask import Response
from werkzeug.exceptions import NotFound

from models import audit
from models.materials import material
from models.staff import Right
from webhook.current import database, services
from webhook.staff.access import me, needs
from webhook.staff.requests.blueprint import bp
from webhook.staff.requests.opened import request_of

# A picture or PDF that was made anew at upload may be shown, and can do nothing.
_NOTHING_RUNS = "default-src 'none'; img-src 'self'; object-src 'self'; style-src 'unsafe-inline'"


@bp.get("/<row:request_id>/materials/<key>")
@needs(Right.REQUESTS)
def show(request_id: int, key: str) -> Response:
    """Return one paper, to be looked at in the browser."""
    with database().unit_of_work() as work:
        one, _ = request_of(work, request_id)
        found = {file.key: file for file in material.of_intake(work, one.intake)}.get(key)
        if found is None:
            raise NotFound
        audit.record(
            work,
            me.id,
            "material.view",
            subject="request",
            subject_id=request_id,
            kind=found.name,
            material=found.id,
        )
    try:
        content = services().materials.content(found.key)
    except FileNotFoundError:
        raise NotFound from None
    answer = Response(content, mimetype=found.media_type)
    answer.headers["Content-Disposition"] = f'inline; filename="{found.name}.{found.kind}"'
    answer.headers["Content-Security-Policy"] = f"{_NOTHING_RUNS}; frame-ancestors 'none'"
    return answer
