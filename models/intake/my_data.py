"""A person's own data in their own hands: see it masked, see how far things are, erase it."""

from sqlalchemy.orm import Session

from models import passing_value
from models.catalogue.life import RequestState
from models.catalogue.loader import Catalogue
from models.contact import same_person
from models.draft import active_draft, drafts_of
from models.intake.anonymity import receipt
from models.intake.form import CONFIRM, CONSENT, OpenForm
from models.intake.gig_wish import progress_lines
from models.intake.handing_in import lacks, ways_to_hand_in
from models.intake.recorders import recorder_of
from models.intake.second_yes import second_yes
from models.intake.wording import phrase, title
from models.materials import material
from models.number import number_in
from models.person.erasure import erase_person
from models.person.own_page import link_for
from models.private_value import has_values, open_all
from models.query_code import codes_in
from models.reply import Choice, Reply
from models.request import Request, find_by_code, find_by_number, requests_of
from models.request_notice import progress_line

ERASE = "确认删除我的信息"


def held(session: Session, catalogue: Catalogue, contact_id: int) -> Reply:
    """Show what is stored of this person, masked, with the way to erase it."""
    lines: list[str] = []
    for service in catalogue.recorded():
        lines += recorder_of(service).held(session, contact_id)
    for form in _forms(session, catalogue, contact_id):
        given = [f"{f.label} {form.shown(f)}" for f in form.fields if form.answer(f) is not None]
        if given:
            lines.append(phrase("my_data_draft", service=form.service.name) + "，".join(given))
    if not lines and not any(has_values(session, one) for one in same_person(session, contact_id)):
        return Reply(phrase("my_data_none"), (Choice(title("export"), title("export")),))
    can_change = _can_change(session, catalogue, contact_id)
    change = phrase("my_data_change" if can_change else "my_data_fixed")
    foot = [change, phrase("my_data_foot")] if lines else [phrase("my_data_foot")]
    text = "\n".join([phrase("my_data_head"), *lines, *foot])
    ways = (title("export"), title("erase"))
    return Reply(text, tuple(Choice(way, way) for way in ways))


def export(session: Session, contact_id: int, address: str) -> Reply:
    """Give a link to the page with everything that is kept of this person, unmasked.

    Args:
        session: the open unit of work.
        contact_id: who asks.
        address: of the page, without the secret that opens it.
    """
    return Reply(phrase("export_link", link=link_for(session, contact_id, address)))


def ask_to_erase(session: Session, catalogue: Catalogue, contact_id: int) -> Reply:
    """Ask once more before anything is deleted."""
    has_more = _has_anything(session, catalogue, contact_id)
    asked = phrase("erase_ask") if has_more else phrase("erase_ask_words")
    return Reply(asked, second_yes(title("erase_confirm"), ERASE, title("erase_keep")))


def erase(session: Session, catalogue: Catalogue, contact_id: int) -> Reply:
    """Delete everything of this person, but for what the law keeps: that is told."""
    had_anything = _has_anything(session, catalogue, contact_id)
    kept = erase_person(session, catalogue, same_person(session, contact_id))
    said = [phrase("erased") if had_anything else phrase("erased_words_only")]
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
    lines += progress_lines(session, contact_id)
    forms = _forms(session, catalogue, contact_id)
    lines += [_state(form) for form in forms]
    if not lines:
        return None
    if forms:
        choices.append(Choice(title("resume"), "/resume"))
    if lacks(session, catalogue, contact_id):
        handing_in = ways_to_hand_in(session, catalogue, contact_id)
        lines.append(handing_in.text)
        choices += handing_in.choices
    return Reply("\n".join(lines), tuple(choices))


def _asked_for(session: Session, catalogue: Catalogue, contact_id: int, text: str) -> Reply | None:
    """Tell of the requests whose number or query code was named. None when none was."""
    number, opened = number_in(text), open_all(session, contact_id, text)
    found: list[Request] = []
    if number is not None:
        applied = progress_lines(session, contact_id, number)
        if applied:
            return Reply("\n".join(applied))
        found = find_by_number(session, contact_id, number)
    elif codes_in(opened):
        one = find_by_code(session, opened)
        found = [] if one is None else [one]
    elif passing_value.TOKEN.search(text):
        return Reply(phrase("code_again"))
    elif passing_value.CODE_KIND in text:
        return Reply(phrase("code_wanted"))
    else:
        return None
    told = "\n".join(
        progress_line(catalogue.service(one.service), one)
        for one in found
        if one.service in catalogue
    )
    if not told:
        return Reply(phrase("request_none"))
    # What a code opens is shown to who typed it, and not kept in their talk.
    return Reply(told if number is not None else receipt(session, contact_id, told))


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


def _can_change(session: Session, catalogue: Catalogue, contact_id: int) -> bool:
    """Whether 「改一下…」 finds anything: an open form, or a record that may still be changed."""
    return active_draft(session, contact_id) is not None or any(
        recorder_of(one).latest(session, contact_id) is not None for one in catalogue.recorded()
    )


def _has_anything(session: Session, catalogue: Catalogue, contact_id: int) -> bool:
    return (
        any(has_values(session, one) for one in same_person(session, contact_id))
        or bool(drafts_of(session, contact_id))
        or bool(material.loose(session, contact_id))
        or any(recorder_of(one).held(session, contact_id) for one in catalogue.recorded())
    )
