"""Bringing in a document: a file or pasted text, with what is known about it."""

from pathlib import PurePath

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.knowledge.document import DocumentStatus
from models.knowledge.draft import Draft, ImportRefused
from models.knowledge.embedder import EmbedderError
from models.knowledge.importing import bring_in, read_bytes
from models.knowledge.readers import FILE_BYTES, TOO_LARGE
from models.staff import Right
from webhook.current import database, services
from webhook.staff.access import me, needs
from webhook.staff.knowledge.about import about_of

bp = APIBlueprint("importing", __name__, url_prefix="/import", enable_openapi=False)

_PASTED = "粘贴的文字"
# So many characters get their vectors while the editor waits (some 5 s); the worker does others.
_AT_ONCE = 6_000


@bp.get("")
@needs(Right.EDIT)
def page() -> str:
    """Show the form."""
    return _page()


@bp.post("")
@needs(Right.EDIT)
def bring() -> str | Response | tuple[str, int]:
    """Read and keep a document; a file that cannot be used leaves nothing behind."""
    try:
        draft = _draft()
        small = sum(len(piece.text) for piece in draft.pieces) <= _AT_ONCE
        imported = bring_in(
            database(), draft, services().embedder if small else None, by=me.display_name
        )
    except ImportRefused as error:
        return _page(trouble=str(error)), 422
    except EmbedderError:
        imported = bring_in(database(), draft, None, by=me.display_name)
    return redirect(
        url_for(
            "staff.knowledge.documents.show",
            document_id=imported.document_id,
            done=imported.outcome.value,
        ),
        303,
    )


def _draft() -> Draft:
    """Read the form.

    Raises:
        ImportRefused: there is nothing in it to keep, or it cannot be read.
    """
    status = DocumentStatus.DRAFT
    if request.form.get("status") == DocumentStatus.IN_FORCE:
        status = DocumentStatus.IN_FORCE
    file, pasted = request.files.get("file"), request.form.get("text", "")
    if file is not None and file.filename:
        name = PurePath(file.filename).name[:200]
        with file.stream as stream:
            data = stream.read(FILE_BYTES + 1)
        if len(data) > FILE_BYTES:
            raise ImportRefused(f"{name}：{TOO_LARGE}")
        about = about_of(request.form, title=PurePath(name).stem, source=name)
        return read_bytes(data, name, about, status=status)
    if not pasted.strip():
        raise ImportRefused("请选一个文件，或者把正文粘贴进来。")
    if not request.form.get("title", "").strip():
        raise ImportRefused("粘贴的文字没有文件名，请写上标题。")
    about = about_of(request.form, source=_PASTED)
    return read_bytes(pasted.encode("utf-8", "ignore"), _PASTED, about, status=status)


def _page(trouble: str = "") -> str:
    return render_template("staff/knowledge/import.html", given=request.form, trouble=trouble)
