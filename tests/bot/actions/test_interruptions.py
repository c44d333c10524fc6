"""Every question of every service × what people say in between: served, asked again, not lost.

Grows by itself with the catalogue: a new service file is walked through on as many paths as it
takes to meet every one of its fields, and interrupted at each of them in every way below.
"""

from datetime import timedelta

import pytest
from sqlalchemy import update

from models.catalogue import Service, ServiceField, load_catalogue
from models.catalogue.service import Kind
from models.database import utc_now
from models.draft import Draft
from models.intake.answers import type_of
from models.intake.form import CONFIRM, CONSENT, open_form
from tests.bot.actions.dialogue import Person
from tests.bot.actions.paths import paths_of

# What is said, what the classifier makes of it, and what has to be in the answer to it.
INTERRUPTIONS = {
    "policy question": ("创业担保贷款能展期多久", "ask_policy", 0.9, "1年"),
    "question with a poor guess": ("零工市场在哪里啊？", "nlu_fallback", 0.3, "零工市场"),
    "amount not stated": ("一次性创业补贴多少钱", "ask_policy", 0.9, "没有写"),
    "greeting": ("你好", "greet", 0.9, "<utter_greet>"),
    "greeting with a poor guess": ("你好！", "inform", 0.5, "<utter_greet>"),
    "thanks": ("谢谢", "thanks", 0.9, "<utter_thanks>"),
    "who are you": ("你是机器人吗", "bot_challenge", 0.9, "<utter_bot_challenge>"),
    "a service not there": ("我要拜师学艺", "start_no_such_service", 0.9, "<utter_misunderstood>"),
    "out of scope": ("今天天气怎么样", "out_of_scope", 0.9, "<utter_out_of_scope>"),
    "another counter": ("公积金怎么提取", "out_of_scope", 0.9, "12329"),
    "another language": ("can you speak english", "other_language", 0.9, "<utter_other_language>"),
    "progress": ("查进度", "progress", 0.9, "「"),
    "my data": ("我的信息", "my_data", 0.9, ""),
    "help": ("不会填", "help", 0.9, "算了"),
    "repeat": ("再说一遍", "repeat", 0.9, ""),
    "abuse": ("你个大笨蛋", "abuse", 0.9, "<utter_abuse>"),
    "a guide": ("我想办营业执照", "start_business_registration", 0.9, "一步一步来"),
    "a face": ("[强]", "nlu_fallback", 0.2, ""),
    "emoji": ("😂😂", "nlu_fallback", 0.0, ""),
    "nonsense": ("@#￥%……&*", "nlu_fallback", 0.2, ""),
}
# What answers some questions: said only where it is out of place.
YES_AND_NO = {
    "a tapped choice of before": ("/affirm", "affirm", 1.0, ""),
    "a yes out of place": ("好的", "affirm", 0.9, ""),
    "a no out of place": ("不行", "deny", 0.9, ""),
}
FORMS = [service for service in load_catalogue() if service.kind is not Kind.GUIDE]


@pytest.mark.parametrize("service", FORMS, ids=lambda service: service.code)
def test_every_question_survives_every_interruption(person: Person, service: Service) -> None:
    met: set[str] = set()
    for path in paths_of(service):
        person.says("开始", service.start_intent)
        while (asked := _asked(person, service)) is not None:
            if asked not in met:
                _interrupt(person, service, asked)
                met.add(asked)
            if asked == CONFIRM:
                break
            answer = "同意" if asked == CONSENT else path[asked]
            person.says(answer, "affirm" if asked == CONSENT else "inform")
            assert _asked(person, service) != asked, (asked, answer)
        if _asked(person, service) is not None:
            person.says("算了", "cancel")
            assert person.says("不要了，删掉").text.count("已取消") == 1
    assert {field.name for field in service.fields} <= met


def _asked(person: Person, service: Service) -> str | None:
    """Return the open question of the service's form, None when there is no such form."""
    with person.desk.database.reading() as session:
        form = open_form(session, person.desk.catalogue, person.contact_id)
        return None if form is None or form.service.code != service.code else form.open_question


def _interrupt(person: Person, service: Service, asked: str) -> None:
    """Interrupt the open question in every way; each time it is asked again, with its place."""
    with person.desk.database.reading() as session:
        form = open_form(session, person.desk.catalogue, person.contact_id)
        assert form is not None
        shown = {CONSENT: "您同意吗", CONFIRM: str(service.confirm)}.get(asked) or (
            f"（{form.position(asked)}/{form.total}）"
        )
    before = person.draft
    assert before is not None
    kept = {k: v for k, v in before.answers.items() if not k.startswith("_")}
    field = None if asked in (CONSENT, CONFIRM) else service.field(asked)
    said = dict(INTERRUPTIONS) | (YES_AND_NO if field and not _takes_yes_or_no(field) else {})
    for how, (text, intent, confidence, served) in said.items():
        answered = person.says(text, intent, confidence)
        assert served in answered.text, how
        assert shown in answered.text, (how, answered.text)
        assert (person.answers, person.draft.asked) == (kept, before.asked), how
    if kept:
        person.says("算了", "cancel")
        assert shown in person.says("不", "deny").text
        other = next(one for one in FORMS if one.code != service.code)
        assert other.name in person.says("我想办那个", other.start_intent).text
        assert shown in person.says("接着办这份", "resume").text
    with person.desk.database.unit_of_work() as session:
        session.execute(update(Draft).values(updated_at=utc_now() - timedelta(hours=2)))
    assert shown in person.says("接着上次的办", "resume").text
    person.on_another_device()
    assert shown in person.says("你好", "greet").text
    assert (person.answers, person.draft.asked) == (kept, before.asked)


def _takes_yes_or_no(field: ServiceField) -> bool:
    """Whether a bare yes or no may be an answer here, or free words are taken as they are."""
    return type_of(field).code in ("yes_no", "choice", "many_choices", "text")


def test_an_answer_wins_over_a_wrong_guess(person: Person) -> None:
    person.begins()
    for answer, wrong in [
        ("王芳", "goodbye"),
        ("13800000000", "ask_policy"),
        ("沈阳铁西", "out_of_scope"),
        ("保洁", "ask_policy"),
        ("周末有空", "greet"),
    ]:
        person.says(answer, wrong, 0.95)
    assert set(person.answers) == {"name", "mobile", "place", "work_kinds", "available"}


def test_words_about_the_same_thing_are_not_an_answer_when_they_ask(person: Person) -> None:
    person.begins()
    person.fills("王芳", "13800000000", "沈阳铁西")
    assert "（4/5）" in person.says("干保洁有社保补贴吗", "ask_policy").text
    assert "work_kinds" not in person.answers


def test_a_time_said_in_passing_is_no_answer_to_another_question(person: Person) -> None:
    person.begins()
    person.says("现在不行")
    assert person.answers == {}
    person.fills("王芳", "13800000000", "沈阳铁西", "保洁", "周末有空")
    assert "都对吗" in person.says("现在可以提交了", "nlu_fallback", 0.3).text
    assert person.answers["available"] == "周末有空"


def test_what_is_unclear_is_asked_and_not_guessed(person: Person) -> None:
    person.begins()
    person.says("王芳")
    assert "不止一个" in person.says("13800000000，13900000000").text
    assert "mobile" not in person.answers
    person.says("13800000000")
    assert "不在辽宁" in person.says("北京朝阳").text
    assert "不止一个地方" in person.says("沈阳和大连").text
    assert "place" not in person.answers


@pytest.mark.parametrize("said", ["不想活了", "轻生", "跳楼", "喝药"])
def test_distress_comes_before_everything_and_the_form_is_left_alone(
    person: Person, said: str
) -> None:
    assert "12356" in person.says(said, "ask_policy").text
    person.begins()
    before = person.draft
    answered = person.says(said)
    assert "12356" in answered.text
    assert "接着办" in answered.text
    assert "/5" not in answered.text
    assert person.sent == said
    assert before is not None
    assert person.draft is not None
    assert person.draft.answers == before.answers
    assert "（2/5）" in person.says("王芳").text
