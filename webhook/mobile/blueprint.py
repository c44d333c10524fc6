"""The pages' blueprint; the modules beside it add their views to it."""

from apiflask import APIBlueprint
from flask import Response

bp = APIBlueprint(
    "mobile",
    __name__,
    url_prefix="/m",
    template_folder="templates",
    static_folder="static",
    enable_openapi=False,
)


@bp.after_request
def _keep_private(response: Response) -> Response:
    """Keep what somebody filled in out of caches on a borrowed phone."""
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    return response
