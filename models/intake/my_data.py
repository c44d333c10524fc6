"""A person's own data in their own hands: see it masked, see how far things are, erase it."""

from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue
from models.contact import Consent
from models.conversation import Conversation
from models.database import utc_now
from models.delivery import Delivery
from models.draft import discard_draft, drafts_of
from models.intake.form import CONFIRM, CONSENT, OpenForm
from models.intake.recorders import RECORDERS
from models.intake.wording import phrase, title
from models.message import forget_words
from models.private_value import erase_values, has_values
from models.received_media import erase_media
from models.reply import Choice, Reply

ERASE = "确认删除我的信息"
_CHINA = ZoneInfo("Asia/Shanghai")


def held(session: Session, catalogue: Catalogue, contact_id: int) -> Reply:
    """Show what is stored of this person, masked, with the way to erase it."""
    lines: list[str] = []
    for service in catalogue:
        lines += RECORDERS[service.record].held(session, contact_id)
    for form in _forms(session, catalogue, contact_id):
        given = [f"{f.label} {form.shown(f)}" for f in form.service.fields if form.answer(f)]
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
    return Reply(
        phrase("erase_ask"),
        (Choice(title("erase_confirm"), ERASE), Choice(title("erase_keep"), "/deny")),
    )


def erase(session: Session, catalogue: Catalogue, contact_id: int) -> Reply:
    """Delete records, drafts, private values and what was said to forms; withdraw consents."""
    if not _has_anything(session, catalogue, contact_id):
        return Reply(phrase("erase_nothing"))
    for service in catalogue:
        RECORDERS[service.record].erase(session, contact_id)
    for draft in drafts_of(session, contact_id):
        discard_draft(session, draft)
    erase_values(session, contact_id)
    erase_media(session, contact_id)
    _forget_words(session, contact_id)
    _withdraw_consents(session, contact_id)
    return Reply(phrase("erased"))


def progress(session: Session, catalogue: Catalogue, contact_id: int) -> Reply | None:
    """Tell how far this person's requests are. None when there are none."""
    lines = []
    for service in catalogue:
        recorded = RECORDERS[service.record].latest(session, contact_id)
        if recorded is not None:
            day = recorded.at.astimezone(_CHINA)
            lines.append(
                phrase(
                    "recorded",
                    service=service.name,
                    number=recorded.number,
                    day=f"{day.year}年{day.month}月{day.day}日",
                )
            )
    forms = _forms(session, catalogue, contact_id)
    lines += [_state(form) for form in forms]
    if not lines:
        return None
    return Reply("\n".join(lines), (Choice(title("resume"), "/resume"),) if forms else ())


def _state(form: OpenForm) -> str:
    name = form.service.name
    if form.open_question == CONSENT:
        return phrase("draft_at_consent", service=name)
    if form.open_question == CONFIRM:
        return phrase("draft_at_confirm", service=name)
    position = form.service.position(form.open_question)
    total = len(form.service.fields)
    return phrase("draft_state", service=name, position=position, total=total)


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
        or any(RECORDERS[s.record].latest(session, contact_id) for s in catalogue)
    )


def _forget_words(session: Session, contact_id: int) -> None:
    """Blank what was said while forms were filled, in the history and on its way out."""
    instead = phrase("erased_words")
    replies = forget_words(session, contact_id, instead)
    session.execute(
        update(Delivery)
        .where(Delivery.message_id.in_(replies))
        .values(text=instead)
        .execution_options(synchronize_session=False)
    )


def conversation_keys(session: Session, contact_id: int) -> list[str]:
    """Return the keys under which Rasa keeps trackers of this person.

    Trackers hold tokens and free words and are deleted by whoever can reach Rasa's store after
    an erasure; those nobody deletes expire there after 48 hours.
    """
    return list(
        session.scalars(select(Conversation.key).where(Conversation.contact_id == contact_id))
    )


def _withdraw_consents(session: Session, contact_id: int) -> None:
    session.execute(
        update(Consent)
        .where(Consent.contact_id == contact_id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=utc_now())
        .execution_options(synchronize_session=False)
    )
