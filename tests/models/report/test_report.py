"""The monthly report: whole, by natural months of China, small places hidden, numbers that hold."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue.life import Actor, RequestState
from models.database import Database, utc_now
from models.offering.seat import book
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
from models.report.build import NOWHERE, as_json, from_json
from models.report.hiding import FEW, HIDDEN, SMALL, beside, shown
from models.report.trail import supplements_of
from models.request_life import Mover, move
from tests.models.offering.entering import offering, slot
from tests.models.report.office import CATALOGUE, DAY, MONTH, admin, ask, live_a_month


def _report(database: Database, month: Month = MONTH, city: str | None = None) -> Report:
    with database.reading() as session:
        added = supplements_of(session, month.of_year)
        return build_report(session, CATALOGUE, month, city=city, supplements=added)


def _cell(report: Report, table: str, line: str, measure: str) -> str:
    (found,) = [one for one in report.tables if one.code == table]
    cells = {name: cells for name, _, cells in found.lines}
    return cells[line][found.measures.index(measure)]


def test_numbers_by_city_and_service(database: Database) -> None:
    live_a_month(database)
    report = _report(database)
    assert _cell(report, "cities", "全省", "submitted") == "19"
    assert _cell(report, "cities", "沈阳市", "submitted") == "10"
    assert _cell(report, "cities", "大连市", "submitted") == "6"
    assert _cell(report, "services", "创业培训报名", "granted") == "6"
    assert _cell(report, "services", "创业培训报名", "refused") == "1"
    assert _cell(report, "services", "创业培训报名", "returned") == "6"
    training, graduates = report.progress
    assert (training.year, graduates.year) == (6, 2)


def test_targets_count_neither_what_was_taken_back_nor_what_is_invented(
    database: Database,
) -> None:
    with database.unit_of_work() as session:
        for name, is_sample in (("real", False), ("invented", True)):
            time = slot(session, offering(session, title=name, is_sample=is_sample))
            signed = ask(session, name, "沈阳市", state="granted")
            assert signed.contact_id is not None
            book(session, time.id, signed.contact_id, signed.id)
        ask(session, "without a seat", "沈阳市", state="granted")
        gone = ask(session, "gone", "沈阳市", state="granted")
        move(
            session, CATALOGUE.service("training_signup"), gone, RequestState.WITHDRAWN,
            Mover(Actor.APPLICANT, gone.contact_id),
        )  # fmt: skip
        for name in ("stays", "undone"):
            founded = ask(
                session, name, "沈阳市", "startup_subsidies", "granted",
                part="one_time_startup", identity=["高校毕业生"],
            )  # fmt: skip
        founded.enter(CATALOGUE.service("startup_subsidies"), RequestState.WITHDRAWN, DAY)
    report = _report(database)
    training, graduates = report.progress
    assert (training.month, graduates.month) == (2, 1)
    assert _cell(report, "services", "创业培训报名", "granted") == "4"
    with database.reading() as session:
        assert len(rows_behind(session, MEASURES["training"], MONTH)) == 2
    assert "不是到课" in training.target.counted


def test_every_number_is_the_length_of_its_list(database: Database) -> None:
    live_a_month(database)
    report = _report(database)
    checked = 0
    with database.reading() as session:
        for table in report.tables:
            for _, key, cells in table.lines:
                for code, cell in zip(table.measures, cells, strict=True):
                    if code is None or cell in (FEW, HIDDEN):
                        continue
                    by_city, by_service = table.code == "cities", table.code == "services"
                    rows = rows_behind(
                        session, MEASURES[code], MONTH,
                        city=(key or None) if by_city else None,
                        service=(key or None) if by_service else None,
                    )  # fmt: skip
                    assert str(len(rows)) == cell, (table.code, key, code)
                    checked += 1
    assert checked > 100


def test_small_places_are_hidden_and_cannot_be_worked_out(database: Database) -> None:
    live_a_month(database)
    report = _report(database)
    assert _cell(report, "cities", "鞍山市", "submitted") == FEW
    assert _cell(report, "cities", NOWHERE, "submitted") == FEW
    # One small number alone would be the whole sum: no place is told from the others.
    assert _cell(report, "cities", "全省", "refused") == "1"
    (table,) = [one for one in report.tables if one.code == "cities"]
    refused = {name: cells[table.measures.index("refused")] for name, _, cells in table.lines}
    assert {cell for name, cell in refused.items() if name != "全省"} == {HIDDEN}
    assert _cell(report, "services", "创业培训报名", "refused") == "1"
    alone = _report(database, city="鞍山市")
    assert _cell(alone, "services", "创业培训报名", "submitted") == FEW
    assert [one.code for one in alone.tables] == ["targets", "services"]
    (targets,) = [one for one in _report(database, city="沈阳市").tables if one.code == "targets"]
    assert targets.lines[1][2][0] == HIDDEN
    # Nor does a city's own page tell which it is.
    for city in ("沈阳市", "大连市"):
        own = _report(database, city=city)
        assert _cell(own, "services", "创业培训报名", "refused") == HIDDEN
        assert own.progress[1].cells == (HIDDEN, "0", HIDDEN)


@given(st.dictionaries(st.integers(0, 20), st.integers(0, 60)))
def test_hiding_keeps_small_numbers_from_the_sum(counts: dict[int, int]) -> None:
    told = shown(counts)
    if any(text == HIDDEN for text in told.values()) and FEW not in told.values():
        # No number is big enough to hide behind: all look the same.
        assert set(told.values()) == {HIDDEN}
        assert max(counts.values()) < SMALL
        return
    hidden = [place for place, text in told.items() if text in (FEW, HIDDEN)]
    assert all(told[place] == FEW for place, count in counts.items() if 0 < count < SMALL)
    assert all(told[place] == str(counts[place]) for place in counts if place not in hidden)
    can_hide_another = sum(count > 0 for count in counts.values()) > 1
    if hidden and can_hide_another:
        assert len(hidden) > 1


@pytest.mark.parametrize("counts", [{"a": 1, "b": 0}, {"a": 3, "b": 0}, {"a": 1, "b": 1, "c": 0}])
def test_few_with_nothing_to_hide_behind_have_no_place(counts: dict[str, int]) -> None:
    assert shown(counts) == dict.fromkeys(counts, HIDDEN)


@pytest.mark.parametrize("few", [1, 4])
def test_numbers_the_sum_leaves_no_choice_are_hidden_with_another(few: int) -> None:
    assert shown({"a": few, "b": few, "c": 9, "d": 7}) == {
        "a": FEW,
        "b": FEW,
        "c": "9",
        "d": HIDDEN,
    }
    assert shown({"a": 1, "b": 4, "c": 9}) == {"a": FEW, "b": FEW, "c": "9"}


@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=2, max_size=5
        )
    )
)
def test_sums_by_line_and_column_tell_no_hidden_number(table: list[list[int]]) -> None:
    counts = {(f"l{y}", f"c{x}"): n for y, line in enumerate(table) for x, n in enumerate(line)}
    hidden = {cell for cell, count in counts.items() if 0 < count < SMALL}
    unknown = sorted(hidden | beside(counts, hidden))
    assert hidden <= set(unknown)
    # Told by linear algebra: a number that the sums fix is a combination of their equations.
    sums = sorted({name for cell in counts for name in cell})
    equations = np.array([[float(name in cell) for cell in unknown] for name in sums])
    rank = np.linalg.matrix_rank(equations) if unknown else 0
    for at in range(len(unknown)):
        fixed = np.vstack([equations, np.eye(len(unknown))[at]])
        assert np.linalg.matrix_rank(fixed) > rank, unknown[at]


def test_a_citys_page_and_the_table_of_cities_tell_nothing_together(database: Database) -> None:
    with database.unit_of_work() as session:
        for city, service, count in (
            ("沈阳市", "training_signup", 2), ("沈阳市", "startup_loan", 10),
            ("大连市", "training_signup", 20), ("大连市", "startup_loan", 11),
        ):  # fmt: skip
            for number in range(count):
                ask(session, f"{city}{service}{number}", city, service)
    names = ("创业培训报名", CATALOGUE.service("startup_loan").name)
    told = {
        (city, name): _cell(_report(database, city=city), "services", name, "submitted")
        for city in ("沈阳市", "大连市")
        for name in names
    }
    assert told["沈阳市", names[0]] == FEW
    assert [cell for cell in told.values() if cell not in (FEW, HIDDEN)] == []


def test_months_are_those_of_china(database: Database) -> None:
    with database.unit_of_work() as session:
        first = MONTH.begins
        ask(session, "first", "沈阳市", at=first)
        ask(session, "before", "沈阳市", at=first - timedelta(seconds=1))
        ask(session, "last", "沈阳市", at=MONTH.ends - timedelta(seconds=1))
        ask(session, "behind", "沈阳市", at=MONTH.ends)
    assert MONTH.begins.utcoffset() == timedelta(hours=8)
    assert _cell(_report(database), "cities", "全省", "submitted") == "2"
    assert _cell(_report(database, MONTH.before), "cities", "全省", "submitted") == "1"


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "9999-01", "2026-1", "x"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="月"):
        Month.read(text)


def test_a_month_is_submitted_locked_and_corrected(database: Database) -> None:
    live_a_month(database)
    staff = admin(database)
    with database.unit_of_work() as session:
        with pytest.raises(TrailError, match="先填报"):
            lock(session, MONTH, staff)
        submit(session, CATALOGUE, MONTH, staff, {"training": {"沈阳市": 40, "大连市": 0}})
        lock(session, MONTH, staff)
        with pytest.raises(TrailError, match="锁定"):
            submit(session, CATALOGUE, MONTH, staff, {})
        with pytest.raises(TrailError, match="原因"):
            correct(session, CATALOGUE, MONTH, staff, {}, "改")
    before = _report(database)
    assert before.progress[0].year == 46
    with database.unit_of_work() as session:
        ask(session, "late", "沈阳市", state="granted", at=DAY)
    with database.reading() as session:
        kept = from_json(trail_of(session, MONTH)[-1].tables)
        assert kept == before.tables
    assert _report(database).tables != before.tables
    with database.unit_of_work() as session:
        correct(session, CATALOGUE, MONTH, staff, {"training": {"沈阳市": 50}}, "补报一个班")
    with database.reading() as session:
        trail = trail_of(session, MONTH)
        assert [one.deed.value for one in trail] == ["submit", "lock", "correct"]
        assert trail[-1].tables == as_json(_report(database))
        assert trail[0].supplements == {"training": {"沈阳市": 40}}
    assert _report(database).progress[0].year == 57


@pytest.mark.parametrize(
    "added",
    [{"training": {"纽约": 1}}, {"flying": {"沈阳市": 1}}, {"training": {"沈阳市": -1}},
     {"training": {"沈阳市": 10**9}}],
)  # fmt: skip
def test_what_is_added_by_hand_is_checked(
    database: Database, added: dict[str, dict[str, int]]
) -> None:
    staff = admin(database)
    with database.unit_of_work() as session, pytest.raises(TrailError, match="补录"):
        submit(session, CATALOGUE, MONTH, staff, added)


def test_a_month_that_is_not_over_cannot_be_submitted(database: Database) -> None:
    staff = admin(database)
    with database.unit_of_work() as session, pytest.raises(TrailError, match="没过完"):
        submit(session, CATALOGUE, Month.of(utc_now().date()), staff, {})
