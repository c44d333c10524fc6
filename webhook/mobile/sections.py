"""A sheet in short sections, so that a page is short and needs no JavaScript.

A question that hangs on an answer is never in the same section as the question it hangs on.
"""

from models.catalogue.service import Service, ServiceField
from models.intake.form import OpenForm
from models.intake.listing import is_listed

_MOST = 4


def sections(service: Service) -> list[list[ServiceField]]:
    """Return the fields of a service, a few at a time."""
    found: list[list[ServiceField]] = [[]]
    for field in service.fields:
        here = {one.name for one in found[-1]}
        if here & _hangs_on(field) or len(here) >= _MOST:
            found.append([])
        found[-1].append(field)
    return found


def _hangs_on(field: ServiceField) -> set[str]:
    """Return the fields whose answers decide whether a field is asked, or what it offers."""
    asked_if = set(field.ask_if.fields()) if field.ask_if is not None else set()
    offered = {field.options.get("topic"), field.options.get("place")} if is_listed(field) else ()
    return asked_if | {name for name in offered if name}


def asked(form: OpenForm | None, service: Service, number: int) -> list[ServiceField]:
    """Return the fields of a section (from 1) that are asked, given the answers so far."""
    names = {one.name for one in (form.fields if form is not None else service.applicable({}))}
    return [one for one in sections(service)[number - 1] if one.name in names]


def following(form: OpenForm, number: int) -> int | None:
    """Return the number of the next section with a question in it; None after the last."""
    last = len(sections(form.service))
    return next((n for n in range(number + 1, last + 1) if asked(form, form.service, n)), None)


def section_of(service: Service, name: str) -> int:
    """Return the number of the section a field is in; the first where there is no such field."""
    for number, fields in enumerate(sections(service), 1):
        if name in {one.name for one in fields}:
            return number
    return 1
