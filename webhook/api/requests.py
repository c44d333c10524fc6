"""``/api/v1/requests``: submit a sheet, see how far it is, correct it, take it back."""

from functools import partial
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Dict, List, Nested, String
from apiflask.validators import Length
from sqlalchemy.orm import Session

from models.catalogue.life import Actor, RequestState
from models.catalogue.service import Service
from models.intake import papers, sheet
from models.intake.answers import type_of
from models.intake.form import OpenForm, told
from models.intake.handing_in import after_submission, hand_in, takes_papers
from models.intake.recorders import recorder_of
from models.intake.request_recorder import RequestRecorder
from models.intake.sheet import Errors
from models.materials import material
from models.materials.upload import Upload, UploadRefusedError
from models.request import Request, find_by_number, requests_of
from models.request_life import Mover, MoveRefusedError, move, possible
from models.request_notice import progress_line, request_name, state_name
from webhook.api.drafts import Answers, filled
from webhook.api.idempotency import Once, once
from webhook.api.materials import MaterialOut, Paper, material_out, prepared_for, refuse_file
from webhook.api.services import sheet_of
from webhook.api.sign_in import auth, me
from webhook.current import catalogue, database, services
from webhook.errors import refuse

bp = APIBlueprint("api_requests", __name__, tag="申请")


class Submission(Answers):
    """A service, with what is still to be filled in; the draft holds the rest."""

    service = String(
        required=True, validate=Length(1, 64), metadata={"example": "gig_registration"}
    )


class Submitted(Schema):
    """What came of submitting or correcting."""

    number = String(metadata={"description": "编号；查询类服务为空"})
    said = String(metadata={"description": "给人看的结果"})
    updated = Boolean(metadata={"description": "是否改了已有的一份"})


class StepOut(Schema):
    """One step of a request."""

    state = String()
    state_name = String()
    at = String(metadata={"format": "date-time"})
    by = String(metadata={"description": "applicant 本人，staff 工作人员"})
    reason = String(allow_none=True)
    field = String(allow_none=True, metadata={"description": "要改的字段"})


class RequestItem(Schema):
    """A request in a list."""

    number = String()
    intake = String(metadata={"description": "一起交的几份共用的总编号"})
    service = String()
    name = String()
    state = String()
    state_name = String()
    since = String(metadata={"format": "date-time"})
    due_at = String(
        allow_none=True, metadata={"format": "date-time", "description": "应在什么时候前办好"}
    )
    overdue = Boolean()
    told = String(metadata={"description": "到哪了，下一步是什么"})
    can_correct = Boolean()
    can_withdraw = Boolean()


class RecordOut(Schema):
    """What is stored at once and needs no decision, such as a registration."""

    service = String()
    name = String()
    told = String()


class RequestItems(Schema):
    """Everything the caller has submitted."""

    items = List(Nested(RequestItem))
    records = List(Nested(RecordOut))


class PaperOut(Schema):
    """A paper of a request, with the files given."""

    name = String()
    label = String()
    required = Boolean(metadata={"description": "没有它批不了"})
    files = List(Nested(MaterialOut))


class RequestOut(RequestItem):
    """A request with its answers, masked, its papers, and every step so far."""

    answers = Dict(keys=String(), values=String())
    materials = List(Nested(PaperOut))
    takes_materials = Boolean(metadata={"description": "现在能不能补交材料"})
    steps = List(Nested(StepOut))


class HandedIn(Schema):
    """A paper that was handed in."""

    material = Nested(MaterialOut)
    resubmitted = Boolean(metadata={"description": "退回补这份材料的，是否已重新提交"})


class Changes(Answers):
    """The answers that change; the others stay."""


@bp.post("/requests")
@bp.auth_required(auth)
@bp.input(Once, location="headers", arg_name="sent")
@bp.input(Submission, arg_name="given")
@bp.output(Submitted, status_code=201)
@bp.doc(
    summary="提交",
    description="提交草稿，或连同答案一起提交。同样的申请只存一份。",
    responses=[400, 401, 404, 409, 413],
)
@once
def submit_request(
    session: Session, contact_id: int, given: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    """Submit the caller's sheet of a service."""
    service = sheet_of(given["service"])
    if not given["answers"] and sheet.begun(session, catalogue(), contact_id, service.code) is None:
        refuse(409, "no_draft", "没有要提交的。可能已经提交过了，请看「我的申请」。")
    form, errors = filled(session, contact_id, service.code, given)
    return _submitted(session, form, errors), 201


@bp.get("/requests")
@bp.auth_required(auth)
@bp.output(RequestItems)
@bp.doc(summary="我的申请", responses=[401])
def list_requests() -> dict[str, Any]:
    """List everything the caller has submitted."""
    with database().reading() as session:
        mine = requests_of(session, me())
        return {
            "items": [_item(session, one) for one in mine if one.service in catalogue()],
            "records": [
                {"service": service.code, "name": service.name, "told": line}
                for service in catalogue().recorded()
                if not isinstance(recorder_of(service), RequestRecorder)
                for line in recorder_of(service).progress(session, me())
            ],
        }


@bp.get("/requests/<number>")
@bp.auth_required(auth)
@bp.output(RequestOut)
@bp.doc(summary="一份申请到哪了", responses=[401, 404])
def show_request(number: str) -> dict[str, Any]:
    """Show one of the caller's requests with its steps."""
    with database().reading() as session:
        return _whole(session, request_of(session, me(), number))


@bp.patch("/requests/<number>")
@bp.auth_required(auth)
@bp.input(Once, location="headers", arg_name="sent")
@bp.input(Changes, arg_name="given")
@bp.output(Submitted)
@bp.doc(
    summary="改一份申请",
    description="还没受理的、退回补正的可以改；改完重新提交，编号不变。",
    responses=[400, 401, 404, 409, 413],
)
@once
def correct_request(
    session: Session, contact_id: int, number: str, given: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    """Change answers of a request and submit it again."""
    request = request_of(session, contact_id, number)
    try:
        sheet.check_correction(session, catalogue(), contact_id, request)
    except MoveRefusedError as error:
        refuse(409, error.code, str(error))
    form, errors = filled(session, contact_id, request.service, given)
    return _submitted(session, form, errors), 200


@bp.delete("/requests/<number>")
@bp.auth_required(auth)
@bp.input(Once, location="headers", arg_name="sent")
@bp.output(RequestOut)
@bp.doc(summary="撤回一份申请", responses=[400, 401, 404, 409])
@once
def withdraw_request(session: Session, contact_id: int, number: str) -> tuple[dict[str, Any], int]:
    """Take a request back; its steps stay to be seen."""
    request = request_of(session, contact_id, number)
    mover = Mover(Actor.APPLICANT, contact_id)
    service = catalogue().service(request.service)
    try:
        move(session, service, request, RequestState.WITHDRAWN, mover)
    except MoveRefusedError as error:
        refuse(409, error.code, str(error))
    return _whole(session, request), 200


def _prepare(number: str, given: dict[str, Any]) -> Upload:
    with database().reading() as session:
        service = catalogue().service(request_of(session, me(), number).service)
    return prepared_for(service, given)


@bp.post("/requests/<number>/materials")
@bp.auth_required(auth)
@bp.input(Once, location="headers", arg_name="sent")
@bp.input(Paper, location="form_and_files", arg_name="given")
@bp.output(HandedIn, status_code=201)
@bp.doc(
    summary="补交材料",
    description="没办出结果之前都能交。因缺这份材料被退回的，交上就重新提交。",
    responses=[400, 401, 404, 413],
)
@partial(once, prepare=_prepare)
def hand_in_material(
    session: Session, contact_id: int, number: str, given: dict[str, Any], prepared: Upload
) -> tuple[dict[str, Any], int]:
    """Take a file for a request that was submitted before."""
    request = request_of(session, contact_id, number)
    service, store = catalogue().service(request.service), services().materials
    try:
        is_back = hand_in(session, store, service, request, given["name"], prepared)
    except UploadRefusedError as error:
        refuse_file(error)
    newest = material.of_intake(session, request.intake)[-1]
    return {"material": material_out(newest), "resubmitted": is_back}, 201


def _submitted(session: Session, form: OpenForm, errors: Errors) -> dict[str, Any]:
    done = errors or sheet.submit(session, form)
    if isinstance(done, dict):
        refuse(422, "invalid", "还有没填对的，请看 fields。", done)
    lacking = after_submission(
        session, form.service, form.draft.contact_id, done.number, on_page=True
    )
    said = [told(form.service, done), *_calling(form.service)]
    return {
        "number": done.number,
        "said": "\n".join([*said, *([lacking.text] if lacking is not None else [])]),
        "updated": done.is_update,
    }


def _calling(service: Service) -> list[str]:
    """Say whom to call where it is urgent: no conversation leads from here to staff."""
    if not service.urgent:
        return []
    office = service.office
    return [f"这里不能转给工作人员。急的话，现在就打 {office.hotline}（{office.who}）。"]


def request_of(session: Session, contact_id: int, number: str) -> Request:
    """Return one of the caller's requests; refuse the call where they have none of this number."""
    found = [one for one in find_by_number(session, contact_id, number) if one.number == number]
    if not found or found[0].service not in catalogue():
        refuse(404, "no_such_request", "没有这份申请。")
    return found[0]


def _item(session: Session, request: Request) -> dict[str, Any]:
    service = catalogue().service(request.service)
    moves = possible(service.life, request.state, Actor.APPLICANT)
    return {
        "number": request.number,
        "intake": request.intake,
        "service": request.service,
        "name": request_name(service, request),
        "state": str(request.state),
        "state_name": state_name(service, request.state),
        "since": request.state_since.isoformat(),
        "due_at": None if request.due_at is None else request.due_at.isoformat(),
        "overdue": request.overdue_at is not None,
        "told": progress_line(service, request),
        "can_correct": sheet.can_correct(session, service, me(), request.intake),
        "can_withdraw": RequestState.WITHDRAWN in moves,
    }


def _whole(session: Session, request: Request) -> dict[str, Any]:
    service = catalogue().service(request.service)
    given = [one for one in service.fields if request.answers.get(one.name) is not None]
    return {
        **_item(session, request),
        "answers": {one.name: type_of(one).show(request.answers[one.name]) for one in given},
        "takes_materials": takes_papers(request),
        "materials": [
            {
                "name": paper.name,
                "label": paper.label,
                "required": paper.required,
                "files": [material_out(file) for file in files],
            }
            for paper, files in papers.of_request(session, service, request)
        ],
        "steps": [
            {
                "state": str(event.state),
                "state_name": state_name(service, event.state),
                "at": event.at.isoformat(),
                "by": "applicant" if event.actor is Actor.APPLICANT else "staff",
                "reason": event.reason,
                "field": event.field,
            }
            for event in request.events
        ],
    }
