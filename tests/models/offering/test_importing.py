"""Offerings from files: all of one or nothing, every mistake with its line, the same again once."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.database import Database
from models.offering.hours import HoursError, read_hours, told_hours, told_week, write_hours
from models.offering.importing import Outcome, UnreadableFileError, bring_in, read_file
from models.offering.kinds import kind_in, kinds
from models.offering.offering import Offering, Slot, search, upcoming
from models.offering.sample import close_samples, sample
from models.office_hours import OfficeHours

GOOD = """编号,类型,名称,主题,城市,区县,开始,结束,名额,备注
SYB-1,培训班,创办班,创办你的企业,沈阳,铁西,2099-03-03 09:00,16:00,30,三楼
SYB-1,,,,,,2099/4/3 9:00,2099-04-03 16:00,20,
M-1,零工市场,北站市场,,大连,,,,,
"""


def _file(tmp_path: Path, text: str, name: str = "a.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def test_a_file_is_stored_and_the_same_again_changes_nothing(
    database: Database, tmp_path: Path
) -> None:
    drafts, problems = read_file(_file(tmp_path, GOOD, encoding="gb18030"))
    assert not problems
    with database.unit_of_work() as session:
        assert bring_in(session, drafts)[Outcome.CREATED] == 2
    with database.unit_of_work() as session:
        assert bring_in(session, drafts)[Outcome.UNCHANGED] == 2
        course = session.scalars(select(Offering).where(Offering.code == "SYB-1")).one()
        assert (course.city, course.district) == ("沈阳市", "铁西区")
        assert [slot.capacity for slot in course.slots] == [30, 20]
        assert [one.note for one in upcoming(session, ["training"])] == ["三楼", None]
        assert [one.title for one in search(session, ["gig_market"], city="大连市")] == ["北站市场"]
    changed, _ = read_file(_file(tmp_path, GOOD.replace(",30,", ",31,")))
    with database.unit_of_work() as session:
        assert bring_in(session, changed)[Outcome.UPDATED] == 1
        assert session.scalar(select(func.count(Slot.id))) == 2


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    text = (
        "编号,类型,名称,城市,电话,开放时间,开始,结束,名额\n"
        "A,培训班,甲,北京,13800138000,随便,2026-13-01,9:00,0\n"
        "A,培训班,乙,,,,,,\n"
        "\n"
        ",场,,,,,,,\n"
    )
    drafts, problems = read_file(_file(tmp_path, text))
    assert not drafts
    assert {(one.line, one.column) for one in problems} == {
        (2, "城市"), (2, "电话"), (2, "开放时间"), (2, "开始"), (2, "结束"), (2, "名额"),
        (3, "名称"), (5, "编号"), (5, "类型"), (5, "名称"),
    }  # fmt: skip


def test_yaml_says_the_same(tmp_path: Path) -> None:
    text = """
- {编号: D-1, 类型: 创业导师, 名称: 导师甲, 主题: [选项目, 找钱], 城市: 沈阳,
   场次: [{开始: 2099-03-03 09:00, 结束: "10:00"}, {开始: 2099-03-03 10:00, 结束: "11:00"}]}
- {编号: D-2, 类型: 创业导师, 名称: 导师乙, 主题: [不存在]}
"""
    drafts, problems = read_file(_file(tmp_path, text, "a.yml"))
    assert [(one.line, one.column) for one in problems] == [(4, "主题")]
    drafts, problems = read_file(_file(tmp_path, text.replace("不存在", "用人"), "a.yml"))
    assert not problems
    assert [slot.capacity for slot in drafts[0].slots] == [1, 1]


def test_a_mentor_is_not_in_two_places_at_once(database: Database, tmp_path: Path) -> None:
    text = (
        "编号,类型,名称,开始,结束\n"
        "D,创业导师,甲,2099-03-03 09:00,10:30\n"
        "D,,,2099-03-03 10:00,11:00\n"
    )
    drafts, problems = read_file(_file(tmp_path, text))
    assert not problems
    with pytest.raises(ValueError, match="重叠"), database.unit_of_work() as session:
        bring_in(session, drafts)
    with database.reading() as session:
        assert session.scalar(select(func.count(Offering.id))) == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "编号,类型\nA,培训班\n"),
        ("a.csv", "编号,类型,名称,颜色\n"),
        ("a.csv", ""),
        ("a.yml", "a: 1"),
        ("a.yml", "- [1, 2"),
        ("a.yml", "- {编号: A, 颜色: 红}"),
        ("a.yml", "[" * 3000),
        ("a.yml", "- 编号: 2026-02-31"),
        ("a.yml", "- 编号: {名称: A}"),
        # A line that names the one before nine times is 9**9 words long in the end.
        ("a.yml", "- 编号: &a [x]\n"
         + "".join(f"- 编号: &{b} [{', '.join([f'*{a}'] * 9)}]\n"
                   for a, b in pairwise("abcdefghij"))),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(UnreadableFileError):
        read_file(_file(tmp_path, text, name))


@given(content=st.binary(max_size=300), is_yaml=st.booleans())
def test_no_file_breaks_it(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, is_yaml: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / ("wild.yml" if is_yaml else "wild.csv")
    path.write_bytes(b"" if is_yaml else "编号,类型,名称,开始\n".encode() + content)
    if is_yaml:
        path.write_bytes(content)
    try:
        read_file(path)
    except UnreadableFileError as error:
        assert str(error)


@pytest.mark.parametrize(
    "text",
    [
        "周一至周五 8:30-11:30 13:00-17:00；周六 9:00-12:00；2099-12-31 休息；2099-12-26 9:00-9:30",
        "每天 4:30-10:00",
        "周一、周三 9:00-12:00",
    ],
)
def test_opening_hours_are_read_and_written_back(text: str) -> None:
    stored = read_hours(text)
    assert read_hours(write_hours(stored)) == stored
    office = OfficeHours.model_validate({"name": "厅", **(stored or {})})
    assert told_hours(office)
    assert told_week(office)


@pytest.mark.parametrize(
    "text", ["随便", "周一", "周八 9:00-10:00", "周一 12:00-9:00", "2099-02-30 休息"]
)
def test_hours_nobody_can_read_are_refused(text: str) -> None:
    with pytest.raises(HoursError):
        read_hours(text)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("沈阳最近有啥培训班", "training"),
        ("附近零工市场在哪", "gig_market"),
        ("找个会开网店的导师", "mentor"),
        ("创业项目路演啥时候", "event"),
        ("大厅几点开门", "desk"),
        ("锦州干零活的都上哪蹲活", "gig_market"),
        ("想借台机器打样，哪有", "equipment"),
        ("辽宁出名的牌子都有哪些", "brand"),
        ("创业明星巡讲啥时候到我们这", "event"),
        ("有没有别人干成的例子", "case"),
        ("今天天气咋样", None),
    ],
)
def test_a_sentence_names_a_kind(said: str, kind: str | None) -> None:
    found = kind_in(said)
    assert (found.code if found else None) == kind


def test_samples_are_marked_and_can_be_taken_away(database: Database) -> None:
    with database.unit_of_work() as session:
        bring_in(session, sample("沈阳", "铁西区"), is_sample=True)
        shown = search(session, [])
        assert {one.kind for one in shown} <= set(kinds())
        assert all(one.name.startswith("示例") for one in shown)
        assert upcoming(session, ["training"], city="沈阳市")
        assert close_samples(session) == len(shown)
        assert not search(session, [])
        assert not upcoming(session, [])
