"""The list of what is on offer, and bringing in a file of it."""

from flask import render_template, request
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from models import audit
from models.database import utc_now
from models.intake.fields.place import cities
from models.offering.drafting import COLUMNS, SLOT_COLUMNS
from models.offering.importing import Outcome, UnreadableFileError, bring_in, read_content
from models.offering.kinds import kinds
from models.offering.lines import day_and_time
from models.offering.offering import Offering
from models.offering.seat import TAKEN, SeatState, counts
from models.staff import Right
from webhook.current import database
from webhook.staff.access import me, needs
from webhook.staff.offerings.blueprint import bp

_SHOWN = 200


@bp.get("")
@needs(Right.OFFERINGS)
def page() -> str:
    """List what is on offer, by kind, city and words."""
    return _page()


@bp.post("/import")
@needs(Right.EDIT)
def bring_file() -> str | tuple[str, int]:
    """Store a file of offerings: all of it, or nothing and what to mend by line."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _page(trouble=["请先选一个 CSV 或 YAML 文件。"]), 422
    try:
        drafts, problems = read_content(sent.read(), sent.filename)
        if problems:
            return _page(trouble=[str(one) for one in problems]), 422
        with database().unit_of_work() as work:
            outcomes = bring_in(work, drafts)
            audit.record(
                work, me.id, "offering.import", subject="offering", subject_id=0, count=len(drafts)
            )
    except (UnreadableFileError, ValueError) as error:
        return _page(trouble=[str(error)]), 422
    told = {Outcome.CREATED: "新建", Outcome.UPDATED: "更新", Outcome.UNCHANGED: "没变"}
    done = "，".join(f"{told[one]} {number} 条" for one, number in outcomes.items() if number)
    return _page(done=f"导入好了：{done or '文件里没有内容'}。")


def _page(trouble: list[str] | None = None, done: str = "") -> str:
    kind, city = request.args.get("kind", ""), request.args.get("city", "")
    words, is_closed = request.args.get("q", "")[:60].strip(), "closed" in request.args
    query = select(Offering).options(selectinload(Offering.slots))
    query = query.where(
        Offering.closed_at.is_not(None) if is_closed else Offering.closed_at.is_(None)
    )
    if kind in kinds():
        query = query.where(Offering.kind == kind)
    if city in cities():
        query = query.where(Offering.city == city)
    if words:
        query = query.where(Offering.title.contains(words, autoescape=True))
    with database().reading() as reading:
        found = reading.scalars(query.order_by(Offering.id.desc()).limit(_SHOWN)).all()
        now = utc_now()
        coming = {
            one.id: [s for s in one.slots if s.ends_at > now and s.cancelled_at is None]
            for one in found
        }
        ids = [slot.id for many in coming.values() for slot in many]
        taken, waiting = (
            counts(reading, ids, *TAKEN),
            counts(reading, ids, SeatState.WAITING),
        )
    rows = [
        {
            "offering": one,
            "next": day_and_time(coming[one.id][0]) if coming[one.id] else "",
            "times": len(coming[one.id]),
            "seats": sum(slot.capacity for slot in coming[one.id]),
            "taken": sum(taken.get(slot.id, 0) for slot in coming[one.id]),
            "waiting": sum(waiting.get(slot.id, 0) for slot in coming[one.id]),
        }
        for one in found
    ]
    return render_template(
        "staff/offerings/list.html",
        rows=rows,
        kinds=kinds().values(),
        cities=cities(),
        kind=kind,
        city=city,
        words=words,
        is_closed=is_closed,
        trouble=trouble or [],
        done=done,
        columns=[*COLUMNS.values(), *SLOT_COLUMNS.values()],
    )
