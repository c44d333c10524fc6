"""``/api/v1/services``: what there is to ask for, and each sheet as JSON schema."""

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Dict, Integer, List, Nested, String

from models.catalogue.service import Service
from models.intake import papers
from models.intake.listing import is_listed, listing
from webhook.api.sheet_schema import schema_of
from webhook.current import catalogue, database
from webhook.errors import refuse

_OFFERED = 50

bp = APIBlueprint("api_services", __name__, tag="服务")


class OfficeOut(Schema):
    """Where to go or call."""

    who = String()
    hotline = String()


class ServiceItem(Schema):
    """A service in a list."""

    code = String(metadata={"description": "服务代码"})
    name = String()
    kind = String(metadata={"description": "request 办理，search 查询，guide 指南"})
    clauses = List(String(), metadata={"description": "方案里的条款"})
    audience = String(metadata={"description": "给谁办"})
    office = Nested(OfficeOut)
    open = Boolean(metadata={"description": "现在是否受理"})


class ServiceItems(Schema):
    """Every service in force."""

    items = List(Nested(ServiceItem))


class WantedOut(Schema):
    """A material that a request may need."""

    name = String()
    label = String()
    types = List(String())
    most = Integer(metadata={"description": "最多几个文件"})
    required = Boolean()


class ConsentOut(Schema):
    """What a person says yes to before anything is stored."""

    stores = String()
    purpose = String()
    erase = String()


class ServiceOut(ServiceItem):
    """One service with its sheet."""

    region = String()
    consent = Nested(ConsentOut, allow_none=True)
    form = Dict(
        keys=String(),
        allow_none=True,
        metadata={"description": "答案的 JSON schema，x-ui 里是怎么画；指南没有"},
    )
    materials = List(Nested(WantedOut))
    guide = Dict(keys=String(), allow_none=True, metadata={"description": "指南的步骤"})


@bp.get("/services")
@bp.output(ServiceItems)
@bp.doc(summary="有哪些服务")
def list_services() -> dict[str, Any]:
    """List every service; open to everybody."""
    return {"items": [_item(one) for one in catalogue()]}


@bp.get("/services/<code>")
@bp.output(ServiceOut)
@bp.doc(
    summary="一个服务", description="要填什么（JSON schema）、要带什么、找谁。", responses=[404]
)
def show_service(code: str) -> dict[str, Any]:
    """Show one service; open to everybody."""
    service = service_of(code)
    guide = service.guide
    with database().reading() as session:
        offered = {
            one.name: listing(session, one, {}, limit=_OFFERED)
            for one in service.fields
            if is_listed(one)
        }
    return {
        **_item(service),
        "region": service.region,
        "consent": service.consent.model_dump() if service.consent else None,
        "form": schema_of(service, offered) if service.fields else None,
        "materials": [one.model_dump() for one in papers.every(service)],
        "guide": guide.model_dump() if guide else None,
    }


def service_of(code: str) -> Service:
    """Return a service; refuse the call where there is none of this code."""
    if code not in catalogue():
        refuse(404, "no_such_service", "没有这个服务。")
    return catalogue().service(code)


def sheet_of(code: str) -> Service:
    """Return a service that has a sheet; refuse the call where it has none."""
    service = service_of(code)
    if service.record is None:
        refuse(409, "nothing_to_fill", "这个服务只有指南，没有要填的。")
    return service


def _item(service: Service) -> dict[str, Any]:
    return {
        "code": service.code,
        "name": service.name,
        "kind": str(service.kind),
        "clauses": list(service.clauses),
        "audience": service.audience,
        "office": service.office.model_dump(),
        "open": service.is_open(),
    }
