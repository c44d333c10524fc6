"""Who only says who or where they are is asked what they want: one question, with choices."""

import pytest

from models.intake.clarify import clarifications, says_who
from tests.bot.actions.dialogue import Person

WHERE = ["我是大连的", "我家在铁岭", "俺是朝阳人", "我住甘井子", "沈阳", "我在沈阳铁西"]
WHO = [
    "我是大学生",
    "我是农民工",
    "俺是下岗职工",
    "我是退伍军人",
    "刚毕业",
    "我没工作",
    "我是跑滴滴的",
]
BOTH = ["我是本溪的，今年刚毕业", "我是大连的大学生"]


@pytest.mark.parametrize("said", [*WHERE, *WHO, *BOTH])
@pytest.mark.parametrize(
    ("intent", "confidence"),
    [("inform", 0.9), ("nlu_fallback", 0.4), ("ask_policy", 0.8), ("start_gig_search", 0.42)],
)
def test_one_question_settles_what_is_wanted(
    person: Person, said: str, intent: str, confidence: float
) -> None:
    asked = person.says(said, intent, confidence)
    assert asked.text.endswith("？")
    assert 4 <= len(asked.titles) <= 7
    assert asked.titles[-1] == "找人工"
    assert person.draft is None  # nothing is begun on a guess


@pytest.mark.parametrize("answer", ["2", "第二个", "社保"])
def test_it_is_answered_by_digit_ordinal_or_word(person: Person, answer: str) -> None:
    person.says("我是大学生")
    assert "社保补贴" in person.says(answer).text


def test_what_one_is_counts_more_than_where(person: Person) -> None:
    assert person.says("我是大连的农民工").titles == person.says("我是农民工").titles


def test_every_kind_is_asked_for_by_each_of_its_words() -> None:
    kinds = clarifications().of_oneself.kinds
    for one in kinds:
        for word in one.words:
            assert clarifications().who(f"我是{word}") == one, word
    assert [one.words for one in kinds].count(()) == 1


@pytest.mark.parametrize(
    "said",
    [
        "我是大学生，想找活",
        "大学生有啥补贴",
        "我叫王芳",
        "我是王芳",
        "我想在大连打零工",
        "的",
        "人",
        "，，",
        "",
        "我" * 900 + "人" * 900,
    ],
)
def test_whoever_says_more_or_less_is_not_asked_this(said: str) -> None:
    assert not says_who(said)


def test_behind_an_answer_a_place_goes_on_with_it(person: Person) -> None:
    person.says("打零工去哪里登记", "ask_policy")
    assert "零工信息登记" in person.says("大连的呢").text


def test_a_sure_wish_is_no_guess(person: Person) -> None:
    person.says("农民", "start_gig_registration", 0.9)
    assert person.draft is not None


def test_in_a_form_it_is_an_answer(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13812345678")
    assert "（4/5）" in person.says("我是大连甘井子的").text


@pytest.mark.parametrize(
    ("said", "same_as"),
    [("我四十八了下岗没人要", "我下岗了"), ("从工地回来的农民工，腰不好", "我是农民工")],
)
def test_who_tells_of_themselves_at_length_is_asked_what_they_want(
    person: Person, said: str, same_as: str
) -> None:
    assert person.says(said, "inform").titles == person.says(same_as).titles


def test_a_tale_that_names_nobody_is_not_understood(person: Person) -> None:
    assert "utter_misunderstood" in person.says("那天下着雨走了挺远", "inform").text
