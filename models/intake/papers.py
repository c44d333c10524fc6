"""The materials of a service being filled in: which are wanted, and taking one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.service import Material as Wanted
from models.catalogue.service import Service
from models.contact import has_consented
from models.intake.precheck import eligible_parts
from models.intake.wording import phrase
from models.materials import material
from models.materials.material import Material
from models.materials.scan import scan
from models.materials.store import MaterialStore
from models.materials.upload import Upload, UploadRefusedError, clean
from models.received_media import waiting_for
from models.request import Request


def every(service: Service) -> list[Wanted]:
    """Return each material that a service may want, its parts' too; one of a name once."""
    told = [*service.materials, *(one for part in service.parts for one in part.materials)]
    return list({one.name: one for one in reversed(told)}.values())[::-1]


def labels(service: Service) -> dict[str, str]:
    """Return what each field and material of a service is called, by its name."""
    told = {one.name: one.label for one in every(service)}
    return told | {one.name: one.label for one in service.fields}


def wanted(service: Service, answers: Mapping[str, Any]) -> list[Wanted]:
    """Return the materials that belong to a request with these answers."""
    parts = eligible_parts(service, answers)
    names = {one.name for one in service.materials}
    names |= {one.name for part in parts for one in part.materials}
    return [one for one in every(service) if one.name in names and one.applies(answers)]


def of_request(
    session: Session, service: Service, request: Request
) -> list[tuple[Wanted, list[Material]]]:
    """Return the papers of a request with the files given; those of its bundle's others are not.

    A paper that is not wanted any more stays as long as there is a file of it.
    """
    files = material.of_intake(session, request.intake)
    own = {one.name for one in service.materials}
    own |= {
        one.name for part in service.parts if part.code == request.part for one in part.materials
    }
    given = [
        (one, [file for file in files if file.name == one.name])
        for one in every(service)
        if one.name in own
    ]
    return [(one, mine) for one, mine in given if mine or one.applies(request.answers)]


def missing(session: Session, service: Service, request: Request) -> list[Wanted]:
    """Return the papers that a request cannot be granted without and that are not here."""
    given = of_request(session, service, request)
    return [one for one, mine in given if one.required and not mine]


def next_wanted(
    session: Session, service: Service, contact_id: int, answers: Mapping[str, Any]
) -> Wanted | None:
    """Return the material that a picture is most likely to be: the first one without a file.

    Where each has one, the first that takes more; None where the service wants no (more) files.
    """
    have = [one.name for one in material.loose(session, contact_id, service.code)]
    have += waiting_for(session, contact_id, service.code)
    open_ones = [one for one in wanted(service, answers) if have.count(one.name) < one.most]
    without = [one for one in open_ones if one.name not in have]
    return next(iter(without or open_ones), None)


def may_take(session: Session, service: Service, contact_id: int) -> bool:
    """Whether the person has said yes to what the service keeps; files come under the same yes."""
    consent = service.consent
    return consent is not None and has_consented(session, contact_id, service.code, consent.wording)


def prepare(service: Service, name: str, content: bytes, *, scanner: str = "") -> Upload:
    """Return a clean copy of a photo or PDF for a service, which the scanner has passed.

    It may take seconds: no transaction should be open meanwhile.

    Args:
        service: what it is for.
        name: which of the service's materials it is.
        content: the file as it came.
        scanner: the virus scanner's command, if there is one.

    Raises:
        KeyError: the service has no such material.
        UploadRefusedError: it is not taken; `told` says why.
    """
    upload = clean(content, _named(service, name).types)
    scan(upload.content, scanner)
    return upload


def take(
    session: Session,
    store: MaterialStore,
    service: Service,
    contact_id: int,
    name: str,
    upload: Upload,
    *,
    request: Request | None = None,
) -> Material:
    """Take a prepared file for a service, under the consent its answers are given under.

    Args:
        session: the open unit of work.
        store: where the file goes.
        service: what it is for.
        contact_id: whose it is.
        name: which of the service's materials it is.
        upload: what `prepare` returned.
        request: the submitted one it is for, if it is for one (`models.intake.handing_in`).

    Raises:
        KeyError: the service has no such material.
        UploadRefusedError: it is not taken; `told` says why.
    """
    one = _named(service, name)
    if not may_take(session, service, contact_id):
        raise UploadRefusedError("consent", phrase("sheet_consent"))
    return material.receive(
        session,
        store,
        upload,
        contact_id=contact_id,
        service=service.code,
        name=name,
        most=one.most,
        request=request,
    )


def _named(service: Service, name: str) -> Wanted:
    return {one.name: one for one in every(service)}[name]
