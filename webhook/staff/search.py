"""Search over everything that was said."""

from apiflask import APIBlueprint
from flask import render_template, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import audit
from models.conversation import Conversation
from models.message_search import search_messages
from models.staff import Right
from webhook.current import database
from webhook.staff.access import me, needs
from webhook.staff.masking import names_of

bp = APIBlueprint("search", __name__, url_prefix="/search", enable_openapi=False)


@bp.get("")
@needs(Right.CHAT)
def page() -> str:
    """Return conversations in which the words were said, the newest first."""
    words = request.args.get("q", "").strip()[:100]
    with database().reading() as reading:
        found = search_messages(reading, words, limit=50)
        conversations = {
            one.id: one
            for one in reading.scalars(
                select(Conversation)
                .where(Conversation.id.in_({hit.message.conversation_id for hit in found}))
                .options(joinedload(Conversation.contact))
            )
        }
        names = names_of(reading, [one.contact for one in conversations.values()])
    if words:
        # Not the words themselves: somebody may have typed a person's name.
        with database().unit_of_work() as work:
            audit.record(
                work,
                me.id,
                "conversation.search",
                subject="search",
                subject_id=len(conversations),
                conversations=sorted(conversations),
            )
    return render_template(
        "staff/search.html", words=words, found=found, conversations=conversations, names=names
    )
