"""Misses, clarifying questions, voice, switching between services, and old drafts."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from models.database import utc_now
from models.draft import KEPT_FOR, Draft, forget_old_drafts
from tests.bot.actions.dialogue import Person


def nonsense(person: Person) -> list[str]:
    """Say what nobody understands; returns the titles of what is offered."""
    person.ranking = ("gig_registration", "start_gig_registration", "progress", "my_data")
    return person.says("嘎嘎咕咕", "nlu_fallback", 0.2).titles


def test_misses_in_a_row_offer_meanings_and_then_a_person(person: Person) -> None:
    assert nonsense(person) == ["找人工"]
    assert nonsense(person) == ["零工登记", "查我的办理进度", "看或删我的信息", "找人工"]
    third = person.says("嘎嘎咕咕", "nlu_fallback", 0.2)
    assert "要不要找人工" in third.text
    assert third.titles == ["找人工"]


def test_a_hit_ends_the_row(person: Person) -> None:
    nonsense(person)
    person.says("你好", "greet")
    assert nonsense(person) == ["找人工"]


def test_misses_are_counted_on_another_device_and_process(person: Person) -> None:
    nonsense(person)
    person.on_another_device()
    assert len(nonsense(person.elsewhere())) == 4


def test_a_repeated_message_is_one_miss(person: Person) -> None:
    nonsense(person)
    person.again()
    person.again()
    assert len(nonsense(person)) == 4


def test_a_guess_at_the_policy_offers_the_nearest_clause(person: Person) -> None:
    person.ranking = ("ask_policy",)
    person.says("零工嘎嘎", "nlu_fallback", 0.2)
    offered = person.says("零工市场嘎嘎", "nlu_fallback", 0.2)
    assert offered.choices[0].title.startswith("看「")
    assert "出处" in person.says("1").text


def test_misses_in_a_form_keep_the_question(person: Person) -> None:
    person.begins()
    person.says("王芳")
    person.ranking = ("go_back",)
    first = person.says("没有", "nlu_fallback", 0.2)
    assert first.titles == ["找人工"]
    second = person.says("没有", "nlu_fallback", 0.2)
    assert "（2/5）" in second.text
    assert second.titles == ["退回上一项", "这一项怎么填", "改前面填过的", "找人工"]
    third = person.says("没有", "nlu_fallback", 0.2)
    assert third.titles == ["找人工", "先不办了"]
    assert "（2/5）" in third.text
    assert "（3/5）" in person.says("13800000000").text


def test_an_unclear_word_is_asked_back_and_answered_by_word(person: Person) -> None:
    asked = person.says("补贴", "ask_policy", 0.9)
    assert "哪一种" in asked.text
    assert "您同意吗" in person.says("社保那个").text
    assert person.draft is not None
    assert person.draft.service == "social_insurance_subsidy"


def test_an_unclear_word_may_lead_to_a_clause(person: Person) -> None:
    person.says("零工", "ask_policy", 0.9)
    person.says("补贴", "ask_policy", 0.9)
    assert "出处" in person.says("培训").text


def test_what_was_spoken_is_read_back_and_the_next_answer_keeps_it(person: Person) -> None:
    person.begins()
    person.says("王芳")
    said = person.speaks("幺三八零零零零零零零零，沈阳铁西。")
    assert "我听到的是：手机号 138****0000，干活地点 沈阳市铁西区。对吗？" in said.text
    assert "（4/5）" in said.text
    after = person.says("保洁")
    assert "我听到的是" not in after.text
    assert person.answers["mobile"] == "13800000000"


def test_what_was_misheard_is_asked_again(person: Person) -> None:
    person.begins()
    person.fills("王芳")
    person.speaks("幺三八零零零零零零零零")
    again = person.says("不对")
    assert "（2/5）" in again.text
    assert "mobile" not in person.answers
    assert "139****2222" in person.speaks("幺三九幺幺幺幺二二二二。").text
    right = person.says("对")
    assert "我听到的是" not in right.text
    assert "（3/5）" in right.text
    assert person.answers["mobile"] == "13911112222"


def test_what_was_misheard_is_corrected_at_once(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000")
    person.speaks("沈阳铁西")
    said = person.says("不对，是大连甘井子")
    assert "大连市甘井子区" in said.text
    assert "（4/5）" in said.text
    assert person.answers["place"] == {"city": "大连市", "district": "甘井子区"}


def test_an_interruption_leaves_what_is_read_back_open(person: Person) -> None:
    person.begins()
    person.speaks("我叫王芳")
    assert "我听到的是：姓名 王*" in person.says("你好", "greet").text
    assert "（1/5）" in person.says("听错了").text


def test_a_correction_by_voice_is_read_back(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000")
    said = person.speaks("手机号改成幺三九幺幺幺幺二二二二")
    assert "我听到的是：手机号 139****2222" in said.text
    person.says("不对")
    assert person.answers["mobile"] == "13800000000"


def test_cancelling_is_asked_first_and_a_no_goes_on(person: Person) -> None:
    person.begins()
    person.says("王芳")
    assert "找不回来" in person.says("不办了").text
    assert "（2/5）" in person.says("没有，点错了", "deny").text
    assert person.answers == {"name": "王芳"}
    person.says("算了")
    assert "给您留着" in person.says("先留着").text
    assert "（2/5）" in person.says("接着办").text


def test_an_answer_while_leaving_is_asked_goes_on_with_the_form(person: Person) -> None:
    person.begins()
    person.says("王芳")
    person.says("算了")
    assert "（3/5）" in person.says("13800000000").text
    assert "找不回来" not in person.says("你好", "greet").text


def test_among_several_drafts_it_is_asked_which(person: Person) -> None:
    person.begins()
    person.says("王芳")
    person.says("我想办创业担保贷款", "start_startup_loan")
    person.says("先办这个，那个留着", "inform")
    person.says("同意", "affirm")
    person.says("先不办了")
    asked = person.says("接着办")
    assert set(asked.titles) == {"零工登记", "创业担保贷款"}
    assert "（2/5）" in person.says("零工登记那个").text
    person.says("先不办了")
    assert "创业担保贷款" in person.says("接着办创业担保贷款", "resume").text


def test_a_yes_to_switching_keeps_and_a_no_stays(person: Person) -> None:
    person.begins()
    person.says("王芳")
    person.says("我想办创业担保贷款", "start_startup_loan")
    assert "（2/5）" in person.says("不用了，不换", "deny").text
    person.says("我想办创业担保贷款", "start_startup_loan")
    assert "「零工登记」先放一边" in person.says("好的", "affirm").text


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_drafts_wait_thirty_days(person: Person, days: int, left: int) -> None:
    assert timedelta(days=30) == KEPT_FOR
    person.begins()
    person.says("王芳")
    with person.desk.database.unit_of_work() as session:
        session.execute(update(Draft).values(updated_at=utc_now() - timedelta(days=days)))
        assert forget_old_drafts(session) == 1 - left
    assert (person.draft is not None) == bool(left)


@pytest.mark.parametrize("intent", ["start_startup_subsidies", "ask_policy"])
def test_an_unclear_word_is_asked_back_in_the_middle_of_a_form(person: Person, intent: str) -> None:
    person.begins()
    before = person.answers
    asked = person.says("补贴", intent, 0.97)
    assert "哪一种" in asked.text and "社保补贴" in "".join(asked.titles)
    assert person.answers == before
    assert "社保补贴" in person.says("2").text


def test_a_story_that_asks_for_help_is_asked_back_and_the_form_waits(person: Person) -> None:
    person.begins()
    person.says("王芳")
    story = "家里老人七十多了，我又没工作，不知道有啥补贴没，我咋办"
    asked = person.says(story, "ask_policy", 0.83)
    assert "补贴有几种" in asked.text
    assert "社保补贴" in asked.titles
    assert person.answers == {"name": "王芳"}
    assert "（2/5）" in person.says("接着办", "resume").text


@pytest.mark.parametrize("said", ["大学生也能办不", "要钱不", "有补贴没"])
def test_a_question_without_its_mark_is_no_answer(person: Person, said: str) -> None:
    person.begins()
    before = person.answers
    assert "不像名字" not in person.says(said, "nlu_fallback", 0.3).text
    assert person.answers == before


@pytest.mark.parametrize("asks", ["我填的啥来着", "我想看看我填的", "填到哪了"])
def test_what_is_filled_in_can_be_looked_at(person: Person, asks: str) -> None:
    person.begins()
    assert "还没填" in person.says(asks, "ask_policy").text
    person.fills("王芳", "13800000000")
    shown = person.says(asks, "ask_policy")
    assert "· 姓名：王*\n· 手机号：138****0000" in shown.text
    assert "（3/5）" in shown.text
    person.says("沈阳铁西")
    assert "干活地点：沈阳市铁西区" in person.says(asks, "my_data").text
    person.fills("保洁", "周末有空")
    assert person.says(asks, "ask_policy").text.count("能干的活：保洁") == 1


def test_what_is_filled_in_without_a_form_is_how_far_things_are(person: Person) -> None:
    person.begins()
    person.fills("王芳", "先放一放")
    assert "填到第2项" in person.says("我填到哪了", "nlu_fallback").text


def test_a_number_for_a_later_question_is_no_story(person: Person) -> None:
    person.says("想找人指导创业", "start_startup_guidance")
    person.says("同意", "affirm")
    person.says("业务咨询")
    asked = person.says("13900001111")
    assert "手机号 139****1111" in asked.text
    assert "（2/6）" in asked.text
    assert "situation" not in person.answers
    person.says("想回村养鸡，电话13900001111")
    assert "养鸡" in person.answers["situation"]


def test_a_yes_keeps_what_was_filled_in_before(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000")
    assert "原来填的是" in person.says("上一步", "go_back").text
    kept = person.says("对", "affirm")
    assert "（3/5）" in kept.text
    assert person.answers["mobile"] == "13800000000"
