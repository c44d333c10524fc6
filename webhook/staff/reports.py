"""月报: a month against the plan's targets, what is behind each number, and the month's trail."""

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint
from flask import abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.intake.fields.place import cities
from models.report import (
    MEASURES,
    Month,
    Report,
    TrailError,
    build_report,
    correct,
    lock,
    rows_behind,
    submit,
    trail_of,
)
from models.report.build import NOWHERE, from_json
from models.report.hiding import FEW, HIDDEN
from models.report.targets import load_targets
from models.report.trail import Deed, ReportVersion, supplements_of
from models.staff import Right, Staff
from webhook.current import catalogue, database
from webhook.spreadsheet import csv_of, xlsx_of
from webhook.staff.access import me, needs

bp = APIBlueprint("reports", __name__, url_prefix="/reports", enable_openapi=False)

_FILES = {
    "csv": (csv_of, "text/csv; charset=utf-8"),
    "xlsx": (xlsx_of, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_DEEDS = {Deed.SUBMIT: "填报", Deed.LOCK: "锁定", Deed.CORRECT: "更正"}
_SHOWN = 500
_DIGITS = 9


@bp.get("")
@needs(Right.SUPERVISE)
def page() -> str:
    """Show a month."""
    return _page(_month(), _city())


@bp.get("/rows")
@needs(Right.SUPERVISE)
def rows() -> str:
    """Show what is behind a number, unless it is hidden."""
    month, city = _month(), _place(request.args.get("city"))
    measure = MEASURES.get(request.args.get("measure", ""))
    if measure is None:
        abort(404)
    service = request.args.get("service") or None
    with database().reading() as reading:
        report = _live(reading, month, None if service is None else city)
        if (city == NOWHERE and service) or not _shows(report, measure.code, service or city):
            abort(403)
        found = rows_behind(reading, measure, month, city=city, service=service, limit=_SHOWN + 1)
    # A row tells its place only where the table does: counted, the rows would tell the rest.
    by_place = city is None and service is None
    places = [one for one in (*cities(), NOWHERE) if by_place and _shows(report, measure.code, one)]
    return render_template(
        "staff/report_rows.html",
        month=month,
        measure=measure,
        city=city,
        service=service,
        rows=found[:_SHOWN],
        places=places,
        nowhere=NOWHERE,
        has_more=len(found) > _SHOWN,
        shown=_SHOWN,
        names={one.code: one.name for one in catalogue()},
    )


@bp.get("/export.<kind>")
@needs(Right.SUPERVISE)
def export(kind: str) -> Response:
    """Hand out the tables of the screen as a file."""
    if kind not in _FILES:
        abort(404)
    month, city = _month(), _city()
    with database().reading() as reading:
        tables = _report(reading, month, city, trail_of(reading, month)).tables
    write, media_type = _FILES[kind]
    answer = make_response(write([(one.title, one.rows) for one in tables]))
    answer.headers["Content-Type"] = media_type
    answer.headers["Content-Disposition"] = f'attachment; filename="report-{month}.{kind}"'
    return answer


@bp.post("/<deed>")
@needs(Right.MANAGE)
def act(deed: str) -> Any:
    """Submit, lock or correct a month."""
    month = _month()
    try:
        with database().unit_of_work() as work:
            staff = work.get_one(Staff, me.id)
            if deed == Deed.SUBMIT:
                submit(work, catalogue(), month, staff, _supplements())
            elif deed == Deed.LOCK:
                lock(work, month, staff)
            elif deed == Deed.CORRECT:
                reason = request.form.get("reason", "")
                correct(work, catalogue(), month, staff, _supplements(), reason)
            else:
                abort(404)
    except TrailError as error:
        return _page(month, None, str(error)), 409
    return redirect(url_for("staff.reports.page", month=month), 303)


def _page(month: Month, city: str | None, error: str | None = None) -> str:
    with database().reading() as reading:
        trail = trail_of(reading, month)
        report = _report(reading, month, city, trail)
        live = _live(reading, month, city) if trail and city is None else report
        supplements = trail[-1].supplements if trail else {}
    return render_template(
        "staff/reports.html",
        report=report,
        has_moved=live.tables != report.tables,
        month=month,
        now=Month.now(),
        city=city,
        cities=cities(),
        places=(*cities(), NOWHERE),
        trail=trail,
        is_locked=any(one.deed is not Deed.SUBMIT for one in trail),
        deeds=_DEEDS,
        supplements=supplements,
        targets=load_targets().targets,
        hidden=(FEW, HIDDEN),
        error=error,
    )


def _report(reading: Any, month: Month, city: str | None, trail: list[ReportVersion]) -> Report:
    """Return a month as it was submitted last; one that was not, and a city's, as it stands."""
    live = _live(reading, month, city)
    if not trail or city is not None:
        return live
    return Report(month, None, live.progress, from_json(trail[-1].tables))


def _live(reading: Any, month: Month, city: str | None) -> Report:
    added = supplements_of(reading, month.of_year)
    return build_report(reading, catalogue(), month, city=city, supplements=added)


def _shows(report: Report, measure: str, line: str | None) -> bool:
    """Whether the report tells the number of this measure in this line, and does not hide it."""
    return any(
        told == measure and key == (line or "") and cell not in (FEW, HIDDEN)
        for table in report.tables
        for _, key, cells in table.lines
        for told, cell in zip(table.measures, cells, strict=True)
    )


def _supplements() -> Mapping[str, Mapping[str, int]]:
    """Read what was added by hand: ``training:沈阳市`` and so on.

    Raises:
        TrailError: something is no number.
    """
    given: dict[str, dict[str, int]] = {}
    for name, text in request.form.items():
        target, found, city = name.partition(":")
        if not found or not text.strip():
            continue
        written = text.strip()
        if not (written.isascii() and written.isdecimal() and len(written) <= _DIGITS):
            raise TrailError(f"{city}的补录要填整数。")
        given.setdefault(target, {})[city] = int(written)
    return given


def _month() -> Month:
    written = request.values.get("month", "")
    try:
        return Month.read(written) if written else Month.now()
    except ValueError:
        abort(404)


def _city() -> str | None:
    city = request.args.get("city") or None
    if city is not None and city not in cities():
        abort(404)
    return city


def _place(city: str | None) -> str | None:
    return city if city in (*cities(), NOWHERE) else None
