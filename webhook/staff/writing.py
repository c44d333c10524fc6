"""Writing to a person: sending, sending again, canned replies, quotations, the typing sign."""

from apiflask import APIBlueprint
from flask import render_template, request

from models.canned_reply import fill, find_canned, out_of_date
from models.database import utc_now
from models.handoff import HandoffError
from models.office_hours import spoken_time
from models.staff import Right
from webhook import typing_sign
from webhook.current import database, desk, knowledge, services
from webhook.staff.access import me, needs
from webhook.staff.conversation import lines, shown
from webhook.staff.formats import CHINA

bp = APIBlueprint(
    "writing", __name__, url_prefix="/conversations/<row:conversation_id>", enable_openapi=False
)

_LONGEST = 2000
_HITS = 6


@bp.errorhandler(HandoffError)
def _not_now(error: HandoffError) -> tuple[str, int]:
    return str(error), 409


@bp.post("/say")
@needs(Right.CHAT)
def say(conversation_id: int) -> str | tuple[str, int]:
    """Send a message; answer with what is new since the line the screen has last."""
    text = request.form.get("text", "").strip()
    if not text:
        return "还没有写内容。", 422
    if len(text) > _LONGEST:
        return f"一条最多 {_LONGEST} 个字，请分几条发。", 422
    desk().say(conversation_id, me.id, text)
    typing_sign.hide(conversation_id)
    return lines(conversation_id)


@bp.post("/lines/<row:message_id>/retry")
@needs(Right.CHAT)
def retry(conversation_id: int, message_id: int) -> tuple[str, int]:
    """Send what failed once more."""
    desk().retry(conversation_id, me.id, message_id)
    return "", 204


@bp.post("/typing")
@needs(Right.CHAT)
def typing(conversation_id: int) -> tuple[str, int]:
    """Tell the person and colleagues that one is writing here."""
    typing_sign.show(conversation_id, me.id)
    return "", 204


@bp.get("/canned")
@needs(Right.CHAT)
def canned(conversation_id: int) -> str:
    """Return canned replies for what was typed behind the slash, with their places filled."""
    now = utc_now()
    with database().reading() as reading:
        opened = shown(reading, conversation_id)
        found = find_canned(reading, request.args.get("start", ""))
        late = out_of_date(reading, found)
        region = opened.case.region if opened.case else None
        office = services().hours(reading).office_for(region)
    brief = opened.brief
    values = {
        "坐席": me.display_name,
        "今天": f"{now.astimezone(CHINA):%Y年%-m月%-d日}",
        "上班时间": spoken_time(office.opens_next(now)),
        "事项": brief.form.service if brief and brief.form else "",
        "编号": brief.requests[-1].split()[-1] if brief and brief.requests else "",
    }
    return render_template(
        "staff/canned.html", found=[(one, fill(one.text, values)) for one in found], late=late
    )


@bp.get("/policy")
@needs(Right.CHAT)
def policy(conversation_id: int) -> str:
    """Search the policy text, to quote from it."""
    question = request.args.get("q", "").strip()[:200]
    hits = knowledge().search(question, _HITS) if question else []
    return render_template("staff/policy.html", question=question, hits=hits)
