"""A service filled in as a sheet: many answers at once, each with its own error.

It is the same draft, the same field types, consent, pre-check and recorder as the talk of
``models.intake.form``, so what was begun in chat is finished on a page and the other way round.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue
from models.catalogue.service import Service, ServiceField
from models.contact import hold
from models.draft import drafts_of
from models.intake import precheck
from models.intake.answers import error_of, type_of
from models.intake.fields.base import Partly, Said, Taken
from models.intake.form import CONSENT, OpenForm, hand_in, take_up
from models.intake.form.answering import fill as write
from models.intake.form.asking import ask_on, needs_consent
from models.intake.form.submitting import agree_to_store
from models.intake.recorders import Recorded, recorder_of, shared_answers
from models.intake.wording import phrase, title
from models.request import Request
from models.request_life import MoveRefusedError

Errors = dict[str, str]
"""What is wrong, by field name; ``consent`` and ``service`` stand for the sheet itself."""

SERVICE = "service"


def begun(session: Session, catalogue: Catalogue, contact_id: int, code: str) -> OpenForm | None:
    """Return this person's unfinished form of a service, begun at any door; changes nothing."""
    service = catalogue.service(code)
    mine = (one for one in drafts_of(session, contact_id) if one.service == code)
    return next((OpenForm(draft, service) for draft in mine), None)


def known(
    session: Session, catalogue: Catalogue, contact_id: int, service: Service
) -> dict[str, Any]:
    """Return the answers a new sheet can offer: those stored, and those given to shared fields."""
    if service.record is None:
        return {}
    recorder = recorder_of(service)
    shared = shared_answers(session, catalogue, contact_id, service)
    if recorder.latest(session, contact_id) is None:
        return shared
    return {**shared, **recorder.answers(session, contact_id)}


def closed_to(session: Session, service: Service, contact_id: int) -> str | None:
    """Return why this person cannot begin the service now; None where they can."""
    if not service.is_open():
        return precheck.closed(service)
    return recorder_of(service).in_hand(session, contact_id)


def can_correct(session: Session, service: Service, contact_id: int, intake: str) -> bool:
    """Whether this person can change what they submitted under this number now."""
    if service.record is None:
        return False
    newest = recorder_of(service).latest(session, contact_id)
    return newest is not None and newest.number == intake


def check_correction(
    session: Session, catalogue: Catalogue, contact_id: int, request: Request
) -> None:
    """See that the sheet of this service, filled in next, changes this very request.

    Raises:
        MoveRefusedError: it cannot be changed now, or another sheet of the service is begun.
    """
    service = catalogue.service(request.service)
    if not can_correct(session, service, contact_id, request.intake):
        raise MoveRefusedError("not_possible", phrase("sheet_not_changeable"))
    form = begun(session, catalogue, contact_id, service.code)
    if form is not None and form.replaces != request.intake:
        raise MoveRefusedError("other_draft", phrase("sheet_other_draft"))


def fill(
    session: Session,
    catalogue: Catalogue,
    contact_id: int,
    code: str,
    texts: Mapping[str, str | None],
    *,
    agreed: bool = False,
) -> tuple[OpenForm | None, Errors]:
    """Take the answers of a sheet into the draft, as far as they are right.

    A blank takes an answer back; of a private field, which is never shown in full, it leaves the
    answer as it was, and None takes it back. 「不改」 keeps what is offered.

    Args:
        session: the open unit of work.
        catalogue: the services in force.
        contact_id: whose sheet.
        code: the service.
        texts: what was written, by field name; other fields stay as they are.
        agreed: whether the yes to what is stored came with it.

    Returns:
        The form, and what is wrong by field name. Without consent, or where the service cannot
        be begun, nothing is stored and there may be no form.

    Raises:
        KeyError: there is no such service.
    """
    hold(session, contact_id)
    service = catalogue.service(code)
    form = begun(session, catalogue, contact_id, code)
    if form is None:
        why = closed_to(session, service, contact_id)
        if why is not None:
            return None, {SERVICE: why}
    form = take_up(session, catalogue, contact_id, code)
    if agreed:
        agree_to_store(session, form)
    readings, errors, gone = _read_all(form, texts)
    if needs_consent(session, form):
        return form, {CONSENT: phrase("sheet_consent"), **errors}
    form.draft.answers = {k: v for k, v in form.draft.answers.items() if k not in gone}
    write(form, readings)
    ask_on(session, form)
    return form, {name: why for name, why in errors.items() if name in _names(form)}


def missing(session: Session, form: OpenForm) -> Errors:
    """Return what has to be filled in before the form can be submitted."""
    if needs_consent(session, form):
        return {CONSENT: phrase("sheet_consent")}
    return {
        field.name: phrase("sheet_missing", label=field.label)
        for field in form.fields
        if field.required and field.name not in form.answers
    }


def submit(session: Session, form: OpenForm) -> Recorded | Errors:
    """Store a filled form; returns what was stored, or what stands in its way.

    Whoever calls has filled or looked at the form in the same unit of work, alone with the person
    (`models.contact.hold`).
    """
    errors = missing(session, form)
    if errors:
        return errors
    # What is not required and was left blank is skipped.
    for field in form.service.fields:
        if field.name not in form.answers and field.applies(form.answers):
            form.draft.answers = {**form.draft.answers, field.name: None}
    done = hand_in(session, form)
    if isinstance(done, Recorded):
        return done
    names = [name for name in done.fields if name in _names(form)]
    return dict.fromkeys(names or [SERVICE], done.text)


def _read_all(
    form: OpenForm, texts: Mapping[str, str | None]
) -> tuple[dict[str, Taken | Partly], Errors, set[str]]:
    """Return the right answers, what is wrong with others, and the names of those to forget."""
    readings: dict[str, Taken | Partly] = {}
    errors: Errors = {}
    gone: set[str] = set()
    for field in form.service.fields:
        if field.name not in texts:
            continue
        text = _clean(texts[field.name])
        if text:
            reading = _read(form, field, text)
            if isinstance(reading, Taken):
                readings[field.name] = reading
                continue
            errors[field.name] = reading
            gone.add(field.name)
        elif texts[field.name] is None or not field.private:
            gone.add(field.name)
    return readings, errors, gone


def _read(form: OpenForm, field: ServiceField, text: str) -> Taken | str:
    """Read one answer; what is shown, or is said to stay, stays. Returns it, or what is wrong."""
    kind, offered = type_of(field), form.offered(field)
    if offered is not None and text in (title("keep"), kind.show(offered)):
        return Taken(offered)
    if len(text) > kind.longest:
        return phrase("sheet_long", label=field.label, max=kind.longest, count=len(text))
    reading = kind.read(Said(text))
    if isinstance(reading, Taken):
        return reading
    return reading.ask if isinstance(reading, Partly) else error_of(field, reading)


def _clean(text: str | None) -> str:
    """Drop what no person types: control characters and halves of characters."""
    return "".join(
        c for c in text or "" if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs")
    ).strip()


def _names(form: OpenForm) -> set[str]:
    return {field.name for field in form.fields}
