"""What people say before the first question: it counts, and nobody says it twice."""

import pytest

from models.intake.form import CONFIRM
from models.request import requests_of
from tests.bot.actions.dialogue import Person
from tests.bot.actions.paths import paths_of
from tests.bot.actions.test_every_service import begin, fill, form_of


@pytest.mark.parametrize("intent", ["inform", "nlu_fallback"])
def test_answers_without_a_wish_begin_the_service_they_fit(person: Person, intent: str) -> None:
    asked = person.says("我叫王芳，13812345678，沈阳铁西，干保洁的", intent)
    assert "零工登记" in asked.text
    assert "（5/5）" in person.says("同意", "affirm").text
    assert (person.answers["name"], person.answers["work_kinds"]) == ("王芳", ["保洁"])


@pytest.mark.parametrize(
    "asked", ["沈阳铁西有啥日结活", "铁岭昌图有没有日结的活", "大连庄河有活吗"]
)
def test_a_question_that_asks_for_work_says_where(person: Person, asked: str) -> None:
    found = person.says(asked, "start_gig_search")
    assert "想在哪找活" not in found.text
    assert "（2/2）" in found.text


def test_a_question_that_asks_for_work_says_which(person: Person) -> None:
    found = person.says("沈阳铁西有没有保洁的活", "start_gig_search")
    assert "（1/2）" not in found.text and "（2/2）" not in found.text


def test_a_question_about_registering_says_nothing_of_where(person: Person) -> None:
    person.says("大连的能在沈阳办零工登记吗", "start_gig_registration")
    person.says("同意", "affirm")
    assert "place" not in person.answers


def test_a_name_and_a_number_alone_begin_nothing(person: Person) -> None:
    person.says("我叫王芳，13812345678", "inform")
    assert person.draft is None


def test_equals_are_told_apart_by_what_the_classifier_thinks_likelier(person: Person) -> None:
    person.ranking = ("start_training_signup", "start_startup_guidance")
    said = "我是农民工，在鞍山海城，想学电商开网店，叫刘强 13812345678"
    assert "创业培训报名" in person.says(said, "nlu_fallback").text


def test_the_matter_told_first_is_not_asked_again(person: Person) -> None:
    person.says("老板欠我三千二百块钱不给，咋办", "start_rights_protection")
    after = person.says("同意", "affirm")
    assert "（2/3）" in after.text
    assert "三千二百块" in str(person.answers["trouble"])


@pytest.mark.parametrize("intent", ["start_complaint_report", "deny", "inform"])
def test_the_matter_told_at_consent_is_kept_for_its_question(person: Person, intent: str) -> None:
    person.says("我要投诉", "start_complaint_report")
    asked = person.says("有个培训班骗补贴", intent, 0.8)
    assert "您同意吗" in asked.text
    assert "不用再说一遍" in asked.text
    assert person.answers == {}  # nothing is stored before there is a yes
    assert "（1/4）" in person.says("同意", "affirm").text
    assert person.answers == {"story": "有个培训班骗补贴"}


def test_a_matter_told_in_several_messages_is_one(person: Person) -> None:
    person.says("我要投诉", "start_complaint_report")
    person.fills("窗口态度不好，推来推去", "就是双塔区那个办事大厅，咋办")
    person.says("同意", "affirm")
    assert person.answers["story"] == "窗口态度不好，推来推去，就是双塔区那个办事大厅"


def test_a_matter_that_a_list_names_is_told_in_few_words(person: Person) -> None:
    person.says("我要维权", "start_rights_protection")
    person.says("老板不给钱", "start_rights_protection")
    assert "（2/3）" in person.says("同意", "affirm").text
    assert person.answers == {"trouble": "拖欠工钱"}


@pytest.mark.parametrize(
    "said",
    ["你好啊", "不知道咋说", "反映一下这个情况", "要交啥材料", "13812345678", "朝阳双塔区，匿名"],
)
def test_what_tells_no_matter_is_kept_for_none(person: Person, said: str) -> None:
    person.says("我要投诉", "start_complaint_report")
    person.says(said)
    person.says("同意", "affirm")
    assert "story" not in person.answers


def test_without_consent_the_matter_is_gone_too(person: Person) -> None:
    person.says("我要投诉", "start_complaint_report")
    person.says("有个培训班骗补贴")
    assert "什么都没记" in person.says("不同意", "deny").text
    assert person.draft is None


@pytest.mark.parametrize("said", ["凭啥要同意啊", "同意是啥意思", "不同意会咋样", "为啥要我同意"])
def test_what_consent_is_for_is_told_and_asked_again(person: Person, said: str) -> None:
    person.says("我想登记零工", "start_gig_registration")
    told = person.says(said, "ask_policy", 0.97)
    assert "只用来办零工登记" in told.text
    assert "您同意吗" in told.text


@pytest.mark.parametrize("said", ["不知道", "不清楚", "我不懂", "说不好"])
def test_not_to_know_is_no_refusal_of_consent(person: Person, said: str) -> None:
    person.says("我想登记零工", "start_gig_registration")
    told = person.says(said, "deny", 0.86)
    assert "您同意吗" in told.text
    assert "就是让我把您填的记下来" in told.text
    again = person.says(said, "deny", 0.86)
    assert "您同意吗" in again.text
    assert "就是让我把您填的记下来" not in again.text  # explained once
    assert "（1/5）" in person.says("同意", "affirm").text


@pytest.mark.parametrize("asked", ["我要维权", "维权怎么弄", "维权"])
def test_a_mere_wish_tells_no_matter(person: Person, asked: str) -> None:
    person.says(asked, "start_rights_protection")
    assert "（1/3）" in person.says("同意", "affirm").text


@pytest.mark.parametrize("said", ["都行", "一年半", "两三天", "看情况"])
def test_no_manner_of_speaking_is_a_name(person: Person, said: str) -> None:
    person.begins()
    assert "（1/5）" in person.says(said).text
    assert "name" not in person.answers


def test_a_name_beside_a_number_is_hidden_without_a_cue(person: Person) -> None:
    person.says("王芳 13812345678 白天", "nlu_fallback")
    assert "王芳" not in person.sent
    assert "白天" in person.sent


def test_a_lone_way_out_has_no_number(person: Person) -> None:
    person.begins()
    missed = person.says("!!!")
    assert missed.titles == ["找人工"]
    person.says("1")
    assert person.sent == "1"


def test_a_miss_keeps_what_could_be_chosen(person: Person) -> None:
    asked = person.says("补贴", "inform")
    again = person.says("嘎哈呢这是", "nlu_fallback")
    assert again.titles[: len(asked.titles) - 1] == asked.titles[:-1]
    assert "社保补贴" in person.says("2").text


def test_an_exemption_is_not_asked_for_without_its_loan(person: Person) -> None:
    service = person.desk.catalogue.service("startup_loan")
    path = paths_of(service)[0] | {"debts": "有别的贷款", "credit": "银行评过信用好"}
    begin(person, service)
    summary = fill(person, path)
    assert "免除反担保：跟着「创业担保贷款」一起办" in summary.text
    refused = person.says("对")
    assert "对不上" in refused.text
    assert form_of(person).open_question == CONFIRM  # type: ignore[union-attr]
    with person.desk.database.reading() as session:
        assert requests_of(session, person.contact_id, service.code) == []


def test_errors_about_places_speak_of_no_other_service(person: Person) -> None:
    service = person.desk.catalogue.service("startup_loan")
    begin(person, service)
    fill(person, paths_of(service)[0], until="place")
    for said in ("北京", "哪都行", "沈阳"):
        answered = person.says(said).text
        assert "登记" not in answered
        assert "想去" not in answered
        assert "都能去" not in answered


def test_what_is_stated_beside_a_question_is_not_asked_again(person: Person) -> None:
    person.says("刚毕业开了店，能领啥钱", "start_startup_subsidies")
    after = person.says("同意", "affirm")
    assert "高校毕业生" in after.text and "毕业" in after.text
    assert person.answers["identity"] == ["高校毕业生"]
    assert person.answers["did"] == ["开了店或公司"]


def test_what_is_asked_is_no_answer(person: Person) -> None:
    person.says("退伍军人能领啥补贴，农民工能领吗？", "start_startup_subsidies")
    assert "（1/" in person.says("同意", "affirm").text
    assert "identity" not in person.answers


def test_the_matter_told_at_another_question_is_kept_for_its_own(person: Person) -> None:
    person.says("我要投诉", "start_complaint_report")
    person.says("同意", "affirm")
    asked = person.says("窗口那人让我跑了三趟，还骂人")
    assert "匿名" in asked.text
    assert person.answers == {"story": "窗口那人让我跑了三趟，还骂人"}
