"""Messages without words: events, pictures, places. What they mean, and what is said to them."""

from sqlalchemy.orm import Session

from models import handoff, notice_grant, push_queue
from models.around import around
from models.catalogue.loader import load_catalogue
from models.contact import Contact
from models.conversation import Conversation, ConversationState
from models.database import utc_now
from models.draft import Draft, active_draft
from models.intake import papers
from models.intake.handing_in import count_given, lacks, still_lacking, ways_to_hand_in
from models.message import ALLOWED, SWITCHED_OFF, Message, last_outbound
from models.received_media import keep_media, media_of
from models.reply import Reply
from webhook import wording

_SILENCE = Reply("")
_KEPT = frozenset(wording.KEPT_FOR_FORM)
_ASK_AGAIN = "/repeat"


def take_note(
    session: Session, conversation: Conversation, contact: Contact, message: Message
) -> None:
    """Keep what a message changes, whoever has the word: following, receipts, WeChat's own desk."""
    details = message.details or {}
    event = details.get("event")
    if event == "unsubscribe":
        contact.unsubscribed_at = contact.unsubscribed_at or utc_now()
    elif message.kind != "event" or details.get("touch"):
        contact.unsubscribed_at = None
    if details.get("receipts"):
        push_queue.settle_receipts(session, details["receipts"])
    for template_id, answer in details.get("notices", {}).items():
        if answer == ALLOWED:
            notice_grant.give(session, contact.id, template_id)
        elif answer == SWITCHED_OFF:
            notice_grant.revoke(session, contact.id, template_id)
    if event in ("kf_create_session", "kf_switch_session"):
        if not conversation.state.is_with_staff:
            conversation.state = ConversationState.OPEN
            conversation.kf_account = details.get("kf_account")
        elif conversation.kf_account is not None:
            conversation.kf_account = details.get("kf_account")
    elif event == "kf_close_session" and conversation.kf_account is not None:
        conversation.kf_account = None
        if handoff.current(session, conversation.id) is None:
            conversation.state = ConversationState.BOT


def answer(
    session: Session, conversation: Conversation, contact: Contact, message: Message
) -> Reply | None:
    """Return what is said to a message without words; None where the assistant is to be asked."""
    if meaning(session, message):
        return None
    details = message.details or {}
    if message.kind == "event":
        return {
            "subscribe": wording.WELCOME,
            "scancode_waitmsg": wording.NOT_OUR_CODE,
            # An old poster's code, an entry of a menu that is no longer ours.
            "scan": wording.WELCOME,
            "click": wording.WELCOME,
        }.get(details.get("event", ""), _SILENCE)
    if message.kind == "location" and "place" in details:
        place = details["place"]
        if place is None:
            return wording.FAR
        near = around(session, place)
        told = wording.NEAR.text.format(place=place, near=f"{near}\n" if near else "")
        return Reply(told, wording.NEAR.choices)
    handed_in = _keep_for_request(session, contact, message)
    if handed_in is not None:
        return handed_in
    text = wording.UNSUPPORTED.get(message.kind, wording.UNKNOWN_KIND)
    return Reply(text, (wording.PERSON,))


def meaning(session: Session, message: Message) -> str:
    """Return what the assistant gets for a message without words; empty where nothing.

    A tapped entry or a scanned code is the choice it stands for. While a form is open, a place
    is typed for the person, and a picture is kept for the form, whose question is asked again.
    """
    details = message.details or {}
    if details.get("payload"):
        return str(details["payload"])
    if not (details.get("place") or (message.kind in _KEPT and details.get("media"))):
        return ""
    contact_id = session.get_one(Conversation, message.conversation_id).contact_id
    draft = active_draft(session, contact_id)
    if draft is None:
        return ""
    if details.get("place"):
        return str(details["place"])
    _keep_for_form(session, draft, message)
    return _ASK_AGAIN


def _keep_for_form(session: Session, draft: Draft, message: Message) -> None:
    """Note a picture as the next material the open form wants, where it may be kept."""
    catalogue = load_catalogue()
    if draft.service not in catalogue or media_of(session, message.id) is not None:
        return
    service = catalogue.service(draft.service)
    wanted = papers.next_wanted(session, service, draft.contact_id, draft.answers)
    if wanted is not None and papers.may_take(session, service, draft.contact_id):
        keep_media(
            session,
            draft.contact_id,
            message.id,
            service=service.code,
            name=wanted.name,
            kind=message.kind,
            media_id=(message.details or {})["media"],
        )


def _keep_for_request(session: Session, contact: Contact, message: Message) -> Reply | None:
    """Note a picture as the next paper that a request lacks; None where none lacks any.

    On our own pages a picture is for staff to see: papers are uploaded on the request's page.
    """
    if message.kind not in _KEPT or media_of(session, message.id) is not None:
        return None
    catalogue = load_catalogue()
    found = lacks(session, catalogue, contact.id)
    media_id = (message.details or {}).get("media")
    if not found:
        return None
    if not media_id:
        return _shown_to_staff(session, message, contact.id)
    lack, wanted = found[0], found[0].papers[0]
    keep_media(
        session,
        contact.id,
        message.id,
        service=lack.service.code,
        name=wanted.name,
        kind=message.kind,
        media_id=media_id,
        request_id=lack.request.id,
    )
    count = count_given(session, lack)
    said = wording.KEPT_FOR_REQUEST.format(
        count=count, service=lack.name, number=lack.request.number, material=wanted.label
    )
    # Told with the first; every photo behind it gets one line.
    how = f"\n{wording.CHANGE_PAPERS}" if count == 1 else ""
    if not lacks(session, catalogue, contact.id):
        return Reply(f"{said}\n{wording.ALL_PAPERS_HERE}{how}")
    return Reply(f"{said}{still_lacking(session, catalogue, contact.id).text}{how}")


def _shown_to_staff(session: Session, message: Message, contact_id: int) -> Reply:
    """Say that a picture in the talk is no paper, and once how papers are handed in."""
    catalogue = load_catalogue()
    whole = ways_to_hand_in(session, catalogue, contact_id)
    last = last_outbound(session, message.conversation_id)
    was_told = last is not None and set(whole.choices) <= set(last.reply.choices)
    told = still_lacking(session, catalogue, contact_id) if was_told else whole
    return Reply(f"{wording.SHOWN_TO_STAFF}\n{told.text}", told.choices)


def preface(session: Session, message: Message) -> str:
    """Return what stands before the assistant's answer to a message that was not typed."""
    details = message.details or {}
    if details.get("event") == "subscribe" and details.get("payload"):
        return wording.WELCOME_SCANNED
    if message.kind not in _KEPT or not details.get("media"):
        return ""
    contact_id = session.get_one(Conversation, message.conversation_id).contact_id
    draft = active_draft(session, contact_id)
    catalogue = load_catalogue()
    if draft is None or draft.service not in catalogue:
        return ""
    service = catalogue.service(draft.service)
    kept = media_of(session, message.id)
    if kept is not None:
        label = next(one.label for one in papers.every(service) if one.name == kept.name)
        return wording.KEPT_FOR_FORM[message.kind].format(service=service.name, material=label)
    is_wanted = papers.next_wanted(session, service, contact_id, draft.answers) is not None
    told = wording.CONSENT_FIRST if is_wanted else wording.NO_PICTURES_HERE
    return told.format(service=service.name)
