"""``/api/v1/drafts``: a sheet half filled in, the same one that chat and page show."""

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Dict, List, Nested, Raw, String
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from models.draft import drafts_of, give_up
from models.intake import precheck, sheet
from models.intake.fields.many_choices import NONE
from models.intake.form import OpenForm
from models.intake.form.asking import needs_consent
from webhook.api.idempotency import Once, once
from webhook.api.services import service_of, sheet_of
from webhook.api.sign_in import auth, me
from webhook.current import catalogue, database
from webhook.errors import refuse

bp = APIBlueprint("api_drafts", __name__, tag="草稿")


def _is_answer(value: Any) -> None:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return
    if value is not None and not isinstance(value, (str, bool, int)):
        raise ValidationError("一个答案是一句话、几个选项、是或否、或一个数。")


class Answers(Schema):
    """What is written into a sheet."""

    answers = Dict(
        keys=String(),
        values=Raw(
            allow_none=True,
            validate=_is_answer,
            metadata={
                "anyOf": [
                    {"type": "string"},
                    {"type": "boolean"},
                    {"type": "integer"},
                    {"type": "array", "items": {"type": "string"}},
                    {"type": "null"},
                ]
            },
        ),
        load_default=dict,
        metadata={
            "description": "字段名到答案；没写的不变，null 收回，「不改」保留原来的",
            "example": {"name": "王芳", "place": "沈阳铁西"},
        },
    )
    consent = Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "本人是否同意记下这些信息；同意过就不用再带"},
    )


class DraftItem(Schema):
    """A sheet as far as it is filled in. Private answers are masked."""

    service = String()
    answers = Dict(keys=String(), values=String(allow_none=True))
    asked = List(String(), metadata={"description": "按现在的答案，要填的字段，按顺序"})
    missing = Dict(keys=String(), values=String(), metadata={"description": "还差什么"})
    consented = Boolean()
    check = String(metadata={"description": "初步判断，可为空"})
    updated_at = String(metadata={"format": "date-time"})


class DraftOut(DraftItem):
    """A sheet with what was wrong in what has just been written."""

    errors = Dict(keys=String(), values=String(), metadata={"description": "刚才写的哪里不对"})


class DraftItems(Schema):
    """Every sheet begun and not finished."""

    items = List(Nested(DraftItem))


class Done(Schema):
    """Nothing more to say."""

    done = Boolean()


@bp.get("/drafts")
@bp.auth_required(auth)
@bp.output(DraftItems)
@bp.doc(summary="没填完的", responses=[401])
def list_drafts() -> dict[str, Any]:
    """List the caller's drafts."""
    with database().reading() as session:
        mine = [one for one in drafts_of(session, me()) if one.service in catalogue()]
        forms = [OpenForm(one, catalogue().service(one.service)) for one in mine]
        return {"items": [draft_out(session, form) for form in forms]}


@bp.get("/drafts/<code>")
@bp.auth_required(auth)
@bp.output(DraftOut)
@bp.doc(summary="看一份草稿", responses=[401, 404, 409])
def show_draft(code: str) -> dict[str, Any]:
    """Show the caller's draft of a service, begun at any door."""
    sheet_of(code)
    with database().reading() as session:
        form = sheet.begun(session, catalogue(), me(), code)
        if form is None:
            refuse(404, "no_draft", "这个服务没有没填完的草稿。")
        return draft_out(session, form)


@bp.put("/drafts/<code>")
@bp.auth_required(auth)
@bp.input(Once, location="headers", arg_name="sent")
@bp.input(Answers, arg_name="given")
@bp.output(DraftOut)
@bp.doc(
    summary="填草稿",
    description="对的存下，不对的在 errors 里说明。第一次要带 consent: true。",
    responses=[400, 401, 404, 409, 413],
)
@once
def fill_draft(
    session: Session, contact_id: int, code: str, given: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    """Fill the caller's draft of a service; begin it where there is none."""
    form, errors = filled(session, contact_id, code, given)
    return draft_out(session, form, errors), 200


@bp.delete("/drafts/<code>")
@bp.auth_required(auth)
@bp.input(Once, location="headers", arg_name="sent")
@bp.output(Done)
@bp.doc(summary="不填了", responses=[400, 401, 404])
@once
def drop_draft(session: Session, contact_id: int, code: str) -> tuple[dict[str, Any], int]:
    """Forget the caller's draft of a service and its files. There may be none."""
    service_of(code)
    for draft in drafts_of(session, contact_id):
        if draft.service == code:
            give_up(session, draft)
    return {"done": True}, 200


def filled(
    session: Session, contact_id: int, code: str, given: Mapping[str, Any]
) -> tuple[OpenForm, sheet.Errors]:
    """Fill a sheet with what was sent; refuse the call where it cannot be begun."""
    service = sheet_of(code)
    unknown = given["answers"].keys() - {one.name for one in service.fields}
    if unknown:
        refuse(422, "no_such_field", "有这个服务没有的字段。", dict.fromkeys(unknown, "没有这一项"))
    texts = {name: _as_text(value) for name, value in given["answers"].items()}
    form, errors = sheet.fill(
        session, catalogue(), contact_id, code, texts, agreed=given["consent"]
    )
    if form is None:
        refuse(409, "cannot_begin", errors[sheet.SERVICE])
    if "consent" in errors:
        refuse(422, "consent_needed", errors["consent"], errors)
    return form, errors


def draft_out(
    session: Session, form: OpenForm, errors: sheet.Errors | None = None
) -> dict[str, Any]:
    """Return a form as clients see it."""
    session.flush()
    given = [field for field in form.fields if field.name in form.answers]
    return {
        "service": form.service.code,
        "answers": {
            one.name: None if form.answer(one) is None else form.shown(one) for one in given
        },
        "asked": [field.name for field in form.fields],
        "missing": sheet.missing(session, form),
        "errors": errors or {},
        "consented": not needs_consent(session, form),
        "check": precheck.at_summary(form.service, form.answers),
        "updated_at": form.draft.updated_at.isoformat(),
    }


def _as_text(value: Any) -> str | None:
    """Return an answer as a person would have written it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "是" if value else "不是"
    if isinstance(value, list):
        return "、".join(value) if value else NONE
    return str(value)
