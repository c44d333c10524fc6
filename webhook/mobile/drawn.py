"""A section of a sheet as it is drawn, whoever fills it in."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from models.catalogue.service import Service
from models.intake import sheet
from models.intake.form import CONSENT, OpenForm
from models.intake.form.asking import needs_consent
from models.intake.listing import is_listed, listing
from webhook.mobile.inputs import KEEP, OTHER, inputs
from webhook.mobile.sections import asked, sections

_OFFERED = 20
"""How many times or things a page lists for one question."""


def drawn_section(
    session: Session,
    service: Service,
    form: OpenForm | None,
    number: int,
    errors: sheet.Errors,
    known: Mapping[str, Any],
    sent: "MultiDict[str, str] | None",
) -> Mapping[str, Any]:
    """Return what the template of a section is filled with.

    Args:
        session: an open session.
        service: whose section.
        form: the draft so far, if it is begun.
        number: which section, from 1.
        errors: what is wrong, by field name.
        known: what else may be offered, by field name.
        sent: what was just sent, where it is shown again because of an error.
    """
    fields = asked(form, service, number)
    consent = service.consent
    if consent is not None and form is not None and not needs_consent(session, form):
        consent = None
    given = form.answers if form is not None else {}
    offered = {
        one.name: listing(session, one, given, limit=_OFFERED) for one in fields if is_listed(one)
    }
    return {
        "service": service,
        "number": number,
        "count": len(sections(service)),
        "inputs": inputs(fields, form, known, errors, sent, offered),
        "consent": consent,
        "consent_error": errors.get(CONSENT, ""),
        "wrong": bool(errors),
        "KEEP": KEEP,
        "OTHER": OTHER,
    }
