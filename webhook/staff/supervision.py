"""Supervision: how the service is doing, and what is going on right now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apiflask import APIBlueprint
from flask import Response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.conversation import Conversation
from models.database import Database, utc_now
from models.handoff import Handoff, Outcome
from models.queues import in_service, loads, waiting
from models.request_list import count_overdue, counts_by_state
from models.staff import Right, Staff, staff_in_use
from models.supervision import Counted, Figures, Overview, by_bot_alone, cases, overview
from webhook.current import database, services
from webhook.row_id import row_id
from webhook.staff import wording
from webhook.staff.access import needs
from webhook.staff.formats import moment, span
from webhook.staff.masking import names_of
from webhook.staff.queue_row import rows_of
from webhook.staff.sheet import Cell, Sheet, exported

bp = APIBlueprint("supervision", __name__, url_prefix="/overview", enable_openapi=False)

_SPANS = {"today": ("24 小时", 1), "week": ("7 天", 7), "month": ("30 天", 30)}
_BY_BOT = "bot"
_COUNTED = {
    Counted.WAITING: "正在等待",
    Counted.IN_SERVICE: "人工接待中",
    Counted.ALL: "转人工",
    Counted.REPLIED: "回复过",
    Counted.RESOLVED: "已办结",
    Counted.RATED: "有评价",
}
_OUTCOMES = {Outcome.RESOLVED: "办结", Outcome.RETURNED: "转回机器人"}


@dataclass(frozen=True)
class _Span:
    """The period that is looked at; its name stays in every address of the page."""

    name: str
    since: datetime
    until: datetime


@bp.get("")
@needs(Right.SUPERVISE)
def page() -> str:
    """Show figures of a span of time, and who waits and serves now."""
    chosen = _chosen()
    with _database().reading() as reading:
        figures = overview(reading, chosen.since, chosen.until)
        people = [one for one in staff_in_use(reading) if one.may(Right.CHAT)]
        hours = services().hours(reading)
        now_open = rows_of(reading, waiting(reading) + in_service(reading), hours)
        busy = loads(reading)
        requests, overdue = counts_by_state(reading), count_overdue(reading)
    now, by_staff, by_hour = _sheets(figures)
    return render_template(
        "staff/overview.html",
        now=now,
        by_staff=by_staff,
        by_hour=by_hour,
        most=max(told.cases for _, told in figures.by_hour),
        rows=now_open,
        people=people,
        busy=busy,
        requests=[(told, requests.get(one, 0)) for one, told in wording.REQUEST_STATES.items()],
        overdue=overdue,
        span=chosen.name,
        spans={name: told for name, (told, _) in _SPANS.items()},
        presences=wording.PRESENCES,
        reasons=wording.REASONS,
    )


@bp.get("/export")
@needs(Right.SUPERVISE)
def export() -> Response:
    """Return the figures of the page as CSV."""
    chosen = _chosen()
    with _database().reading() as reading:
        figures = overview(reading, chosen.since, chosen.until)
    return exported(f"概况-{_SPANS[chosen.name][0]}", _sheets(figures))


@bp.get("/cases")
@needs(Right.SUPERVISE)
def listed() -> str:
    """Show the list behind a figure."""
    return render_template("staff/cases.html", sheet=_list(), asked=request.args.to_dict())


@bp.get("/cases/export")
@needs(Right.SUPERVISE)
def export_cases() -> Response:
    """Return the list behind a figure as CSV."""
    return exported("会话明细", [_list()])


def _chosen() -> _Span:
    name = request.args.get("span", "today")
    name = name if name in _SPANS else "today"
    now = utc_now()
    return _Span(name, now - timedelta(days=_SPANS[name][1]), now)


def _sheets(figures: Overview) -> tuple[Sheet, Sheet, Sheet]:
    """Return what the page tells: how things stand, by member of staff, by hour."""
    total = figures.total
    rated = f"{total.rating:.1f} 分" if total.rating is not None else "—"
    share = f"{figures.bot_share:.0%}" if figures.bot_share is not None else "—"
    waits = figures.longest_wait
    longest = "没有人在等" if waits is None else f"最久等了 {span(waits)}"
    now = Sheet(
        "概况",
        ("项目", "数值", "说明"),
        [
            _row("正在等待", figures.waiting_now, longest, Counted.WAITING),
            _row("人工接待中", figures.in_service, "现在", Counted.IN_SERVICE),
            _row("转人工", total.cases, "期内", Counted.ALL),
            _row("首次回复", span(total.first_response), "中位数", Counted.REPLIED),
            _row("办结用时", span(total.resolution), "中位数", Counted.RESOLVED),
            _row("评价", rated, f"{total.ratings} 人评价", Counted.RATED),
            [
                Cell("机器人独立答完"),
                Cell(share, {"counted": _BY_BOT}),
                Cell(f"{figures.by_bot} / {figures.conversations} 个会话"),
            ],
        ],
    )
    by_staff = Sheet("按坐席", ("坐席", *_HEAD))
    for one, told in figures.by_staff:
        by_staff.rows.append([Cell(one.display_name), *_cells(told, {"staff": str(one.id)})])
    by_hour = Sheet("按钟点", ("钟点", *_HEAD))
    for hour, told in (row for row in figures.by_hour if row[1].cases):
        by_hour.rows.append([Cell(f"{hour:02d} 点"), *_cells(told, {"hour": str(hour)})])
    return now, by_staff, by_hour


_HEAD = ("接待", "办结", "首次回复", "办结用时", "评价")


def _cells(told: Figures, whose: dict[str, str]) -> list[Cell]:
    rated = f"{told.rating:.1f}（{told.ratings}）" if told.rating is not None else "—"
    return [
        Cell(str(told.cases), {"counted": Counted.ALL, **whose}),
        Cell(str(told.resolved), {"counted": Counted.RESOLVED, **whose}),
        Cell(span(told.first_response), {"counted": Counted.REPLIED, **whose}),
        Cell(span(told.resolution), {"counted": Counted.RESOLVED, **whose}),
        Cell(rated, {"counted": Counted.RATED, **whose}),
    ]


def _row(name: str, value: object, note: str, counted: Counted) -> list[Cell]:
    return [Cell(name), Cell(str(value), {"counted": counted}), Cell(note)]


def _list() -> Sheet:
    """Return the cases or conversations that a figure counts, as its address says."""
    chosen = _chosen()
    counted = request.args.get("counted", Counted.ALL)
    with _database().reading() as reading:
        if counted == _BY_BOT:
            return _by_bot(reading, chosen)
        which = Counted(counted) if counted in set(Counted) else Counted.ALL
        staff_id = request.args.get("staff", type=row_id)
        hour = request.args.get("hour", type=int)
        found = cases(reading, chosen.since, chosen.until, which, staff_id=staff_id, hour=hour)
        names = names_of(reading, [case.conversation.contact for case in found])
        title = f"{_COUNTED[which]} · {_SPANS[chosen.name][0]}"
        if staff_id is not None and (whose := reading.get(Staff, staff_id)) is not None:
            title += f" · {whose.display_name}"
        if hour is not None:
            title += f" · {hour:02d} 点"
        head = ("联系人", "原因", "坐席", "开始", "首次回复", "办结用时", "结果", "评价")
        lines = [_line(case, names[case.conversation.contact_id]) for case in found]
        return Sheet(title, head, lines)


def _line(case: Handoff, name: str) -> list[Cell]:
    ended = _OUTCOMES[case.outcome] if case.outcome else "还在办"
    texts = (
        wording.REASONS[case.reason],
        case.assignee.display_name if case.assignee else "—",
        moment(case.created_at),
        span(case.first_reply_at - case.created_at if case.first_reply_at else None),
        span(case.ended_at - case.created_at if case.ended_at else None),
        ended,
        f"{case.rating} 分" if case.rating is not None else "—",
    )
    opens = {"conversation": str(case.conversation_id)}
    return [Cell(name, opens), *map(Cell, texts)]


def _by_bot(reading: Session, chosen: _Span) -> Sheet:
    found = reading.scalars(
        select(Conversation)
        .where(Conversation.id.in_(by_bot_alone(reading, chosen.since, chosen.until)))
        .order_by(Conversation.last_inbound_at.desc())
        .options(joinedload(Conversation.contact))
    ).all()
    names = names_of(reading, [one.contact for one in found])
    sheet = Sheet(f"机器人独立答完 · {_SPANS[chosen.name][0]}", ("联系人", "渠道", "最近说话"))
    for one in found:
        channel = wording.CHANNELS.get(one.contact.channel, one.contact.channel)
        opens = {"conversation": str(one.id)}
        sheet.rows.append(
            [Cell(names[one.contact_id], opens), Cell(channel), Cell(moment(one.last_inbound_at))]
        )
    return sheet


def _database() -> Database:
    return database()
