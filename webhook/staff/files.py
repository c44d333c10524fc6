"""Pictures and PDFs in a talk: staff send them, and see what was sent."""

from apiflask import APIBlueprint
from flask import Response, abort, current_app, request

from models import attachment
from models.contact import same_person
from models.conversation import Conversation
from models.database import Database
from models.handoff import HandoffError
from models.materials.scan import scan
from models.materials.upload import UploadRefusedError, clean
from models.staff import Right
from webhook.attached import shown_file
from webhook.desk import Desk
from webhook.services import Services
from webhook.staff.access import me, needs
from webhook.staff.conversation import lines

bp = APIBlueprint(
    "files", __name__, url_prefix="/conversations/<row:conversation_id>/files", enable_openapi=False
)


@bp.errorhandler(HandoffError)
def _not_now(error: HandoffError) -> tuple[str, int]:
    return str(error), 409


@bp.errorhandler(UploadRefusedError)
def _not_taken(error: UploadRefusedError) -> tuple[str, int]:
    return error.told, 422


@bp.post("")
@needs(Right.CHAT)
def send(conversation_id: int) -> str | tuple[str, int]:
    """Send a file; answer with what is new since the line the screen has last."""
    given = request.files.get("file")
    if given is None:
        return "请选择一个文件。", 422
    services: Services = current_app.extensions["services"]
    # Cleaned, scanned and kept before anything is locked: a large picture takes a moment.
    upload = clean(given.read())
    scan(upload.content, services.settings.scan_command)
    key = services.materials.keep(upload.content)
    desk: Desk = current_app.extensions["desk"]
    desk.show(conversation_id, me.id, key, upload, given.filename or "")
    return lines(conversation_id)


@bp.get("/<key>")
@needs(Right.CHAT)
def show(conversation_id: int, key: str) -> Response:
    """Return a file that was sent to the person of this conversation, by whatever door."""
    database: Database = current_app.extensions["database"]
    with database.reading() as reading:
        conversation = reading.get(Conversation, conversation_id) or abort(404)
        people = same_person(reading, conversation.contact_id)
        found = attachment.find(reading, key, people) or abort(404)
    services: Services = current_app.extensions["services"]
    return shown_file(services.materials, found)
