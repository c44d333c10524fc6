"""`jct report`: the same figures in the terminal and in a file."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from models.database import Database
from tests.models.report.office import MONTH, live_a_month
from tests.webhook.cli.conftest import Jct


def test_a_month_in_the_terminal(jct: Jct, database: Database, tmp_path: Path) -> None:
    live_a_month(database)
    told = jct("report", "--month", MONTH)
    assert told.exit_code == 0, told.output
    assert MONTH.title in told.output
    assert "创业培训人次" in told.output
    assert "<5" in told.output
    path = tmp_path / "report.xlsx"
    assert jct("report", "--to", path).exit_code == 0
    assert "按城市" in load_workbook(path).sheetnames
    assert jct("report", "--month", MONTH, "--to", tmp_path / "report.csv").exit_code == 0


@pytest.mark.parametrize("words", [("--month", "11"), ("--month", "9999-01"), ("--to", "x.pdf")])
def test_mistakes_are_told_plainly(jct: Jct, words: tuple[str, ...]) -> None:
    told = jct("report", *words)
    assert told.exit_code == 1
    assert told.output.startswith("Error: ")
