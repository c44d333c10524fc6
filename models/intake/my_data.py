"""A person's own data in their own hands: see it masked, see how far things are, erase it."""

import re

from sqlalchemy import update
from sqlalchemy.orm import Session

from models import attachment, idempotency
from models.catalogue.life import RequestState
from models.catalogue.loader import Catalogue
from models.contact import Consent
from models.database import utc_now
from models.delivery import Delivery
from models.draft import discard_draft, drafts_of
from models.intake.form import CONFIRM, CONSENT, OpenForm
from models.intake.recorders import recorder_of
from models.intake.second_yes import second_yes
from models.intake.wording import phrase, title
from models.knowledge.gaps import forget_gaps
from models.materials import material
from models.message import forget_words
from models.notification import forget_notices
from models.private_value import erase_values, has_values
from models.received_media import erase_media
from models.reply import Choice, Reply
from models.request import Request, find_by_code, find_by_number, requests_of
from models.request_notice import progress_line
from models.understanding import forget_unclear

ERASE = "确认删除我的信息"
_NUMBER = re.compile(r"[A-Z]{2}\d{6}-\d{5}(?:-\d)?", re.IGNORECASE)
_CODE = re.compile(r"(?<![0-9A-Z])[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}(?![0-9A-Z])", re.IGNORECASE)


def held(session: Session, catalogue: Catalogue, contact_id: int) -> Reply:
    """Show what is stored of this person, masked, with the way to erase it."""
    lines: list[str] = []
    for service in catalogue.recorded():
        lines += recorder_of(service).held(session, contact_id)
    for form in _forms(session, catalogue, contact_id):
        given = [f"{f.label} {form.shown(f)}" for f in form.fields if form.answer(f) is not None]
        if given:
            lines.append(phrase("my_data_draft", service=form.service.name) + "，".join(given))
    if not lines and not has_values(session, contact_id):
        return Reply(phrase("my_data_none"))
    text = "\n".join([phrase("my_data_head"), *lines, phrase("my_data_foot")])
    return Reply(text, (Choice(title("erase"), title("erase")),))


def ask_to_erase(session: Session, catalogue: Catalogue, contact_id: int) -> Reply:
    """Ask once more before anything is deleted."""
    if not _has_anything(session, catalogue, contact_id):
        return Reply(phrase("erase_nothing"))
    ways = second_yes(title("erase_confirm"), ERASE, title("erase_keep"))
    return Reply(phrase("erase_ask"), ways)


def erase(session: Session, catalogue: Catalogue, contact_id: int) -> Reply:
    """Delete records, drafts, private values and what was said to forms; withdraw consents.

    Also of somebody without any of these: what was not understood is theirs too.
    """
    had_anything = _has_anything(session, catalogue, contact_id)
    kept: list[str] = []
    for service in catalogue.recorded():
        kept += recorder_of(service).erase(session, contact_id)
    for draft in drafts_of(session, contact_id):
        discard_draft(session, draft)
    staying = [one.id for number in kept for one in find_by_number(session, contact_id, number)]
    material.erase(session, contact_id, keep_requests=staying)
    attachment.erase(session, contact_id)
    idempotency.forget(session, contact_id)
    erase_values(session, contact_id)
    erase_media(session, contact_id)
    _forget_words(session, contact_id)
    forget_unclear(session, contact_id)
    forget_gaps(session, contact_id)
    _withdraw_consents(session, contact_id)
    said = [phrase("erased" if had_anything else "erase_nothing")]
    if kept:
        said.append(phrase("erase_kept", numbers="、".join(kept)))
    return Reply("\n".join(said))


def progress(
    session: Session, catalogue: Catalogue, contact_id: int, text: str = ""
) -> Reply | None:
    """Tell how far this person's requests are. None when there are none.

    Args:
        session: an open session.
        catalogue: the services.
        contact_id: who asks.
        text: what was asked; a number or a query code in it is looked for alone.
    """
    asked = _asked_for(session, catalogue, contact_id, text)
    if asked is not None:
        return asked
    lines: list[str] = []
    choices: list[Choice] = []
    for service in catalogue.recorded():
        recorder = recorder_of(service)
        lines += recorder.progress(session, contact_id)
        mine = requests_of(session, contact_id, service.code)
        if any(one.state is RequestState.RETURNED for one in mine):
            choices.append(Choice(title("correct_request"), f"/{service.start_intent}"))
    forms = _forms(session, catalogue, contact_id)
    lines += [_state(form) for form in forms]
    if not lines:
        return None
    if forms:
        choices.append(Choice(title("resume"), "/resume"))
    return Reply("\n".join(lines), tuple(choices))


def number_in(text: str) -> str | None:
    """Return the request number that a text names, if it does."""
    match = _NUMBER.search(text)
    return None if match is None else match[0].upper()


def _asked_for(session: Session, catalogue: Catalogue, contact_id: int, text: str) -> Reply | None:
    """Tell of the requests whose number or query code was named. None when none was."""
    number, code = number_in(text), _CODE.search(text)
    found: list[Request] = []
    if number is not None:
        found = find_by_number(session, contact_id, number)
    elif code is not None:
        one = find_by_code(session, code[0])
        found = [] if one is None else [one]
    else:
        return None
    lines = [
        progress_line(catalogue.service(one.service), one)
        for one in found
        if one.service in catalogue
    ]
    return Reply("\n".join(lines) or phrase("request_none"))


def _state(form: OpenForm) -> str:
    name = form.service.name
    if form.open_question == CONSENT:
        return phrase("draft_at_consent", service=name)
    if form.open_question == CONFIRM:
        return phrase("draft_at_confirm", service=name)
    position = form.position(form.open_question)
    return phrase("draft_state", service=name, position=position, total=form.total)


def _forms(session: Session, catalogue: Catalogue, contact_id: int) -> list[OpenForm]:
    return [
        OpenForm(draft, catalogue.service(draft.service))
        for draft in drafts_of(session, contact_id)
        if draft.service in catalogue
    ]


def _has_anything(session: Session, catalogue: Catalogue, contact_id: int) -> bool:
    return (
        has_values(session, contact_id)
        or bool(drafts_of(session, contact_id))
        or bool(material.loose(session, contact_id))
        or any(recorder_of(one).held(session, contact_id) for one in catalogue.recorded())
    )


def _forget_words(session: Session, contact_id: int) -> None:
    """Blank what was said while forms were filled, in the history and on its way out."""
    instead = phrase("erased_words")
    replies = forget_words(session, contact_id, instead)
    forget_notices(session, contact_id, instead)
    session.execute(
        update(Delivery)
        .where(Delivery.message_id.in_(replies))
        .values(text=instead)
        .execution_options(synchronize_session=False)
    )


def _withdraw_consents(session: Session, contact_id: int) -> None:
    session.execute(
        update(Consent)
        .where(Consent.contact_id == contact_id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=utc_now())
        .execution_options(synchronize_session=False)
    )
