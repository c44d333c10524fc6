"""An attachment as an HTTP answer, for whoever may see it."""

from urllib.parse import quote

from flask import Response, abort

from models.attachment import Attachment
from models.materials.store import MaterialStore


def shown_file(store: MaterialStore, found: Attachment) -> Response:
    """Return a file for a browser to show; 404 where the store has forgotten it."""
    try:
        content = store.content(found.key)
    except FileNotFoundError:
        abort(404)
    answer = Response(content, mimetype=found.media_type)
    answer.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(found.title)}"
    return answer
