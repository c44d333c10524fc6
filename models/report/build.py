"""Builds a month's report: tables whose numbers come from the measures alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue
from models.catalogue.service import Kind
from models.intake.fields.place import cities
from models.knowledge.gaps import Gap, cluster
from models.report.hiding import FEW, HIDDEN, SMALL, Cell, beside, shown
from models.report.measures import MEASURES, Measure
from models.report.month import Month
from models.report.targets import Target, load_targets

NOWHERE = "没写城市"
_ASKED = 10
_BY_CITY = ("submitted", "granted", "refused", "overdue", "registrations", "postings",
            "complaints", "handed_over", "training", "graduates")  # fmt: skip
_BY_SERVICE = ("submitted", "accepted", "returned", "granted", "refused", "withdrawn", "overdue")
# Columns beside those of the services: what no page tells of them, and all of them together.
_REST, _ALL = "其他", "全部"
_TALKS = ("by_bot", "by_staff", "handed_over")

Supplements = Mapping[str, Mapping[str, int]]
"""What was done outside this system, by target and city, as the one who submits says."""


@dataclass(frozen=True)
class ReportTable:
    """One table of the report.

    Attributes:
        code: its name in exports.
        title: for people.
        heads: of the columns behind the first.
        measures: the measure behind each column; None where there is no list behind it.
        lines: the name of a line, what it is filtered by, and its cells as they are shown.
    """

    code: str
    title: str
    heads: tuple[str, ...]
    measures: tuple[str | None, ...]
    lines: tuple[tuple[str, str, tuple[str, ...]], ...]

    @property
    def rows(self) -> list[list[str]]:
        """The table as it is exported: heads first."""
        return [["", *self.heads], *([name, *cells] for name, _, cells in self.lines)]


@dataclass(frozen=True)
class Progress:
    """How far a target is: this month, the year so far, and each month of the year."""

    target: Target
    month: int
    supplement: int
    year: int
    by_month: tuple[int, ...]
    cells: tuple[str, str, str]
    """The month, its supplement and the year as they may be shown where the report is for."""

    @property
    def share(self) -> float:
        """How much of the year's target is done, 1 being all."""
        return self.year / self.target.per_year


@dataclass(frozen=True)
class Report:
    """A month's report. `city` is the one it is about; None for the province."""

    month: Month
    city: str | None
    progress: tuple[Progress, ...]
    tables: tuple[ReportTable, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Row:
    """One thing behind a number."""

    number: str
    city: str | None
    service: str | None
    at: datetime


def build_report(
    session: Session,
    catalogue: Catalogue,
    month: Month,
    *,
    city: str | None = None,
    supplements: Mapping[Month, Supplements] | None = None,
) -> Report:
    """Build the report of a month.

    Args:
        session: an open session.
        catalogue: the services.
        month: which.
        city: of this city alone.
        supplements: what was added to the months of the year by hand.
    """
    added = supplements or {}
    counts = {code: _counts(session, MEASURES[code], month) for code in MEASURES}
    progress = tuple(_progress(session, one, month, city, added) for one in load_targets().targets)
    services = {
        one.code: one.name
        for one in catalogue
        if one.kind is Kind.REQUEST and one.record != "gig_registration"
    }
    tables = [_by_service(services, counts, city)]
    if city is None:
        tables = [_by_city(counts, services), *tables, _talks(counts), _asked(session, month)]
    return Report(month, city, progress, (_of_targets(progress, city), *tables))


def rows_behind(
    session: Session,
    measure: Measure,
    month: Month,
    *,
    city: str | None = None,
    service: str | None = None,
    limit: int = 500,
) -> list[Row]:
    """Return what is behind a number, the newest first; `city` may be `NOWHERE`."""
    found = measure.rows(month.begins, month.ends).subquery()
    query = select(found).order_by(found.c.at.desc(), found.c.number)
    if city is not None:
        query = query.where(found.c.city.is_(None) if city == NOWHERE else found.c.city == city)
    if service is not None:
        query = query.where(found.c.service == service)
    if measure.counts_answers is None:
        query = query.limit(limit)
    rows = [
        Row(row.number, row.city, row.service, row.at)
        for row in session.execute(query)
        if measure.counts_answers is None or measure.counts_answers(row.answers)
    ]
    return rows[:limit]


def _counts(
    session: Session, measure: Measure, month: Month
) -> Counter[tuple[str | None, str | None]]:
    """Return how many rows a measure has, by city and service."""
    found = measure.rows(month.begins, month.ends).subquery()
    if measure.counts_answers is None:
        grouped = select(found.c.city, found.c.service, func.count()).group_by(
            found.c.city, found.c.service
        )
        return Counter({(row[0], row[1]): row[2] for row in session.execute(grouped)})
    rows = session.execute(select(found.c.city, found.c.service, found.c.answers))
    return Counter((row[0], row[1]) for row in rows if measure.counts_answers(row[2]))


def _progress(
    session: Session,
    target: Target,
    month: Month,
    city: str | None,
    added: Mapping[Month, Supplements],
) -> Progress:
    measure = MEASURES[target.measure]
    by_month: list[int] = []
    year = _by_place({})
    for one in month.of_year:
        counted, extra = _by_place(_counts(session, measure, one)), _by_place({})
        extra.update(added.get(one, {}).get(target.code, {}))
        year.update(counted)
        year.update(extra)
        by_month.append(_of(city, counted) + _of(city, extra))
    of_place = [(_of(city, one), one) for one in (counted, extra, year)]
    done, supplement, whole = (
        str(number) if city is None else shown(places)[city] for number, places in of_place
    )
    return Progress(
        target, of_place[0][0], of_place[1][0], sum(by_month), tuple(by_month),
        (done, supplement, whole),
    )  # fmt: skip


def _of(city: str | None, counts: Counter[str]) -> int:
    return counts.total() if city is None else counts[city]


def _by_place(counts: Mapping[tuple[str | None, str | None], int]) -> Counter[str]:
    """Return the numbers of all services, by place; every place is there."""
    places = Counter(dict.fromkeys((*cities(), NOWHERE), 0))
    for (city, _), count in counts.items():
        places[city or NOWHERE] += count
    return places


def _of_targets(progress: tuple[Progress, ...], city: str | None) -> ReportTable:
    heads = ("本月（系统内）", "本月补录", "本年累计", "全年目标", "完成")
    lines = tuple(
        (
            one.target.title,
            "",
            (
                *one.cells,
                str(one.target.per_year),
                f"{one.share:.1%}" if city is None else "",
            ),
        )
        for one in progress
    )
    return ReportTable("targets", "对照方案的目标", heads, (None,) * len(heads), lines)


def _by_place_and_service(
    code: str, counts: Mapping[tuple[str | None, str | None], int], services: Mapping[str, str]
) -> dict[Cell, str]:
    """Return a measure's numbers as they may be shown, by place and service, and of `_ALL`.

    The numbers of the province, of each city and of each service in each city are told on different
    pages; together they are one table with its sums, so they are hidden together.
    """
    totals = _by_place(counts)
    numbers = Counter({(place, column): 0 for place in totals for column in (*services, _REST)})
    for (where, service), count in counts.items():
        column = service if service is not None and service in services else _REST
        numbers[where or NOWHERE, column] += count
    sums: Counter[str] = Counter()
    for (_, column), count in numbers.items():
        sums[column] += count
    by_service = {one: shown({place: numbers[place, one] for place in totals}) for one in services}
    of_all = shown(totals)
    told: dict[Cell, str] = {}
    for place in totals:
        own = {one: numbers[place, one] for one in services}
        # In one place the numbers are as small as its people are few.
        is_small = sum(own.values()) < SMALL  # then its sum is told nowhere
        as_small = {one: FEW if count else "0" for one, count in own.items()}
        for one, cell in (as_small if is_small else shown(own)).items():
            # What its neighbours' numbers would tell of it is hidden too.
            told[place, one] = HIDDEN if by_service[one][place] == HIDDEN else cell
        told[place, _ALL] = of_all[place]
    # No page tells these; but where a sum is nought, so is all of it.
    untold = {(place, _REST) for place in totals}
    untold |= {(NOWHERE, one) for one in services}
    if code not in _BY_CITY:
        untold |= {(place, _ALL) for place in totals}
    untold = {
        (place, column)
        for place, column in untold
        if column == _ALL or (of_all[place] != "0" and sums[column])
    }
    hidden = {cell for cell, text in told.items() if text in (FEW, HIDDEN)} | untold
    numbers.update({(place, _ALL): count for place, count in totals.items()})
    return told | dict.fromkeys(beside(numbers, hidden), HIDDEN)


def _by_city(
    counts: Mapping[str, Counter[tuple[str | None, str | None]]], services: Mapping[str, str]
) -> ReportTable:
    columns: list[dict[str, str]] = []
    for code in _BY_CITY:
        by_place = _by_place(counts[code])
        told = shown(by_place)
        if code in _BY_SERVICE:
            cells = _by_place_and_service(code, counts[code], services)
            told = {place: cells[place, _ALL] for place in by_place}
        columns.append({**told, "全省": str(by_place.total())})
    lines = tuple(
        (name, "" if name == "全省" else name, tuple(column[name] for column in columns))
        for name in columns[0]
    )
    heads = tuple(MEASURES[code].title for code in _BY_CITY)
    return ReportTable("cities", "按城市", heads, _BY_CITY, lines)


def _by_service(
    names: Mapping[str, str],
    counts: Mapping[str, Counter[tuple[str | None, str | None]]],
    city: str | None,
) -> ReportTable:
    columns: list[dict[str, str]] = []
    for code in _BY_SERVICE:
        by_service: Counter[str] = Counter(dict.fromkeys(names, 0))
        for (where, service), count in counts[code].items():
            if service is not None and city in (None, where):
                by_service[service] += count
        told = {one: str(number) for one, number in by_service.items()}
        if city is not None:
            cells = _by_place_and_service(code, counts[code], names)
            told = {one: cells[city, one] for one in by_service}
        columns.append(told)
    lines = tuple(
        (names.get(one, one), one, tuple(column[one] for column in columns)) for one in columns[0]
    )
    heads = tuple(MEASURES[code].title for code in _BY_SERVICE)
    return ReportTable("services", "按服务", heads, _BY_SERVICE, lines)


def _talks(counts: Mapping[str, Counter[tuple[str | None, str | None]]]) -> ReportTable:
    cells = tuple(str(counts[code].total()) for code in _TALKS)
    heads = tuple(MEASURES[code].title for code in _TALKS)
    return ReportTable("talks", "接待", heads, _TALKS, (("全部入口", "", cells),))


def _asked(session: Session, month: Month) -> ReportTable:
    """Tell what was asked most and not answered (难点堵点); what one alone asked is left out."""
    gaps = session.scalars(
        select(Gap)
        .where(Gap.created_at >= month.begins, Gap.created_at < month.ends)
        .order_by(Gap.id.desc())
        .limit(2000)
    ).all()
    lines = tuple(
        (one.typical, "", (str(one.count),)) for one in cluster(gaps)[:_ASKED] if one.count > 1
    )
    return ReportTable("questions", "问得多、没答上的", ("次数",), (None,), lines)


def as_json(report: Report) -> list[dict[str, Any]]:
    """Return the tables as they are kept with a submitted month."""
    return [
        {
            "code": one.code,
            "title": one.title,
            "heads": list(one.heads),
            "measures": list(one.measures),
            "lines": [[name, key, list(cells)] for name, key, cells in one.lines],
        }
        for one in report.tables
    ]


def from_json(tables: list[dict[str, Any]]) -> tuple[ReportTable, ...]:
    """Return the tables that were kept."""
    return tuple(
        ReportTable(
            one["code"],
            one["title"],
            tuple(one["heads"]),
            tuple(one["measures"]),
            tuple((name, key, tuple(cells)) for name, key, cells in one["lines"]),
        )
        for one in tables
    )
