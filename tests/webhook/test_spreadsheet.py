"""Tables as files: what somebody typed runs nowhere, and no title breaks a workbook."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from webhook.spreadsheet import csv_of, xlsx_of


@given(st.text(max_size=60), st.text(max_size=40))
def test_any_title_and_cell_make_a_workbook(title: str, cell: str) -> None:
    (sheet,) = load_workbook(io.BytesIO(xlsx_of([(title, [["头"], [cell]])]))).worksheets
    assert sheet.title
    assert sheet["A2"].data_type != "f"


@pytest.mark.parametrize("title", ["SYB/[一]期:开班?*", "''", "", "\0", "长" * 60, "=1+1"])
def test_titles_a_sheet_may_not_have(title: str) -> None:
    tables = [(title, [["头"]]), (title, [["头"]])]
    assert len(load_workbook(io.BytesIO(xlsx_of(tables))).worksheets) == 2


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_nothing_typed_is_a_formula(sign: str) -> None:
    said = f"{sign}cmd|' /C calc'!A0"
    rows = list(csv.reader(io.StringIO(csv_of([(said, [[said]])]).decode("utf-8-sig"))))
    assert [row[0][0] for row in rows if row] == ["'", "'"]
    (sheet,) = load_workbook(io.BytesIO(xlsx_of([("表", [[said]])]))).worksheets
    assert str(sheet["A1"].value).startswith("'")


@pytest.mark.parametrize("number", ["007", "9" * 30, "٣", "1" * 5000])
def test_what_a_number_would_spoil_stays_text(number: str) -> None:
    (sheet,) = load_workbook(io.BytesIO(xlsx_of([("表", [[number]])]))).worksheets
    assert sheet["A1"].value == number
