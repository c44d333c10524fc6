"""The person beside the talk: values for a reason, tags, notes, one person of two doors."""

from apiflask import APIBlueprint
from flask import abort, render_template, request
from sqlalchemy.orm import Session

from models import audit
from models.audit import must_give_reason
from models.change import ChangeKind, note_change
from models.contact import Contact, add_tag, merge, remove_tag, same_person, unmerge
from models.conversation import Conversation
from models.note import add_note
from models.private_value import PrivateValue
from models.staff import Right, Staff
from webhook.current import database
from webhook.row_id import row_id
from webhook.staff.access import me, needs
from webhook.staff.conversation import shown

bp = APIBlueprint(
    "card", __name__, url_prefix="/conversations/<row:conversation_id>", enable_openapi=False
)


@bp.errorhandler(ValueError)
def _refused(error: ValueError) -> tuple[str, int]:
    """Tell what is wrong with what was typed; `models` words it for people."""
    return str(error), 422


@bp.post("/values/<row:value_id>/reveal")
@needs(Right.CHAT)
def reveal(conversation_id: int, value_id: int) -> str:
    """Show one personal value in the clear; who, what and why go on the record first."""
    reason = must_give_reason(request.form.get("reason", ""))
    with database().unit_of_work() as work:
        conversation = work.get(Conversation, conversation_id)
        value = work.get(PrivateValue, value_id)
        if conversation is None or value is None:
            abort(404)
        if value.contact_id not in same_person(work, conversation.contact_id):
            abort(404)
        audit.record(
            work,
            me.id,
            "value.reveal",
            subject="contact",
            subject_id=value.contact_id,
            reason=reason,
            kind=value.kind,
            value=value.id,
            conversation=conversation_id,
        )
    return render_template("staff/revealed.html", value=value)


@bp.post("/tags")
@needs(Right.CHAT)
def tag(conversation_id: int) -> str:
    """Put a tag on the contact, or take one off."""
    with database().unit_of_work() as work:
        contact_id = work.get_one(Conversation, conversation_id).contact_id
        if request.form.get("off"):
            remove_tag(work, contact_id, request.form["off"])
        else:
            add_tag(work, contact_id, request.form.get("tag", ""))
        note_change(work, conversation_id, ChangeKind.CONTACT, staff_id=me.id)
    return _panel(conversation_id)


@bp.post("/notes")
@needs(Right.CHAT)
def note(conversation_id: int) -> str:
    """Write a note for colleagues; ``@name`` calls one."""
    with database().unit_of_work() as work:
        position = work.get_one(Conversation, conversation_id).last_position
        add_note(
            work,
            conversation_id,
            work.get_one(Staff, me.id),
            request.form.get("text", ""),
            position,
        )
    return _panel(conversation_id)


@bp.post("/merge")
@needs(Right.CHAT)
def merge_contact(conversation_id: int) -> str:
    """Say that the contact of another conversation is the same person as this one."""
    with database().unit_of_work() as work:
        other = work.get(Conversation, request.form.get("other", 0, type=row_id))
        if other is None:
            raise ValueError("没有这个编号的会话，请再核对一下。")
        into = work.get_one(Contact, work.get_one(Conversation, conversation_id).contact_id)
        contact = work.get_one(Contact, other.contact_id)
        merge(work, contact, into)
        audit.record(
            work, me.id, "contact.merge", subject="contact", subject_id=contact.id, into=into.id
        )
        _note_people(work, conversation_id, other.id)
    return _talk(conversation_id)


@bp.post("/unmerge")
@needs(Right.CHAT)
def unmerge_contact(conversation_id: int) -> str:
    """Say that the contact of another conversation is somebody else after all."""
    with database().unit_of_work() as work:
        here = work.get_one(Contact, work.get_one(Conversation, conversation_id).contact_id)
        other = work.get(Conversation, request.form.get("other", 0, type=row_id))
        if other is None or other.contact_id not in same_person(work, here.id):
            raise ValueError("这两个会话不在一个人名下，请刷新看看。")
        # The one that was joined to the other leaves; where this one was, this one does.
        there = work.get_one(Contact, other.contact_id)
        leaving = there if there.merged_into_id is not None else here
        unmerge(work, leaving)
        audit.record(work, me.id, "contact.unmerge", subject="contact", subject_id=leaving.id)
        _note_people(work, conversation_id, other.id)
    return _talk(conversation_id)


def _note_people(work: Session, *conversation_ids: int) -> None:
    """Tell every screen that it is another person's history now."""
    for one in conversation_ids:
        note_change(work, one, ChangeKind.CONTACT, staff_id=me.id, what="people")


def _talk(conversation_id: int) -> str:
    """Return the whole conversation: what was said at the other door belongs to it, or no more."""
    with database().reading() as reading:
        return render_template("staff/conversation.html", opened=shown(reading, conversation_id))


def _panel(conversation_id: int) -> str:
    with database().reading() as reading:
        return render_template("staff/panel.html", opened=shown(reading, conversation_id))
