"""What was just offered is taken up by a yes, by a wish that names nothing, or by answers."""

import pytest

from tests.bot.actions.dialogue import Person

SUBSIDIES = "「创业补贴一起办」"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("好啊，看看", "affirm"),
        ("我想申请", "start_gig_registration"),
        ("俺想报", "out_of_scope"),
        ("帮我办一下", "help"),
        ("报名", "nlu_fallback"),
    ],
)
def test_the_one_service_that_was_offered_is_begun(person: Person, text: str, intent: str) -> None:
    offered = person.says("一次性创业补贴多少钱", "ask_policy")
    (start,) = [one for one in offered.choices if one.payload.startswith("/start_")]
    assert SUBSIDIES in person.says(text, intent).text
    assert person.draft is not None
    assert start.payload == f"/start_{person.draft.service}"


@pytest.mark.parametrize(("text", "intent"), [("好", "affirm"), ("我想申请", "help")])
def test_among_several_it_is_asked_which(person: Person, text: str, intent: str) -> None:
    offered = person.says("大学生创业训练营怎么参加", "ask_policy")
    starts = [one.title for one in offered.choices if one.payload.startswith("/start_")]
    assert len(starts) == 2
    asked = person.says(text, intent)
    assert asked.titles == [*starts, "找人工"]
    assert person.draft is None
    person.says("第二个")
    assert person.draft is not None


def test_a_list_of_all_there_is_is_no_offer(person: Person) -> None:
    assert person.says("帮助", "help").text == "<utter_help>"
    assert person.says("好", "affirm").text == "<utter_nothing_to_affirm>"
    assert person.says("我想申请", "help").titles[-1] == "找人工"
    assert person.draft is None


def test_a_wish_that_nothing_was_offered_for_is_asked_back(person: Person) -> None:
    asked = person.says("我想申请", "start_gig_registration")
    assert asked.text == "您想办哪件事？"
    assert "零工登记" in asked.titles


@pytest.mark.parametrize("intent", ["inform", "nlu_fallback"])
def test_an_answer_to_the_one_offer_that_takes_it_is_kept(person: Person, intent: str) -> None:
    assert person.says("我要招人", "start_gig_posting").titles[0] == "招零工、短工"
    assert "「发布零工」" in person.says("饭店服务员俩", intent).text
    agreed = person.says("同意", "affirm")
    assert "餐饮" in agreed.text
    assert "招几个人 2" in agreed.text


def test_an_answer_that_two_offers_take_begins_none(person: Person) -> None:
    person.says("零工", "start_gig_registration")
    person.says("保洁")
    assert person.draft is None
