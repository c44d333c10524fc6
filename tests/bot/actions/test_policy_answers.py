"""What a conversation makes of policy answers: follow-ups, gaps, feedback."""

import json

import pytest
from sqlalchemy import select

from models.intake import my_data
from models.knowledge.draft import About
from models.knowledge.faq import draft_faq
from models.knowledge.feedback import AnswerFeedback, feedback_by_clause
from models.knowledge.gaps import Gap, open_gaps
from models.knowledge.importing import import_document
from tests.bot.actions.dialogue import Person

LOAN = "没有担保人能办创业担保贷款吗"


def gaps(person: Person) -> list[tuple[str, str, str | None]]:
    with person.desk.database.reading() as session:
        return [(gap.asked, gap.outcome, gap.detail) for gap in session.scalars(select(Gap))]


@pytest.mark.parametrize(
    ("further", "missing"),
    [
        ("那要啥材料", "要带哪些材料"),
        ("那多少钱", "具体金额"),
        ("需要什么材料呢", "要带哪些材料"),
        ("利息多少", "具体比例或利率"),
        ("大学生也行吗", "适用于哪些人"),
    ],
)
def test_a_follow_up_keeps_the_subject(person: Person, further: str, missing: str) -> None:
    assert "三(五)" in person.says(LOAN, "ask_policy").text
    answered = person.says(further, "ask_policy")
    assert f"没有写{missing}" in answered.text
    assert "担保" in answered.text
    assert "三(五)" in answered.text


def test_one_follow_up_may_come_after_the_other(person: Person) -> None:
    person.says(LOAN, "ask_policy")
    for further in ("那要啥材料", "那多少钱", "去哪办"):
        assert "三(五)" in person.says(further, "ask_policy").text


def test_a_question_with_a_subject_of_its_own_is_no_follow_up(person: Person) -> None:
    person.says(LOAN, "ask_policy")
    assert "三(八)" in person.says("那打零工去哪里登记", "ask_policy").text


def test_the_whole_section_can_be_seen(person: Person) -> None:
    quoted = person.says(LOAN, "ask_policy")
    whole = person.says("看整条")
    assert len(whole.text) > len(quoted.text)
    assert "免除反担保要求" in whole.text
    assert "出处：" in whole.text


def test_what_was_not_answered_is_filed_once(person: Person) -> None:
    person.says("一次性创业补贴多少钱", "ask_policy")
    person.again()
    person.says("火星基地怎么走", "ask_policy")
    person.says("打零工去哪里登记", "ask_policy")
    assert gaps(person) == [
        ("一次性创业补贴多少钱", "not_stated", "具体金额"),
        ("火星基地怎么走", "not_found", None),
    ]


def test_a_filed_question_holds_no_private_value_and_goes_with_the_person(person: Person) -> None:
    person.begins()
    person.says("先不办了")
    person.says("我手机13800138000，一次性创业补贴多少钱", "ask_policy")
    ((asked, *_),) = gaps(person)
    assert "13800138000" not in asked
    with person.desk.database.unit_of_work() as session:
        my_data.erase(session, person.desk.catalogue, person.contact_id)
    assert gaps(person) == []


@pytest.mark.parametrize(("word", "counted"), [("有用", (1, 0)), ("没用", (0, 1))])
def test_a_word_on_an_answer_is_kept(person: Person, word: str, counted: tuple[int, int]) -> None:
    person.says(LOAN, "ask_policy")
    person.says(word)
    person.again()
    with person.desk.database.reading() as session:
        (rated,) = feedback_by_clause(session)
        assert (rated.useful, rated.useless) == counted
        assert len(session.scalars(select(AnswerFeedback)).all()) == 1
        assert [one.typical for one in open_gaps(session)] == ([LOAN] if word == "没用" else [])


def test_a_loaded_answer_is_given_where_the_classifier_takes_it_for_not_ours(
    person: Person,
) -> None:
    asked = "住房公积金租房提取一年能取多少次"
    assert "12329" in person.says(asked, "out_of_scope").text
    entry = {"question": asked, "answer": "住房公积金租房提取，在中心窗口办理。", "source": "中心"}
    draft = draft_faq(json.dumps(entry), About("公积金问答"))
    with person.desk.database.unit_of_work() as session:
        import_document(session, draft)
    person.desk.knowledge.warm()
    assert "「住房公积金租房提取，在中心窗口办理。」" in person.says(asked, "out_of_scope").text
    assert "utter_out_of_scope" in person.says("今天天气怎么样", "out_of_scope").text


@pytest.mark.parametrize("question", ["残疾人有啥补助", "退伍兵创业优惠"])
def test_help_that_no_document_names_leads_to_the_subsidies(person: Person, question: str) -> None:
    answered = person.says(question, "ask_policy")
    assert "没找到相关政策" in answered.text and "哪一种" in answered.text
    assert "创业补贴" in person.says("1").text


def test_registering_for_gig_work_is_answered_as_free(person: Person) -> None:
    for question in ("零工登记收费吗", "打零工登记要钱吗"):
        answered = person.says(question, "ask_policy").text
        assert "免费" in answered and "没有写" not in answered


def test_what_leaves_out_its_subject_is_asked_back_unless_an_answer_stands_before_it(
    person: Person,
) -> None:
    asked = person.says("在哪办", "greet")
    assert asked.text == "您问的是哪件事？"
    assert "创业担保贷款" in asked.titles
    person.says("创业担保贷款怎么申请", "ask_policy")
    followed = person.says("在哪办", "greet")
    assert "您问的是哪件事" not in followed.text
    assert "创业担保贷款" in followed.text


def test_who_asks_for_a_telephone_gets_one_and_no_queue(person: Person) -> None:
    told = person.says("电话多少", "human")
    assert "12333" in told.text
    assert "排" not in told.text


@pytest.mark.parametrize(
    "taken_for", ["nlu_fallback", "out_of_scope", "ask_about_us", "inform", "affirm", "deny"]
)
@pytest.mark.parametrize("further", ["那要啥材料", "多久能批下来", "大学生也行吗", "在沈阳呢"])
def test_a_follow_up_is_one_whatever_the_classifier_takes_it_for(
    person: Person, taken_for: str, further: str
) -> None:
    person.says(LOAN, "ask_policy")
    assert "三(五)" in person.says(further, taken_for).text


def test_a_yes_with_a_place_takes_up_what_was_offered(person: Person) -> None:
    person.says(LOAN, "ask_policy")
    assert "咱们办" in person.says("行，我在沈阳", "affirm").text


def test_what_is_said_to_us_is_no_follow_up(person: Person) -> None:
    person.says(LOAN, "ask_policy")
    assert "三(五)" not in person.says("你们收费吗", "ask_about_us").text
    assert "三(五)" not in person.says("谢谢", "thanks").text


def test_a_follow_up_is_about_the_clause_quoted_not_about_one_offered_beside_it(
    person: Person,
) -> None:
    first = person.says("灵活就业有什么扶持", "ask_policy")
    others = [one for one in first.choices if one.title.startswith("看「")]
    assert others
    quoted = first.text.split("「")[1][:12]
    assert quoted in person.says("那要啥材料", "ask_policy").text
