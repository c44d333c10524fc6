"""Going back in the gig registration, correcting what was said, and starting over."""

import pytest

from tests.bot.actions.dialogue import Person
from tests.bot.actions.test_gig_dialogue import ANSWERS, NUMBER


def test_back_skip_and_keep(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000")
    assert "（2/5）" in (asked := person.says("上一步", "go_back")).text
    assert "138****0000" in asked.text
    assert "（3/5）" in person.says("不改").text
    assert "必填" in person.says("跳过", "skip").text
    assert person.answers["mobile"] == "13800000000"


def test_back_at_the_first_question(person: Person) -> None:
    person.begins()
    assert "第一项" in person.says("上一步", "go_back").text


def test_correcting_by_name_asks_that_field_and_returns(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000", "沈阳铁西")
    assert "（2/5）" in person.says("改一下电话", "correct").text
    assert "（4/5）" in (said := person.says("13911112222")).text
    assert "改好了：手机号 139****2222" in said.text


@pytest.mark.parametrize(
    "said",
    [
        "手机号改成13911112222",
        "电话换成 139 1111 2222",
        "我的手机号应该是13911112222",
        "把电话号码改成13911112222",
        "第2项改成13911112222",
    ],
)
def test_correcting_at_once(person: Person, said: str) -> None:
    person.begins()
    person.fills("王芳", "13800000000", "沈阳铁西")
    answered = person.says(said, "nlu_fallback", 0.3)
    assert "改好了：手机号 139****2222" in answered.text
    assert "（4/5）" in answered.text


@pytest.mark.parametrize("said", ["手机号错了", "改手机", "第二项不对", "我想改一下我的电话"])
def test_correcting_at_the_summary(person: Person, said: str) -> None:
    person.begins()
    person.fills(*ANSWERS)
    assert "（2/5）" in person.says(said, "correct").text
    assert "139****2222" in person.says("13911112222").text
    person.says("都对", "affirm")
    assert [one.mobile for one in person.registrations] == ["13911112222"]


def test_no_to_the_summary_asks_which(person: Person) -> None:
    person.begins()
    person.fills(*ANSWERS)
    asked = person.says("不对", "deny")
    assert asked.titles == ["姓名", "手机号", "干活地点", "能干的活", "有空的时间", "不改了"]
    assert "（3/5）" in person.says("3").text
    assert "大连市中山区" in person.says("大连中山区").text


def test_a_new_answer_at_the_summary_replaces_the_old(person: Person) -> None:
    person.begins()
    person.fills(*ANSWERS)
    answered = person.says("电话是13911112222")
    assert "改好了：手机号 139****2222" in answered.text
    assert "都对" in answered.text


def test_an_ambiguous_correction_at_the_summary_is_asked_further(person: Person) -> None:
    person.begins()
    person.fills(*ANSWERS)
    assert "哪个区县" in person.says("地点改成大连", "correct").text
    assert "大连市金州区" in person.says("金州").text


@pytest.mark.parametrize("yes", ["从头填", "重来", "是的", "1"])
def test_starting_over_is_asked_first(person: Person, yes: str) -> None:
    person.begins()
    person.fills("王芳", "13800000000")
    asked = person.says("重来", "start_over")
    assert asked.titles == ["从头填", "接着办这份"]
    assert person.answers.keys() == {"name", "mobile"}
    assert "（1/5）" in person.says(yes, "inform").text
    assert person.answers == {}


@pytest.mark.parametrize("no", ["接着办这份", "不是", "算了", "先留着", "2"])
def test_not_starting_over_keeps_every_answer(person: Person, no: str) -> None:
    person.begins()
    person.fills("王芳", "13800000000")
    person.says("重来", "start_over")
    assert "（3/5）" in person.says(no, "inform").text
    assert person.answers.keys() == {"name", "mobile"}


def test_starting_over_wipes_nothing_that_was_set_aside(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000")
    person.says("先不办了", "set_aside")
    assert person.says("重来", "start_over").titles == ["接着办", "找人工"]
    assert "（3/5）" in person.says("1").text
    assert person.answers.keys() == {"name", "mobile"}


@pytest.mark.parametrize("said", ["改一下手机号", "手机号写错了", "手机号改成13911112222"])
def test_what_was_submitted_can_be_changed(person: Person, said: str) -> None:
    person.begins()
    person.fills(*ANSWERS)
    (number,) = NUMBER.findall(person.says("对").text)
    answered = person.says(said, "correct")
    assert number in answered.text
    if "改成" not in said:
        assert "（2/5）" in answered.text
        answered = person.says("13911112222")
    assert "139****2222" in answered.text
    assert number in person.says("对").text
    (stored,) = person.registrations
    assert (stored.number, stored.mobile, stored.name) == (number, "13911112222", "王芳")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("名字写错了 应该是赵小敏", "姓名 赵*敏"),
        ("姓名 赵小敏", "姓名 赵*敏"),
        ("手机号13911112222", "手机号 139****2222"),
        ("工种 搬运", "能干的活 搬运"),
    ],
)
def test_which_one_is_answered_with_the_new_value(person: Person, said: str, shown: str) -> None:
    person.begins()
    person.fills(*ANSWERS)
    person.says("要改", "deny")
    answered = person.says(said)
    assert f"改好了：{shown}" in answered.text
    assert "都对吗" in answered.text
    assert "赵小敏" not in person.sent


def test_which_one_by_name_or_none(person: Person) -> None:
    person.begins()
    person.fills(*ANSWERS)
    person.says("要改", "deny")
    assert "没听出" in person.says("嘎嘎").text
    assert "（4/5）" in person.says("工种").text
    person.says("搬运")
    person.says("要改", "deny")
    assert "都对吗" in person.says("不改了").text


def test_another_time_is_a_change_of_the_registration(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000", "沈阳铁西", "保洁", "周末")
    assert "有空" in person.says("换个时间", "nlu_fallback").text
