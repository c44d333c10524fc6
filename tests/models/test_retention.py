"""What is kept how long: ended in time, and not a row more."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select, text

from models.database import Database, utc_now
from models.retention import Rule, keep_no_longer, load_rules, overdue
from models.settings import ROOT
from models.tables import metadata
from tests.models.person.life import live

NIGHTLY = [one for one in load_rules() if one.since is not None]


def _counts(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
        }


def test_nothing_goes_before_its_time(database: Database, tmp_path: Path) -> None:
    live(database, tmp_path)
    before = _counts(database)
    assert keep_no_longer(database) == {}
    assert overdue(database) == []
    assert _counts(database) == before


def test_everything_goes_in_its_time(database: Database, tmp_path: Path) -> None:
    live(database, tmp_path)
    later = utc_now() + timedelta(days=800)
    before = _counts(database)
    assert {one.table for one in overdue(database, later)} >= {"message", "own_page_link"}
    done = keep_no_longer(database, later)
    assert overdue(database, later) == []
    after = _counts(database)
    assert done["own_page_link"] == 1
    # Rows are deleted by rules alone; what is cleared stays a row.
    gone = {name for name, count in after.items() if count != before[name]}
    assert gone <= {one.table for one in NIGHTLY if not one.clear}
    assert after["message"] == before["message"]
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM message WHERE original IS NOT NULL")) == 0
    assert keep_no_longer(database, later) == {}


@pytest.mark.parametrize("module", ["models.draft", "models.idempotency", "models.passing_value"])
def test_the_table_says_what_the_code_does(module: str) -> None:
    (rule,) = [one for one in load_rules() if one.enforced == module]
    code = import_module(module)
    assert rule.lasts == getattr(code, "KEPT_FOR", None) or rule.lasts == code.LASTS


@pytest.mark.parametrize(
    "wrong",
    [{"table": "none"}, {"since": "none"}, {"clear": ["none"]}, {"only": {"none": ["x"]}},
     {"days": 0}, {"since": "created_at", "days": None}],
)  # fmt: skip
def test_a_rule_that_names_nothing_is_refused(wrong: dict[str, object]) -> None:
    right = {"title": "x", "table": "draft", "why": "x", "days": 1}
    with pytest.raises(ValidationError):
        Rule.model_validate(right | wrong)


def test_the_manual_tells_every_rule() -> None:
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for rule in load_rules():
        assert f"| {rule.title} | {rule.told} |" in manual
