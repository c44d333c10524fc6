"""The gig registration as a person lives through it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from bot.actions.topic import Desk
from models.database import utc_now
from models.draft import Draft
from tests.bot.actions.dialogue import Person

NUMBER = re.compile(r"LG\d{6}-\d{5}")

# The answers that lead to each question, and what its prompt says.
ANSWERS = ("王芳", "13800000000", "沈阳铁西", "保洁", "周末有空")
QUESTIONS = ("（1/5）", "（2/5）", "（3/5）", "（4/5）", "（5/5）")
FIELDS = ("name", "mobile", "place", "work_kinds", "available")


@pytest.mark.parametrize("intent", ["inform", "nlu_fallback"])
def test_everything_in_one_message_begins_the_service_it_names(person: Person, intent: str) -> None:
    asked = person.says("我叫王芳，13912345678，沈阳铁西，干保洁的，想登记零工", intent)
    assert "您同意吗" in asked.text
    going_on = person.says("同意", "affirm")
    assert "（5/5）" in going_on.text
    assert person.answers["work_kinds"] == ["保洁"]


def test_from_the_first_word_to_a_stored_number(person: Person) -> None:
    asked = person.says("我想登记零工", "start_gig_registration")
    assert "记什么" in asked.text
    assert asked.titles == ["同意", "不同意"]
    for answer, question in zip(("同意", *ANSWERS[:-1]), QUESTIONS, strict=True):
        assert question in person.says(answer).text
    summary = person.says(ANSWERS[-1])
    assert "13800000000" not in summary.text
    assert "王芳" not in summary.text
    assert "· 姓名：王芳\n· 手机号：13800000000\n· 干活地点：沈阳市铁西区" in summary.seen
    assert summary.titles == ["都对，提交", "要改", "先不办了"]
    done = person.says("对")
    (number,) = NUMBER.findall(done.text)
    (stored,) = person.registrations
    assert stored.number == number
    assert (stored.name, stored.mobile) == ("王芳", "13800000000")
    assert (stored.city, stored.district) == ("沈阳市", "铁西区")
    assert stored.work_kinds == ["保洁"]
    assert stored.available == "周末有空"
    assert person.draft is None
    assert "我的信息" in done.text


def test_one_message_fills_many_fields(person: Person) -> None:
    person.begins()
    answered = person.says("我叫王芳，13800000000，沈阳铁西，干保洁的")
    assert (
        "记下了：姓名 王*，手机号 138****0000，干活地点 沈阳市铁西区，能干的活 保洁"
        in answered.text
    )
    assert "（5/5）" in answered.text
    assert person.sent == "我叫〔姓名#1〕，〔手机号#2〕，沈阳铁西，干保洁的"


def test_a_city_alone_in_such_a_message_is_asked_further(person: Person) -> None:
    person.begins()
    person.says("我叫王芳，13800000000，在大连，干保洁")
    answered = person.says("沙河口")
    assert "大连市沙河口区" in answered.text
    assert person.answers["place"] == {"city": "大连市", "district": "沙河口区"}


def test_nothing_personal_is_kept_before_consent(person: Person) -> None:
    person.says("我想登记零工", "start_gig_registration")
    answered = person.says("我叫王芳，13800000000")
    assert "先同意" in answered.text
    assert answered.titles == ["同意", "不同意", "找人工"]
    assert person.answers == {}
    agreed = person.says("同意", "affirm")
    assert "记下了：姓名 王*，手机号 138****0000" in agreed.text
    assert "（3/5）" in agreed.text


def test_without_consent_nothing_is_kept_at_all(person: Person) -> None:
    person.says("我想登记零工", "start_gig_registration")
    assert "什么都没记" in person.says("不同意", "deny").text
    assert person.draft is None


def test_consent_is_asked_once_for_the_same_words(person: Person) -> None:
    person.begins()
    person.says("算了", "cancel")
    assert "（1/5）" in person.says("我想登记零工", "start_gig_registration").text


def test_consent_to_other_words_is_another_consent(person: Person) -> None:
    person.begins()
    person.says("算了", "cancel")
    with person.desk.database.unit_of_work() as session:
        session.execute(text("UPDATE consent SET wording = 'older words'"))
    assert "您同意吗" in person.says("我想登记零工", "start_gig_registration").text


@pytest.mark.parametrize(
    ("said", "explained"),
    [
        ("1380000", "7位"),
        ("138000000001", "12位"),
        ("12300000000", "开头"),
        ("没有", "没看到手机号"),
        ("0411-8765432", "座机"),
    ],
)
def test_a_wrong_mobile_is_explained_and_asked_again(
    person: Person, said: str, explained: str
) -> None:
    person.begins()
    person.says("王芳")
    answered = person.says(said)
    assert explained in answered.text
    assert "（2/5）" in answered.text
    assert not re.search(r"\d{5,}", person.sent)
    assert "（3/5）" in person.says("幺三八零零零零零零零零").text
    assert person.answers["mobile"] == "13800000000"


def test_who_is_stuck_is_offered_a_person(person: Person) -> None:
    person.begins()
    person.fills("王芳", "没有")
    assert "找人工" in person.says("没有").titles


def test_places_are_asked_until_they_are_clear(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000")
    assert "不在辽宁" in person.says("长春").text
    ambiguous = person.says("铁西")
    assert ambiguous.titles == ["沈阳市铁西区", "鞍山市铁西区"]
    assert "（4/5）" in person.says("第二个").text
    assert person.answers["place"] == {"city": "鞍山市", "district": "铁西区"}


def test_a_city_asks_for_its_district_and_takes_the_whole_city(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000")
    asked = person.says("沈阳")
    assert "（3/5）" in asked.text
    assert len(asked.choices) == 14
    assert "（4/5）" in person.says("14").text
    assert person.answers["place"] == {"city": "沈阳市", "district": None}


def test_kinds_of_work_by_number_and_in_other_words(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000", "沈阳铁西", "1、3，还有织毛衣")
    person.says("改一下工种", "correct")
    assert "（5/5）" in person.says("保洁和织毛衣").text
    assert person.answers["work_kinds"] == ["保洁", "其他:织毛衣"]


@pytest.mark.parametrize("step", range(5))
def test_cancelling_drops_everything_at_every_step(person: Person, step: int) -> None:
    person.begins()
    person.fills(*ANSWERS[:step])
    said = person.says("算了", "inform", 0.4)
    if step:
        assert said.titles == ["不要了，删掉", "先留着", "接着办这份"]
        said = person.says("删了吧", "inform", 0.4)
    assert "取消" in said.text
    assert person.draft is None
    assert person.registrations == []


def test_set_aside_by_tapping_at_the_summary(person: Person) -> None:
    person.begins()
    person.fills(*ANSWERS)
    assert "给您留着" in person.says("3").text
    assert "13800000000" in person.says("接着办", "resume").seen


def test_there_is_nothing_to_ask_before_the_first_answer(person: Person) -> None:
    person.begins()
    assert "（1/5）" in person.says("重来", "start_over").text


def test_the_service_named_again_goes_on(person: Person) -> None:
    person.begins()
    person.says("王芳")
    said = person.says("零工登记", "nlu_fallback", 0.2)
    assert "接着办" in said.text
    assert "（2/5）" in said.text


def test_registering_again_updates_under_the_same_number(person: Person) -> None:
    person.begins()
    person.fills(*ANSWERS)
    (number,) = NUMBER.findall(person.says("对").text)
    again = person.says("我想登记零工", "start_gig_registration")
    assert number in again.text
    assert again.titles == ["都对，提交", "要改", "先不办了"]
    assert "大连市中山区" in person.says("地点改成大连中山区", "correct").text
    done = person.says("对")
    assert number in done.text
    assert "更新" in done.text
    (stored,) = person.registrations
    assert stored.city == "大连市"


def test_days_later_on_another_process(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000")
    with person.desk.database.unit_of_work() as session:
        session.execute(update(Draft).values(updated_at=utc_now() - timedelta(days=3)))
    moved = person.elsewhere()
    assert "（3/5）" in moved.says("接着办", "resume").text
    moved.fills(*ANSWERS[2:])
    moved.says("对")
    assert len(person.registrations) == 1


def test_the_same_confirmation_twice_is_one_registration(person: Person) -> None:
    person.begins()
    person.fills(*ANSWERS)
    first = person.says("对")
    assert person.again() == first
    assert person.elsewhere().again() == first
    assert len(person.registrations) == 1


@pytest.mark.parametrize("step", range(5))
def test_a_replayed_answer_changes_nothing(person: Person, step: int) -> None:
    person.begins()
    said = person.fills(*ANSWERS[: step + 1])
    before = person.draft
    assert person.again() == said
    after = person.draft
    assert before is not None
    assert after is not None
    assert (before.answers, before.asked) == (after.answers, after.asked)


def test_a_replayed_mistake_counts_once(person: Person) -> None:
    person.begins()
    person.says("王芳")
    person.says("没有")
    assert "慢慢来" not in person.again().text


def test_two_people_do_not_meet(desk: Desk) -> None:
    one, other = Person(desk, "one"), Person(desk, "other")
    one.begins()
    one.says("王芳")
    other.begins()
    stolen = other.says("〔姓名#1〕")
    assert "（1/5）" in stolen.text
    assert other.answers == {}


@pytest.mark.parametrize(
    "said", ["我想登记零工，我叫张伟，13911112222", "我想登记零工，名字是张伟，手机13911112222"]
)
def test_what_was_said_before_consent_is_used_after_it(person: Person, said: str) -> None:
    assert "您同意吗" in person.says(said, "start_gig_registration").text
    assert person.answers == {}
    agreed = person.says("同意", "affirm")
    assert "姓名 张*，手机号 139****2222" in agreed.text
    assert "（3/5）" in agreed.text


@pytest.mark.parametrize(
    "said",
    ["我同意，我叫孙丽，13711112222", "行 我叫孙丽 13711112222", "同意我叫孙丽，13711112222"],
)
def test_a_yes_may_have_answers_behind_it(person: Person, said: str) -> None:
    person.says("我想登记零工", "start_gig_registration")
    assert "（3/5）" in person.says(said, "inform").text
    assert person.answers == {"name": "孙丽", "mobile": "13711112222"}


@pytest.mark.parametrize("said", ["👍", "[强]", "/:strong", "[OK]", "👌👌"])
def test_a_face_is_no_consent(person: Person, said: str) -> None:
    person.says("我想登记零工", "start_gig_registration")
    answered = person.says(said, "affirm", 0.95)
    assert "您同意吗" in answered.text
    assert "记什么" not in answered.text
    assert person.draft is not None
    assert person.draft.asked == "consent"


@pytest.mark.parametrize(
    "said", ["先不办了", "等会儿再填", "一会儿再来", "回头再说", "我先忙", "等会儿"]
)
def test_setting_aside_keeps_everything_and_asks_nothing(person: Person, said: str) -> None:
    person.begins()
    person.says("王芳")
    answered = person.says(said, "cancel", 0.9)
    assert "给您留着" in answered.text
    assert "/5" not in answered.text
    assert "（2/5）" in person.says("接着办", "resume").text
    assert person.answers == {"name": "王芳"}


@pytest.mark.parametrize(
    "said",
    ["不想留手机号", "为啥要我手机号", "凭啥要我名字", "会不会泄露", "给谁看", "不想填名字了"],
)
def test_what_an_answer_is_for_is_told(person: Person, said: str) -> None:
    person.begins()
    person.says("王芳")
    answered = person.says(said, "nlu_fallback", 0.3)
    assert "不卖给别人" in answered.text
    assert "（2/5）" in answered.text
    assert answered.titles == ["接着办", "先不办了"]


def test_half_an_answer_to_another_question_is_told(person: Person) -> None:
    person.begins()
    assert "先记着：铁西，待会儿问您是沈阳还是鞍山" in person.says("铁西").text
    person.says("王芳")
    person.says("13800000000")
    assert "（4/5）" in person.says("鞍山").text


def test_who_is_addressed_is_asked_once_for_the_full_name(person: Person) -> None:
    person.begins()
    assert "全名" in person.says("老张").text
    assert "（2/5）" in person.says("老张").text
    person.says("改一下姓名", "correct")
    assert "全名" in person.says("免贵姓王").text
    person.says("王丽")
    assert person.answers["name"] == "王丽"


def test_a_long_list_is_shown_once(person: Person) -> None:
    person.begins()
    assert len(person.fills("王芳", "13800000000", "沈阳铁西").choices) == 14
    again = person.says("你好", "greet")
    assert again.choices == ()
    assert "单子" in again.text
    assert len(person.says("单子").choices) == 14


def test_anywhere_is_asked_for_the_main_city(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000")
    answered = person.says("哪都行")
    assert "最主要的城市" in answered.text
    assert len(answered.choices) == 15
    assert "（4/5）" in person.says("沈阳全市都行").text
    assert "available" not in person.answers
