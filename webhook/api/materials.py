"""``/api/v1/materials``: photos and PDFs that go with a sheet, for their owner's eyes only."""

from functools import partial
from typing import Any, NoReturn

from apiflask import APIBlueprint, FileSchema, Schema
from apiflask.fields import File, Integer, List, Nested, String
from apiflask.validators import Length
from flask import Response
from sqlalchemy.orm import Session

from models.catalogue.service import Service
from models.intake import papers
from models.intake.handing_in import take_back
from models.materials import material
from models.materials.material import Material
from models.materials.upload import Upload, UploadRefusedError
from models.request import Request
from webhook.api.idempotency import Once, once
from webhook.api.services import service_of
from webhook.api.sign_in import auth, me
from webhook.current import database, services
from webhook.errors import refuse

bp = APIBlueprint("api_materials", __name__, tag="材料")


class Given(Schema):
    """A file, and what it is for."""

    service = String(
        required=True, validate=Length(1, 64), metadata={"example": "startup_subsidies"}
    )
    name = String(required=True, validate=Length(1, 48), metadata={"example": "id_card"})
    file = File(required=True, metadata={"description": "照片或 PDF，最多 10 MB"})


class MaterialOut(Schema):
    """A file that was taken."""

    key = String()
    service = String()
    name = String()
    kind = String(metadata={"description": "jpeg、png 或 pdf"})
    bytes = Integer()


class Paper(Schema):
    """A file for a request, and which of its papers it is."""

    name = String(required=True, validate=Length(1, 48), metadata={"example": "id_card"})
    file = File(required=True, metadata={"description": "照片或 PDF，最多 10 MB"})


class MaterialItems(Schema):
    """The files that wait for their request."""

    items = List(Nested(MaterialOut))


class Gone(Schema):
    """The file is not kept any more."""

    key = String()


def _prepare(given: dict[str, Any]) -> Upload:
    return prepared_for(service_of(given["service"]), given)


def prepared_for(service: Service, given: dict[str, Any]) -> Upload:
    """Clean the file and let it be scanned, while no transaction is open."""
    content, scanner = given["file"].read(), services().settings.scan_command
    try:
        return papers.prepare(service, given["name"], content, scanner=scanner)
    except KeyError:
        refuse(422, "no_such_material", "这个服务不收这种材料。", {"name": "没有这一项"})
    except UploadRefusedError as error:
        refuse_file(error)


@bp.post("/materials")
@bp.auth_required(auth)
@bp.input(Once, location="headers", arg_name="sent")
@bp.input(Given, location="form_and_files", arg_name="given")
@bp.output(MaterialOut, status_code=201)
@bp.doc(
    summary="上传材料",
    description="先同意服务的说明（草稿里 consent: true），再传。提交时一起带走。",
    responses=[400, 401, 404, 413],
)
@partial(once, prepare=_prepare)
def upload_material(
    session: Session, contact_id: int, given: dict[str, Any], prepared: Upload
) -> tuple[dict[str, Any], int]:
    """Take a file for a service that is being filled in."""
    service, store = service_of(given["service"]), services().materials
    try:
        taken = papers.take(session, store, service, contact_id, given["name"], prepared)
    except UploadRefusedError as error:
        refuse_file(error)
    return material_out(taken), 201


@bp.get("/materials")
@bp.auth_required(auth)
@bp.output(MaterialItems)
@bp.doc(summary="传了还没提交的材料", responses=[401])
def list_materials() -> dict[str, Any]:
    """List the caller's files that belong to no request yet."""
    with database().reading() as session:
        return {"items": [material_out(one) for one in material.loose(session, me())]}


@bp.get("/materials/<key>")
@bp.auth_required(auth)
@bp.output(FileSchema(type="string", format="binary"), content_type="application/octet-stream")
@bp.doc(
    summary="看自己的材料",
    responses=[401, 404],
)
def show_material(key: str) -> Response:
    """Return one of the caller's files."""
    with database().reading() as session:
        mine = _material_of(session, me(), key)
    return file_response(mine)


@bp.delete("/materials/<key>")
@bp.auth_required(auth)
@bp.input(Once, location="headers", arg_name="sent")
@bp.output(Gone)
@bp.doc(
    summary="删一个材料",
    description="已随申请提交的，工作人员还没受理时可以删。",
    responses=[400, 401, 404, 409],
)
@once
def drop_material(session: Session, contact_id: int, key: str) -> tuple[dict[str, Any], int]:
    """Forget a file, unless staff work with the request it belongs to."""
    mine = _material_of(session, contact_id, key)
    if mine.request_id is None:
        material.remove(session, mine)
        return {"key": key}, 200
    whose = session.get_one(Request, mine.request_id)
    try:
        take_back(session, service_of(whose.service), whose, mine)
    except UploadRefusedError as error:
        refuse(409, error.code, error.told)
    return {"key": key}, 200


def file_response(mine: Material) -> Response:
    """Return a file to its owner, kept out of every cache."""
    try:
        content = services().materials.content(mine.key)
    except FileNotFoundError:
        refuse(404, "no_such_material", "没有这个文件。")
    answer = Response(content, mimetype=mine.media_type)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def refuse_file(error: UploadRefusedError) -> NoReturn:
    """Refuse a file for the reason that its sender is to read."""
    refuse(422, error.code, error.told, {"file": error.told})


def _material_of(session: Session, contact_id: int, key: str) -> Material:
    mine = material.find(session, key, contact_id)
    if mine is None:
        refuse(404, "no_such_material", "没有这个文件。")
    return mine


def material_out(one: Material) -> dict[str, Any]:
    """Return what a client is told of a file."""
    return {name: getattr(one, name) for name in ("key", "service", "name", "kind", "bytes")}
