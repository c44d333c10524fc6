"""Spreadsheets as offices keep them: encodings, separators, titles above the headings."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalogue.loader import load_catalogue
from models.gig_import import Line, SheetUnreadableError, read_line, read_sheet

SERVICES = [load_catalogue().service(code) for code in ("gig_registration", "gig_posting")]
REGISTRATIONS = "姓名,手机号,干活地点,能干的活,有空的时间\n王芳,13800000000,沈阳铁西,保洁,周末\n"
POSTINGS = (
    "招人的单位,手机号,干活地点,招什么活,给多少钱,什么时候干,招几个人,招到哪天\n"
    "老王饭店,13900000000,沈阳铁西,保洁,一天200,周六一天,3,\n"
)


def _lines(tmp_path: Path, text: str, encoding: str = "utf-8") -> list[Line]:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(encoding))
    sheet = read_sheet(path, SERVICES)
    return [read_line(sheet, SERVICES, number, cells) for number, cells in sheet.rows]


def _codes(lines: list[Line]) -> list[str | None]:
    return [one.service.code if one.service else None for one in lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_every_encoding_and_separator_of_an_office(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    (line,) = _lines(tmp_path, REGISTRATIONS.replace(",", separator), encoding)
    assert line.errors == ()
    assert line.answers["name"] == "王芳"
    assert line.answers["place"] == {"city": "沈阳市", "district": "铁西区"}


def test_headings_have_other_names_notes_and_a_title_above(tmp_path: Path) -> None:
    text = (
        "沈阳市零工登记表,,,,,,\n填表日期：2026年11月,,,,,,\n"
        "序号,姓名*,联系电话（必填）,市,区县,意向工种,空闲时间\n"
        "1,王芳,138-0000-0000,沈阳市,铁西区,保洁、搬运,白天\n"
    )
    (line,) = _lines(tmp_path, text)
    assert (line.number, line.errors) == (4, ())
    assert line.answers == {
        "name": "王芳",
        "mobile": "13800000000",
        "place": {"city": "沈阳市", "district": "铁西区"},
        "work_kinds": ["保洁", "搬运"],
        "available": "白天",
    }


def test_postings_are_told_from_registrations(tmp_path: Path) -> None:
    assert _codes(_lines(tmp_path, POSTINGS)) == ["gig_posting"]
    both = (
        "姓名,用人单位,联系电话,地点,工种,有空的时间,工资,用工时间,用工人数\n"
        "王芳,,13800000000,沈阳铁西,保洁,周末,,,\n"
        ",老王饭店,13900000000,沈阳铁西,保洁,,一天200,周六,2\n"
        ",,13900000000,沈阳铁西,保洁,,,,\n"
    )
    lines = _lines(tmp_path, both)
    assert _codes(lines) == ["gig_registration", "gig_posting", None]
    assert [bool(one.errors) for one in lines] == [False, False, True]


def test_a_column_may_say_what_a_line_is(tmp_path: Path) -> None:
    text = (
        "类别,姓名,单位,手机号,地点,工种,时间,工资,工作时间,招工人数\n"
        "求职,王芳,在家,13800000000,沈阳铁西,保洁,周末,,,\n"
        "别的,王芳,,13800000000,沈阳铁西,保洁,周末,,,\n"
    )
    good, bad = _lines(tmp_path, text)
    assert good.service is not None
    assert (good.service.code, good.errors) == ("gig_registration", ())
    assert "类别" in bad.errors[0]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1.38E+10", "文本"),
        ("1380000000", "10位"),
        ("0411-88888888", "座机"),
        ("", "没填"),
    ],
)
def test_a_wrong_mobile_is_explained(tmp_path: Path, cell: str, words: str) -> None:
    (line,) = _lines(tmp_path, REGISTRATIONS.replace("13800000000", cell))
    (told,) = line.errors
    assert "手机号" in told
    assert words in told


def test_every_mistake_of_a_line_is_told_at_once(tmp_path: Path) -> None:
    (line,) = _lines(tmp_path, "姓名,手机号,地点,工种,时间\n王先生,123,铁西,保洁,没写\n")
    assert len(line.errors) == 4


def test_what_excel_makes_of_a_number_is_read(tmp_path: Path) -> None:
    (line,) = _lines(tmp_path, REGISTRATIONS.replace("13800000000", "13800000000.0"))
    assert line.answers["mobile"] == "13800000000"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        (b"PK\x03\x04anything", "另存为"),
        (b"\xd0\xcf\x11\xe0anything", "另存为"),
        ("甲,乙\n1,2\n".encode(), "列名"),
        (b"\xff\xff\x00\x01", "读不出"),
    ],
)
def test_what_is_no_list_is_refused_in_plain_words(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    with pytest.raises(SheetUnreadableError, match=words):
        read_sheet(path, SERVICES)


WILD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@settings(deadline=None)
@given(st.lists(WILD, min_size=5, max_size=5))
def test_wild_cells_are_read_or_explained(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    path = tmp_path_factory.mktemp("wild") / "list.csv"
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    path.write_text(REGISTRATIONS.split("\n")[0] + "\n" + quoted, encoding="utf-8", newline="")
    sheet = read_sheet(path, SERVICES)
    for number, row in sheet.rows:
        line = read_line(sheet, SERVICES, number, row)
        assert line.errors or set(line.answers) == {one.name for one in SERVICES[0].fields}
