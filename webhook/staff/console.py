"""The console's page: its queues, beside the conversation that is open."""

from datetime import timedelta

from apiflask import APIBlueprint
from flask import abort, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.change import last_change
from models.conversation import Conversation, ConversationState
from models.database import utc_now
from models.note import mentions_of, unseen_mentions
from models.queues import count_in_danger, count_in_service, in_service, mine, waiting
from models.staff import Presence, Right, Staff
from webhook.current import catalogue, database, services
from webhook.staff import wording
from webhook.staff.access import me, needs
from webhook.staff.conversation import note_view, shown
from webhook.staff.queue_row import QueueRow, rows_of, rows_with_bot

bp = APIBlueprint("desk", __name__, url_prefix="/desk", enable_openapi=False)

QUEUES = {"waiting": "等待", "mine": "我的", "all": "在接", "bot": "机器人", "mentions": "@我"}
_EMPTY = {
    "waiting": "没有人在等。有人要找人工时，会响一声，并排在这里。",
    "mine": "您手上没有会话。到「等待」里接一个吧。",
    "all": "现在没有人工接待中的会话。",
    "bot": "最近一小时没有人和机器人说话。",
    "mentions": "没有人提到您。同事在备注里写 @您的名字，会列在这里。",
}
_RECENT = timedelta(hours=1)
_SHOWN = 100


@bp.get("")
@bp.get("/<row:conversation_id>")
@needs(Right.CHAT)
def page(conversation_id: int | None = None) -> str:
    """Show the console, with a conversation where the address names one."""
    with database().reading() as reading:
        # Read first: what changes while the page is drawn is then told again, not lost.
        number = last_change(reading)
        opened = shown(reading, conversation_id) if conversation_id else None
        queues = _queue(reading)
    if conversation_id:
        note_view(database(), conversation_id)
    return render_template(
        "staff/desk.html", number=number, opened=opened, presences=wording.PRESENCES, **queues
    )


@bp.get("/queue")
@needs(Right.CHAT)
def queue() -> str:
    """Return the list that is open, with the counts of all."""
    with database().reading() as reading:
        return render_template("staff/queue.html", **_queue(reading))


@bp.post("/presence")
@needs(Right.CHAT)
def presence() -> str:
    """Say whether one takes chats now, and how many at once."""
    with database().unit_of_work() as work:
        staff = work.get_one(Staff, me.id)
        wanted = request.form.get("presence", staff.presence)
        if wanted not in set(Presence):
            abort(422)
        staff.presence = Presence(wanted)
        staff.capacity = min(max(request.form.get("capacity", staff.capacity, type=int), 1), 50)
    return render_template("staff/presence.html", staff=staff, presences=wording.PRESENCES)


def _queue(session: Session) -> dict[str, object]:
    which = request.args.get("queue", "waiting")
    which = which if which in QUEUES else "waiting"
    skill, region = request.args.get("skill", ""), request.args.get("region", "")
    everybody = waiting(session)
    own = mine(session, me.id)
    calendar = services().hours(session)
    mentions = mentions_of(session, me.id, _SHOWN) if which == "mentions" else []
    rows: list[QueueRow] = []
    if which == "waiting":
        asked = everybody
        if skill or region:
            asked = waiting(session, skill=skill or None, region=region or None)
        rows = rows_of(session, asked[:_SHOWN], calendar)
    elif which == "mine":
        rows = rows_of(session, own[:_SHOWN], calendar)
    elif which == "all":
        rows = rows_of(session, in_service(session, _SHOWN), calendar)
    elif which == "bot":
        rows = rows_with_bot(session, _lately_with_bot(session), calendar)
    # What somebody has to do something about; the other counts only tell how many there are.
    calls = {
        "waiting": len(everybody),
        "mine": sum(case.awaiting_since is not None for case in own),
        "all": count_in_danger(session, me.id),
        "mentions": unseen_mentions(session, me.id),
    }
    return {
        "queue": which,
        "queues": QUEUES,
        "counts": {
            "waiting": len(everybody),
            "mine": len(own),
            "all": count_in_service(session),
            "mentions": calls["mentions"],
        },
        "calls": calls,
        "mentions": mentions,
        "mine_ids": [case.conversation_id for case in own],
        "waiting_ids": [case.conversation_id for case in everybody],
        "rows": rows,
        "empty": _EMPTY[which],
        "skill": skill,
        "region": region,
        "skills": sorted({case.skill for case in everybody if case.skill}),
        "regions": sorted({case.region for case in everybody if case.region}),
        "channels": wording.CHANNELS,
        "reasons": wording.REASONS,
        "services": catalogue(),
        "open_id": request.view_args.get("conversation_id") if request.view_args else None,
    }


def _lately_with_bot(session: Session) -> list[int]:
    return list(
        session.scalars(
            select(Conversation.id)
            .where(
                Conversation.state.in_([ConversationState.BOT, ConversationState.RESOLVED]),
                Conversation.last_inbound_at > utc_now() - _RECENT,
            )
            .order_by(Conversation.last_inbound_at.desc())
            .limit(_SHOWN)
        )
    )
