"""Moves of a conversation: claim, release, transfer, invite, resolve, give back, block."""

from apiflask import APIBlueprint
from flask import Response, make_response, render_template, request
from sqlalchemy.orm import Session

from models import audit, handoff
from models.change import ChangeKind, note_change
from models.contact import Contact, block, unblock
from models.conversation import Conversation
from models.database import Database
from models.handoff import HandoffError
from models.staff import Right, Staff
from webhook.current import database, desk
from webhook.row_id import row_id
from webhook.staff.access import me, needs
from webhook.staff.conversation import shown

bp = APIBlueprint(
    "moves", __name__, url_prefix="/conversations/<row:conversation_id>", enable_openapi=False
)


@bp.errorhandler(HandoffError)
def _not_now(error: HandoffError) -> tuple[str, int]:
    """Tell why a move is not possible now: as a rule, a colleague was quicker."""
    return str(error), 409


@bp.post("/claim")
@needs(Right.CHAT)
def claim(conversation_id: int) -> Response:
    """Take the conversation; the list beside it becomes one's own."""
    with _database().unit_of_work() as work:
        handoff.claim(work, conversation_id, _myself(work))
    answer = make_response(_again(conversation_id))
    answer.headers["HX-Trigger"] = "claimed"
    return answer


@bp.post("/release")
@needs(Right.CHAT)
def release(conversation_id: int) -> str:
    """Put it back into the queue."""
    with _database().unit_of_work() as work:
        handoff.release(work, conversation_id, _myself(work))
    return _again(conversation_id)


@bp.post("/transfer")
@needs(Right.CHAT)
def transfer(conversation_id: int) -> str:
    """Give it to a colleague, or into the queue of a skill or region."""
    colleague = request.form.get("to", type=row_id)
    with _database().unit_of_work() as work:
        handoff.transfer(
            work,
            conversation_id,
            _myself(work),
            to=work.get(Staff, colleague) if colleague else None,
            skill=request.form.get("skill") or None,
            region=request.form.get("region") or None,
            note=request.form.get("note", "").strip(),
        )
    return _again(conversation_id)


@bp.post("/invite")
@needs(Right.CHAT)
def invite(conversation_id: int) -> str:
    """Ask a colleague to join."""
    with _database().unit_of_work() as work:
        guest = work.get(Staff, request.form.get("to", 0, type=row_id))
        if guest is None:
            raise HandoffError("请选择要邀请的同事。")
        handoff.invite(work, conversation_id, _myself(work), guest)
    return _again(conversation_id)


@bp.post("/leave")
@needs(Right.CHAT)
def leave(conversation_id: int) -> str:
    """Stop helping in a colleague's conversation."""
    with _database().unit_of_work() as work:
        handoff.leave(work, conversation_id, _myself(work))
    return _again(conversation_id)


@bp.post("/resolve")
@needs(Right.CHAT)
def resolve(conversation_id: int) -> str:
    """End the case; the person is asked how it was."""
    desk().resolve(conversation_id, me.id)
    return _again(conversation_id)


@bp.post("/return")
@needs(Right.CHAT)
def give_back(conversation_id: int) -> str:
    """Give it back to the assistant."""
    with _database().unit_of_work() as work:
        handoff.return_to_bot(work, conversation_id, _myself(work))
    return _again(conversation_id)


@bp.post("/block")
@needs(Right.CHAT)
def block_contact(conversation_id: int) -> str:
    """Keep this contact from reaching staff, or let them again; both are on the record."""
    with _database().unit_of_work() as work:
        conversation = work.get_one(Conversation, conversation_id)
        contact = work.get_one(Contact, conversation.contact_id)
        is_blocked = contact.blocked_at is not None
        (unblock if is_blocked else block)(contact)
        audit.record(
            work,
            me.id,
            "contact.unblock" if is_blocked else "contact.block",
            subject="contact",
            subject_id=contact.id,
            reason=request.form.get("reason", "").strip(),
        )
        note_change(work, conversation_id, ChangeKind.CONTACT, staff_id=me.id)
    # Whom staff block leaves the queue now, not when the background next looks.
    desk().put_right()
    return _again(conversation_id)


def _database() -> Database:
    return database()


def _myself(session: Session) -> Staff:
    return session.get_one(Staff, me.id)


def _again(conversation_id: int) -> str:
    """Return the conversation as it is after the move."""
    with _database().reading() as reading:
        return render_template("staff/conversation.html", opened=shown(reading, conversation_id))
