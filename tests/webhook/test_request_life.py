"""A request's whole life: asked for in WeChat, decided at the desk, told of at every step."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.actions.topic import Call, Desk
from bot.actions.topic import Reply as Part
from models.catalogue import load_catalogue
from models.catalogue.life import RequestState
from models.conversation import Conversation
from models.database import Database, utc_now
from models.delivery import Delivery
from models.handoff import Handoff
from models.intake.form import CONFIRM, CONSENT, open_form
from models.intake.turn import Heard
from models.knowledge.search import Knowledge
from models.reply import Reply
from models.request import Request
from models.settings import Settings
from models.staff import Role
from tests.bot.actions.dialogue import turn_taker
from tests.bot.actions.paths import paths_of
from tests.standins import WeChatApiStandIn
from tests.webhook.conftest import web_process
from tests.webhook.staff.conftest import Browser, Office
from tests.wechat import WeChat, reply_text
from webhook.assistant import Turn
from webhook.pushing import deliver_due
from webhook.wechat.client import WeChatApi

SERVICE = load_catalogue().service("social_insurance_subsidy")
_INTENTS = {
    "我想办社保补贴": SERVICE.start_intent,
    "同意": "affirm",
    "对": "affirm",
    "我的申请到哪了": "progress",
}


class Understanding:
    """The action server without Rasa before it: what each sentence means is written down above."""

    def __init__(self, database: Database) -> None:
        self.desk = Desk(database, load_catalogue(), Knowledge(database, None))
        self._turns = turn_taker(self.desk)

    def reply(self, turn: Turn) -> Reply:
        intent = turn.text[1:] if turn.text.startswith("/") else _INTENTS.get(turn.text, "inform")
        heard = Heard(turn.text, intent, 0.95, {}, (intent,))
        call = Call(
            turn.message_id, turn.conversation_key, turn.contact_id, turn.conversation_id, heard
        )
        parts = [one for one in self._turns.take(call).parts if isinstance(one, Part)]
        choices = [one.choices for one in parts if one.choices]
        return Reply("\n\n".join(one.text for one in parts), choices[-1] if choices else ())

    def is_ready(self) -> bool:
        return True


class Town:
    """WeChat's person, the desk's officials, and the worker between them."""

    def __init__(self, office: Office, settings: Settings, database: Database) -> None:
        self.office, self.database = office, database
        services = office.app.extensions["services"]
        self.services = services
        services.road._answerer._assistant = Understanding(services.database)
        self.api = WeChatApi(settings, services.database)
        self.wechat = WeChat.of(settings)

    def says(self, text: str) -> str:
        address = f"/wechat?{self.wechat.query()}"
        answer = self.office.app.test_client().post(address, data=self.wechat.text("openid", text))
        return reply_text(answer.data) if answer.data.startswith(b"<xml") else ""

    def fills_in(self) -> str:
        """Answer every question with its example, and submit."""
        self.says("我想办社保补贴")
        self.says("同意")
        (path, *_) = paths_of(SERVICE)
        while (asked := self._asked()) not in (CONFIRM, None):
            self.says(path[str(asked)])
        return self.says("对")

    def _asked(self) -> str | None:
        with self.database.reading() as session:
            contact_id = session.scalars(select(Conversation.contact_id)).one()
            form = open_form(session, load_catalogue(), contact_id)
            assert form is None or form.open_question != CONSENT
            return None if form is None else form.open_question

    def passes(self) -> None:
        """Let the worker say and push what waits."""
        self.services.desk.say_notices()
        with self.database.unit_of_work() as session:
            session.execute(update(Delivery).values(due_at=utc_now() - timedelta(seconds=1)))
        deliver_due(self.services, self.api)

    def step(self, browser: Browser, state: str, **more: str) -> int:
        page = browser.get("/staff/requests/1").text
        seen = re.search(r'name="seen" value="(\d+)"', page)
        sent = {"state": state, "seen": seen[1] if seen else "", **more}
        status: int = browser.post("/staff/requests/1/move", **sent).status_code
        self.passes()
        return status

    @property
    def request(self) -> Request:
        with self.database.reading() as session:
            return session.scalars(select(Request)).one()


@pytest.fixture
def town(settings: Settings, database: Database, wechat_api: WeChatApiStandIn) -> Iterator[Town]:
    with web_process(settings) as app:
        made = Town(Office(app, database), settings, database)
        yield made
        made.api.close()


def test_from_the_first_word_to_the_money(town: Town, wechat_api: WeChatApiStandIn) -> None:
    agent = town.office.desk_of("agent", Role.AGENT)
    one, two = (town.office.desk_of(name, Role.REVIEWER) for name in ("one", "two"))
    done = town.fills_in()
    number = town.request.number
    assert number in done

    assert town.step(agent, "accepted") == 303
    assert town.step(agent, "returned", field="mobile", reason="打不通，请换一个。") == 303
    told = wechat_api.sent
    assert f"（{number}）已收下" in told[0]
    assert "要改的是「手机号」。原因：打不通，请换一个。" in told[1]
    assert "可以直接回复：「去补正」" in told[1]
    assert "打不通，请换一个。" in town.says("我的申请到哪了")

    assert "手机号" in town.says("去补正")
    town.says("13900139000")
    assert number in town.says("对")
    assert town.request.state is RequestState.SUBMITTED
    assert town.request.answers["mobile"] == "13900139000"
    assert town.request.returned_field is None

    assert town.step(one, "accepted") == 303
    assert town.step(one, "reviewed", papers="1") == 303
    assert town.step(one, "granted") == 409
    for state in ("granted", "paid", "closed"):
        town.says("我的申请到哪了")
        assert town.step(two, state, papers="1") == 303
    told = wechat_api.sent[2:]
    for words, text in zip(("已收下", "审核完了", "批准了", "已发放", "已办结"), told, strict=True):
        assert f"（{number}）{words}" in text
    assert "结果是已批准" in told[-1]
    assert "已办结" in town.says("我的申请到哪了")
    with town.database.reading() as session:
        request = session.scalars(select(Request)).one()
        steps = [(event.state.value, event.actor.value) for event in request.events]
    assert steps == [
        ("submitted", "applicant"), ("accepted", "agent"), ("returned", "agent"),
        ("submitted", "applicant"), ("accepted", "reviewer"), ("reviewed", "reviewer"),
        ("granted", "reviewer"), ("paid", "reviewer"), ("closed", "reviewer"),
    ]  # fmt: skip


def test_who_is_asked_to_correct_twice_gets_a_persons_help(
    town: Town, wechat_api: WeChatApiStandIn
) -> None:
    agent = town.office.desk_of("agent", Role.AGENT)
    town.fills_in()
    assert town.step(agent, "returned", field="mobile", reason="打不通。") == 303
    town.says("去补正")
    town.says("13900139000")
    town.says("对")
    assert town.step(agent, "returned", field="id_card", reason="看不清。") == 303
    assert "要改的是「居民身份证」。原因：看不清。" in wechat_api.sent[-1]
    assert "已请工作人员帮您看" in wechat_api.sent[-1]
    assert "去补正" not in wechat_api.sent[-1], "the assistant is silent from here on"
    with town.database.reading() as session:
        assert session.scalars(select(Handoff.reason)).one().value == "returned"


def test_a_refusal_says_why_and_what_can_be_done(town: Town, wechat_api: WeChatApiStandIn) -> None:
    one, two = (town.office.desk_of(name, Role.REVIEWER) for name in ("one", "two"))
    town.fills_in()
    town.step(one, "accepted")
    town.step(one, "reviewed", papers="1")
    assert town.step(two, "refused") == 409
    assert town.step(two, "refused", reason="同一件事已经批过") == 303
    assert "没批准。原因：同一件事已经批过。" in wechat_api.sent[-1]
    assert "可以找人工" in wechat_api.sent[-1]
