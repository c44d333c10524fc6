"""The topics around the form: policy, own data, progress, and small talk."""

import re

import pytest
from sqlalchemy import select, text

from models.knowledge.document import Clause
from tests.bot.actions.dialogue import Person

ANSWERS = ("王芳", "13800000000", "沈阳铁西", "保洁", "周末有空")


def test_where_to_register_ends_with_the_offer(person: Person) -> None:
    answered = person.says("打零工去哪里登记", "ask_policy")
    assert "免费向社会提供零工信息登记发布和求职招聘服务" in answered.text
    assert "三(八)" in answered.text
    assert "要现在登记吗？" in answered.text
    assert answered.titles[0] == "现在登记"
    assert answered.titles[-1] == "找人工"
    assert "您同意吗" in person.says("现在登记").text


def test_an_amount_that_is_not_stated_is_no_figure(person: Person) -> None:
    answered = person.says("一次性创业补贴多少钱", "ask_policy")
    assert not re.search(r"\d", answered.text.replace("热线 12333", ""))
    assert answered.titles == ["看看我能领哪些", "看整条", "找人工"]
    assert "工作人员" in person.says("3").text


def test_a_clause_can_be_chosen(person: Person) -> None:
    with person.desk.database.reading() as session:
        found = select(Clause.id).where(Clause.text.contains("法律援助"))
        clause_id = session.scalars(found).one()
    quoted = person.says(f'/ask_policy{{"clause": "{clause_id}"}}')
    assert "法律援助" in quoted.text
    assert "出处" in quoted.text
    assert "没找到" in person.says('/ask_policy{"clause": "999999"}').text
    assert person.says('/ask_policy{"clause": "x"}').text == "<utter_help>"


def test_what_the_text_does_not_hold_is_said(person: Person) -> None:
    assert "没找到" in person.says("xyzzy qwerty", "ask_policy").text


def test_an_unplaced_question_is_searched(person: Person) -> None:
    answered = person.says("打零工去哪登记呢？", "nlu_fallback", 0.2)
    assert "出处" in answered.text
    unplaced = person.says("呱呱呱", "nlu_fallback", 0.2)
    assert unplaced.text == "<utter_misunderstood>"
    assert unplaced.titles == answered.titles


def test_own_data_is_shown_masked_and_erased_after_a_second_yes(person: Person) -> None:
    assert "没有存" in person.says("我的信息", "my_data").text
    assert "只有和我说过的话" in person.says("删除我的信息", "my_data").text
    person.begins()
    person.fills(*ANSWERS)
    person.says("对")
    person.says("我想登记零工", "start_gig_registration")
    person.says("名字改成李雷", "correct")
    shown = person.says("我的信息", "my_data")
    assert "王*" in shown.text
    assert "138****0000" in shown.text
    assert "姓名 李*" in shown.text
    assert "13800000000" not in shown.text
    asked = person.says("删除我的信息", "my_data")
    assert asked.titles == ["确认删除", "先不删"]
    assert len(person.registrations) == 1
    assert "删好了" in person.says("确认删除").text
    assert person.registrations == []
    assert person.draft is None
    with person.desk.database.reading() as session:
        left = {
            table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("private_value", "draft", "gig_registration")
        }
        originals = "SELECT count(*) FROM message WHERE original IS NOT NULL"
        consents = "SELECT count(*) FROM consent WHERE withdrawn_at IS NULL"
        assert session.execute(text(originals)).scalar() == 0
        words = " ".join(session.execute(text("SELECT text FROM message")).scalars())
        for said in ("〔姓名", "周末有空", "铁西", "保洁", "138****"):
            assert said not in words, said
        assert session.execute(text(consents)).scalar() == 0
    assert left == {"private_value": 0, "draft": 0, "gig_registration": 0}
    assert "您同意吗" in person.says("我想登记零工", "start_gig_registration").text


def test_own_data_are_handed_out_by_a_link_for_their_owner_alone(person: Person) -> None:
    said = person.says("导出我的信息", "my_data")
    assert "/m/mine/" not in said.text
    assert "/m/mine/" in said.seen
    assert "导出我的信息" in person.says("我的信息", "my_data").titles


def test_not_erasing_keeps_everything(person: Person) -> None:
    person.begins()
    person.fills(*ANSWERS)
    person.says("对")
    person.says("删除我的信息", "my_data")
    assert person.says("先不删").text == "<utter_nothing_to_deny>"
    assert len(person.registrations) == 1


def test_erasing_one_person_leaves_the_others(person: Person) -> None:
    other = Person(person.desk, "other")
    for one in (person, other):
        one.begins()
        one.fills(*ANSWERS)
        one.says("对")
    person.says("确认删除我的信息", "my_data")
    assert person.registrations == []
    assert [one.name for one in other.registrations] == ["王芳"]


def test_progress(person: Person) -> None:
    assert person.says("查进度", "progress").text == "<utter_progress_none>"
    person.begins()
    person.says("王芳")
    assert "填到第2项" in person.says("查进度", "progress").text
    person.fills(*ANSWERS[1:])
    person.says("对")
    (stored,) = person.registrations
    said = person.says("我的登记到哪了", "progress")
    assert stored.number in said.text
    assert re.search(r"\d{4}年\d{1,2}月\d{1,2}日", said.text)
    assert said.choices == ()


@pytest.mark.parametrize(
    ("text", "intent", "response"),
    [
        ("你好", "greet", "utter_greet"),
        ("谢谢", "thanks", "utter_thanks"),
        ("再见", "goodbye", "utter_goodbye"),
        ("你是真人吗", "bot_challenge", "utter_bot_challenge"),
        ("笨蛋", "abuse", "utter_abuse"),
        ("今天天气怎么样", "out_of_scope", "utter_out_of_scope"),
        ("can you speak english", "other_language", "utter_other_language"),
        ("帮助", "help", "utter_help"),
        ("好的", "affirm", "utter_nothing_to_affirm"),
        ("不要", "deny", "utter_nothing_to_deny"),
        ("算了", "cancel", "utter_nothing_to_cancel"),
        ("跳过", "skip", "utter_nothing_to_skip"),
        ("改一下手机号", "correct", "utter_nothing_to_correct"),
        ("上一步", "go_back", "utter_nothing_to_correct"),
        ("接着办", "resume", "utter_nothing_to_resume"),
        ("重新开始", "start_over", "utter_nothing_to_resume"),
        ("王芳", "inform", "utter_misunderstood"),
        ("啊吧啊吧", "some_new_intent", "utter_misunderstood"),
    ],
)
def test_without_a_form_every_intent_has_its_words(
    person: Person, text: str, intent: str, response: str
) -> None:
    assert person.says(text, intent).text == f"<{response}>"


def test_repeating(person: Person) -> None:
    assert person.says("再说一遍", "repeat").text == "<utter_help>"
    first = person.says("打零工去哪里登记", "ask_policy")
    assert person.says("再说一遍", "repeat") == first


def test_a_number_resolves_against_the_last_choices_only(person: Person) -> None:
    person.says("打零工去哪里登记", "ask_policy")
    person.says("谢谢", "thanks")
    assert person.says("1").text == "<utter_misunderstood>"


def test_erasing_takes_every_word(person: Person) -> None:
    person.says("打零工去哪里登记", "ask_policy")
    person.begins()
    person.fills(*ANSWERS)
    person.says("对")
    person.says("确认删除我的信息", "my_data")
    with person.desk.database.reading() as session:
        words = list(session.execute(text("SELECT text FROM message")).scalars())
    assert "打零工去哪里登记" not in words
    assert "周末有空" not in words
    assert "（已应本人要求删除）" in words
