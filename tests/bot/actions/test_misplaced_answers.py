"""What is said to one question and belongs to another: it fills that one, or nothing at all."""

import pytest

from tests.bot.actions.dialogue import Answered, Person

PAY = ["一天两百", "一天150管饭", "两百块钱一天，管吃住", "月薪四千"]
WORK = ["开网约车", "跑外卖", "送快递", "干保洁", "刷碗"]


def registers(person: Person, *answers: str) -> Answered:
    person.begins()
    return person.fills(*answers)


def posts(person: Person, *answers: str) -> Answered:
    person.says("我要招零工", "start_gig_posting")
    person.says("同意", "affirm")
    return person.fills(*answers)


@pytest.mark.parametrize("said", WORK)
@pytest.mark.parametrize("intent", ["inform", "out_of_scope"])
def test_work_is_no_name_and_fills_its_own_field(person: Person, said: str, intent: str) -> None:
    registers(person)
    assert "（1/5）" in person.says(said, intent, 0.42).text
    assert "name" not in person.answers
    assert person.answers["work_kinds"]


@pytest.mark.parametrize("said", ["刷盘子", "跑长途", "扛大包", "换一个"])
def test_work_on_no_list_is_no_name_either(person: Person, said: str) -> None:
    assert "（1/5）" in registers(person, said).text
    assert "name" not in person.answers


@pytest.mark.parametrize("name", ["王开车", "司马相如", "扎西", "买买提", "央金", "白玛拉姆"])
def test_names_stay_names(person: Person, name: str) -> None:
    assert "（2/5）" in registers(person, name).text


@pytest.mark.parametrize("said", PAY)
@pytest.mark.parametrize("before", range(5))
def test_pay_is_stored_nowhere_in_a_form_that_asks_for_none(
    person: Person, said: str, before: int
) -> None:
    given = ["王芳", "13812345678", "沈阳铁西", "保洁", "周末"][:before]
    assert f"（{before + 1}/5）" in registers(person, *given, said).text
    assert len(person.answers) == before


def test_a_time_beside_pay_is_still_a_time(person: Person) -> None:
    registers(person, "王芳", "13812345678", "沈阳铁西", "保洁")
    assert "都对吗" in person.says("白天，一天两百").text


@pytest.mark.parametrize("said", PAY)
@pytest.mark.parametrize("before", [0, 1, 2])
def test_pay_fills_its_own_field_where_there_is_one(person: Person, said: str, before: int) -> None:
    given = ["老王饭店", "13812345678"][:before]
    again = posts(person, *given, said)
    assert f"（{before + 1}/9）" in again.text
    assert "给多少钱" in again.text
    assert len(person.answers) == before + 1


@pytest.mark.parametrize("said", ["一天两百", "保洁"])
def test_when_is_answered_by_no_pay_and_no_work(person: Person, said: str) -> None:
    posts(person, "老王饭店", "13812345678", "沈阳铁西", "保洁", "一天200")
    assert "（6/9）" in person.says(said).text
    assert "when" not in person.answers


def test_pay_is_no_number_of_people(person: Person) -> None:
    posts(person, "老王饭店", "13812345678", "沈阳铁西", "保洁", "一天200", "周六一天")
    assert "（7/9）" in person.says("一天两百").text
    assert "how_many" not in person.answers
    assert "（8/9）" in person.says("3个人，一天两百").text
    assert person.answers["how_many"] == 3


@pytest.mark.parametrize("employer", ["饭店", "美团", "老王饭店", "快递站"])
def test_a_place_of_work_may_hire(person: Person, employer: str) -> None:
    assert "（2/9）" in posts(person, employer).text


@pytest.mark.parametrize("said", ["一天150管饭", "周六8点", "五个人"])
def test_other_numbers_are_not_counted_as_digits_of_a_phone(person: Person, said: str) -> None:
    answered = registers(person, "王芳", said)
    assert "位数字" not in answered.text
    assert "（2/5）" in answered.text


@pytest.mark.parametrize("said", ["我的号是1381234567", "1381234567", "12345"])
def test_a_number_that_was_meant_as_one_is_counted(person: Person, said: str) -> None:
    assert "位数字" in registers(person, "王芳", said).text


@pytest.mark.parametrize("said", ["换一个，我想报名培训", "换一个吧，我想报名培训"])
def test_another_service_in_the_middle_of_a_form_is_one(person: Person, said: str) -> None:
    registers(person, "王芳")
    asked = person.says(said, "start_training_signup", 0.98)
    assert asked.titles == ["先留着", "不要了，删掉", "接着办这份"]
    assert "创业培训报名" in person.says("先留着").text


def test_the_first_one_is_still_changed_by_its_place(person: Person) -> None:
    registers(person, "王芳", "13812345678")
    assert "（1/5）" in person.says("换第一个", "correct").text
    person.says("改第1个，李红")
    assert person.answers["name"] == "李红"


def extends(person: Person, *answers: str) -> Answered:
    person.says("我要办展期", "start_loan_extension")
    person.says("同意", "affirm")
    return person.fills("疫情影响", *answers)


@pytest.mark.parametrize(
    ("said", "months"),
    [("6个月", 6), ("半年，6个月", 6), ("半年", 6), ("一年", 12), ("俩", 2)],
)
def test_a_length_of_time_is_counted_in_months(person: Person, said: str, months: int) -> None:
    assert "（4/6）" in extends(person, "0", said).text
    assert person.answers["months_wanted"] == months


@pytest.mark.parametrize("had", ["0", "5"])
def test_more_than_a_year_is_refused_at_once_and_mended_by_a_number(
    person: Person, had: str
) -> None:
    barred = extends(person, had, "14")
    assert "原则上不超过1年" in barred.text and "（3/6）" in barred.text
    assert "一年半" not in barred.text and "叫什么名字" not in barred.text
    assert "不超过1年" in person.says("一年半").text
    assert "（4/6）" in person.says("7").text
    assert person.answers["months_wanted"] == 7


def test_what_was_given_wrong_before_it_may_be_mended_too(person: Person) -> None:
    assert "改一下已经展期几个月" in extends(person, "9", "6").text
    assert "（2/6）" in person.says("改一下已经展期几个月", "correct").text
    assert "（4/6）" in person.says("3").text


@pytest.mark.parametrize("said", ["没展过", "从来没展过", "还没有展期过"])
def test_never_is_zero_and_leaves_nothing_out(person: Person, said: str) -> None:
    extends(person)
    assert "（3/6）" in person.says(said, "skip", 0.84).text
    assert person.answers["months_had"] == 0


def test_a_yes_may_go_on_telling(person: Person) -> None:
    person.says("我要社保补贴", "start_social_insurance_subsidy")
    person.says("同意", "affirm")
    person.fills("农民工", "嗯呢，送外卖")
    assert person.answers["platform"] is True
    person.says("不是，是公司交的")
    assert person.answers["pays"] is False


@pytest.mark.parametrize("said", ["对，不是平台", "是，但没干多久"])
def test_a_yes_that_is_taken_back_is_asked_again(person: Person, said: str) -> None:
    person.says("我要社保补贴", "start_social_insurance_subsidy")
    person.says("同意", "affirm")
    person.fills("农民工", said)
    assert "platform" not in person.answers


def test_a_yes_in_two_words_hands_in(person: Person) -> None:
    registers(person, "王芳", "13812345678", "沈阳铁西", "保洁", "周末")
    assert "登记好了" in person.says("对，交上去吧", "nlu_fallback", 0.4).text


def test_a_story_that_sounds_like_the_plan_is_a_story(person: Person) -> None:
    person.says("预约创业导师", "start_mentor_booking")
    person.says("同意", "affirm")
    person.fills("选项目", "丹东振兴", "先登记")
    story = "刚开了个早餐店，没啥生意"
    assert "没找到" not in person.says(story, "ask_policy", 0.6).text
    assert person.answers["situation"] == story
