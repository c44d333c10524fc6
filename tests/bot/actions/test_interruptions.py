"""Every question of every service × what people say in between: served, asked again, not lost."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.actions.topic import Desk
from models import sealed
from models.catalogue import Service, load_catalogue
from models.database import Database
from models.knowledge.search import Knowledge
from models.settings import Settings
from tests.bot.actions.dialogue import Person, settle

# What is said, what the classifier makes of it, and what has to be in the answer to it.
INTERRUPTIONS = {
    "policy question": ("创业担保贷款能展期多久", "ask_policy", 0.9, "1年"),
    "question with a poor guess": ("零工市场在哪里啊？", "nlu_fallback", 0.3, "零工市场"),
    "amount not stated": ("一次性创业补贴多少钱", "ask_policy", 0.9, "没有写"),
    "greeting": ("你好", "greet", 0.9, "<utter_greet>"),
    "greeting with a poor guess": ("你好！", "inform", 0.5, "<utter_greet>"),
    "thanks": ("谢谢", "thanks", 0.9, "<utter_thanks>"),
    "person": ("转人工", "human", 0.9, "<utter_human>"),
    "who are you": ("你是机器人吗", "bot_challenge", 0.9, "<utter_bot_challenge>"),
    "a service not there": ("我要拜师学艺", "start_no_such_service", 0.9, "<utter_misunderstood>"),
    "out of scope": ("今天天气怎么样", "out_of_scope", 0.9, "<utter_out_of_scope>"),
    "another counter": ("公积金怎么提取", "out_of_scope", 0.9, "12329"),
    "another language": ("can you speak english", "other_language", 0.9, "<utter_other_language>"),
    "progress": ("查进度", "progress", 0.9, "「零工登记」"),
    "my data": ("我的信息", "my_data", 0.9, ""),
    "help": ("不会填", "help", 0.9, "算了"),
    "repeat": ("再说一遍", "repeat", 0.9, ""),
    "abuse": ("你个大笨蛋", "abuse", 0.9, "<utter_abuse>"),
    "the service again": ("我想登记零工", "start_gig_registration", 0.9, "接着办"),
    "a tapped choice of before": ("/affirm", "affirm", 1.0, ""),
    "nonsense": ("@#￥%……&*", "nlu_fallback", 0.2, ""),
    "laughter": ("哈哈哈", "nlu_fallback", 0.2, ""),
    "a yes out of place": ("好的", "affirm", 0.9, ""),
    "a no out of place": ("不行", "deny", 0.9, ""),
}
STEPS = [(service, step) for service in load_catalogue() for step in range(len(service.fields) + 2)]


@dataclass(frozen=True)
class Arrived:
    """A form filled up to a step, on a database that is copied for each interruption."""

    settings: Settings
    person: Person
    service: Service
    step: int

    @property
    def asked(self) -> str:
        """What the open question says."""
        total = len(self.service.fields)
        if self.step == 0:
            return "您同意吗"
        return f"（{self.step}/{total}）" if self.step <= total else self.service.confirm

    @property
    def answer(self) -> str:
        """An answer to it."""
        if self.step == 0:
            return "同意"
        return self.service.fields[self.step - 1].example if self.asked[0] == "（" else "对"


@pytest.fixture(
    scope="module", params=STEPS, ids=[f"{service.code}-{step}" for service, step in STEPS]
)
def arrived(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, filled_database: Path
) -> Iterator[Arrived]:
    service, step = request.param
    folder = tmp_path_factory.mktemp("arrived")
    settings = Settings(_env_file=None, var_dir=folder, redis_url="redis://127.0.0.1:9/0")
    sealed.use_key(settings)
    shutil.copy(filled_database, folder / "jct.sqlite3")
    database = Database(settings.database_url)
    person = Person(Desk(database, load_catalogue(), Knowledge(database, None)))
    person.says("开始", service.start_intent)
    if step > 0:
        person.says("同意", "affirm")
    person.fills(*(field.example for field in service.fields[: max(step - 1, 0)]))
    settle(database)
    yield Arrived(settings, person, service, step)
    person.leaves()
    database.dispose()


@pytest.mark.parametrize("how", INTERRUPTIONS)
def test_an_interruption_is_served_and_the_form_goes_on(
    arrived: Arrived, tmp_path: Path, how: str
) -> None:
    text, intent, confidence, served = INTERRUPTIONS[how]
    if arrived.asked[0] != "（" and intent in ("affirm", "deny"):
        return  # an answer to this very question
    sealed.use_key(arrived.settings)
    shutil.copy(arrived.settings.var_dir / "jct.sqlite3", tmp_path / "jct.sqlite3")
    person = arrived.person.elsewhere(f"sqlite:///{tmp_path / 'jct.sqlite3'}")
    before = person.draft
    answered = person.says(text, intent, confidence)
    assert served in answered.text
    assert arrived.asked in answered.text
    after = person.draft
    assert before is not None
    assert after is not None
    assert before.asked == after.asked
    kept = {k: v for k, v in after.answers.items() if not k.startswith("_")}
    assert kept == {k: v for k, v in before.answers.items() if not k.startswith("_")}
    # And the form still takes the answer, on another process.
    assert arrived.asked not in person.elsewhere().says(arrived.answer).text


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
