"""Notices on their way: through WeChat's window or held behind it, and on our pages."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models import handoff
from models.conversation import Conversation, ConversationState, lock_conversation
from models.database import utc_now
from models.delivery import Delivery, DeliveryState
from models.handoff import HandoffReason
from models.message import Author, Inbound, Message
from models.notification import Notification, notify, unsaid
from models.push_window import QUOTA
from models.reply import Choice, Reply
from models.settings import Settings
from models.staff import Staff
from tests.models.staffing import official, talk
from tests.standins import WeChatApiStandIn
from webhook.assistant import Turn
from webhook.pushing import deliver_due
from webhook.road import Sender
from webhook.services import WEB, Services
from webhook.wechat.channel import WeChatChannel
from webhook.wechat.client import WeChatApi


class Echo:
    """An assistant that says what it was given."""

    def reply(self, turn: Turn) -> Reply:
        return Reply(f"听到：{turn.text}", (Choice("甲", "/a"), Choice("乙", "/b")))

    def is_ready(self) -> bool:
        return True


class Office:
    """One process: its road, its desk, its pushes, with one WeChat person."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.services.road._answerer._assistant = Echo()
        self.api = WeChatApi(services.settings, services.database)
        self._count = 0
        self.hears("在吗")

    def hears(self, text: str) -> str | None:
        self._count += 1
        sender = Sender(WeChatChannel(), "gh", "person")
        return self.services.road.travel(sender, Inbound(f"k{self._count}", text=text)).text

    def tells(self, *texts: str, choices: tuple[Choice, ...] = ()) -> None:
        with self.services.database.unit_of_work() as session:
            person = talk(session, "person", "wechat").contact_id
            for text in texts:
                notify(session, person, "", key=f"k:{text}", reply=Reply(text, choices))
        self.services.desk.say_notices()
        self.pushes()

    def pushes(self) -> None:
        with self.services.database.unit_of_work() as session:
            session.execute(update(Delivery).values(due_at=utc_now() - timedelta(seconds=1)))
        deliver_due(self.services, self.api)

    def puts(self, state: ConversationState) -> None:
        with self.services.database.unit_of_work() as session:
            conversation = lock_conversation(session, 1)
            if state.is_with_staff or state is ConversationState.RESOLVED:
                handoff.request(session, conversation, HandoffReason.ASKED)
            if state in (ConversationState.OPEN, ConversationState.RESOLVED):
                staff = official(session, "agent")
                handoff.claim(session, 1, staff)
            if state is ConversationState.RESOLVED:
                handoff.resolve(session, 1, staff)

    def goes_quiet(self) -> None:
        with self.services.database.unit_of_work() as session:
            past = utc_now() - timedelta(hours=49)
            session.execute(update(Conversation).values(last_inbound_at=past))

    def states(self, text: str) -> list[DeliveryState]:
        with self.services.database.reading() as session:
            found = select(Delivery.state).where(Delivery.text == text).order_by(Delivery.id)
            return list(session.scalars(found))


@pytest.fixture
def office(settings: Settings, database: object, wechat_api: WeChatApiStandIn) -> Iterator[Office]:
    services = Services(settings, push=lambda: None)
    made = Office(services)
    yield made
    made.api.close()
    services.close()


@pytest.mark.parametrize("state", list(ConversationState))
def test_it_reaches_the_person_whoever_has_the_word(
    office: Office, wechat_api: WeChatApiStandIn, state: ConversationState
) -> None:
    office.puts(state)
    office.tells("您的申请批准了。")
    assert wechat_api.sent == ["您的申请批准了。"]
    with office.services.database.reading() as session:
        assert session.get_one(Conversation, 1).state is state
        said = session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
        assert said.author is Author.SYSTEM


def test_several_at_once_leave_as_one_message(office: Office, wechat_api: WeChatApiStandIn) -> None:
    office.tells("一。", "二。", "三。", "四。")
    assert wechat_api.sent == ["一。\n\n二。\n\n三。\n\n四。"]


def test_while_staff_serve_notices_leave_most_of_the_window_to_them(
    office: Office, wechat_api: WeChatApiStandIn
) -> None:
    office.puts(ConversationState.OPEN)
    for number in range(QUOTA):
        office.tells(f"通知{number}。")
    assert wechat_api.sent == ["通知0。", "通知1。"]
    assert office.states("通知2。") == [DeliveryState.HELD]


def test_else_they_may_use_all_of_it(office: Office, wechat_api: WeChatApiStandIn) -> None:
    for number in range(QUOTA + 1):
        office.tells(f"通知{number}。")
    assert wechat_api.sent == [f"通知{number}。" for number in range(QUOTA)]
    assert office.states(f"通知{QUOTA}。") == [DeliveryState.HELD]


def test_behind_the_window_it_waits_for_the_persons_next_word_and_comes_with_the_answer(
    office: Office, wechat_api: WeChatApiStandIn
) -> None:
    office.goes_quiet()
    office.tells("您的申请批准了。")
    assert wechat_api.sent == []
    assert office.states("您的申请批准了。") == [DeliveryState.HELD]
    answer = office.hears("你好") or ""
    assert answer.startswith("您的申请批准了。\n\n听到：你好")
    assert office.states("您的申请批准了。") == [DeliveryState.SENT]
    office.pushes()
    assert wechat_api.sent == []


def test_a_number_answers_the_question_that_was_open_and_a_name_the_notice(
    office: Office, wechat_api: WeChatApiStandIn
) -> None:
    office.tells("您的申请要补正。", choices=(Choice("改一改", "/correct"),))
    assert wechat_api.sent == ["您的申请要补正。\n可以直接回复：「改一改」"]
    assert (office.hears("1") or "").startswith("听到：/a")
    office.tells("还没改。", choices=(Choice("改一改", "/correct"),))
    assert (office.hears("改一改") or "").startswith("听到：/correct")


def test_it_is_never_pushed_to_who_came_by_a_page(
    office: Office, wechat_api: WeChatApiStandIn
) -> None:
    with office.services.database.unit_of_work() as session:
        notify(session, talk(session, "visitor").contact_id, "批准了。", key="k")
    office.services.desk.say_notices()
    sender = Sender(WEB, "gh", "visitor")
    office.services.road.travel(sender, Inbound("w1", text="在吗"))
    office.pushes()
    assert wechat_api.sent == []
    assert office.states("批准了。") == [DeliveryState.HELD]


def test_staff_see_it_in_the_conversation_they_have(office: Office) -> None:
    office.puts(ConversationState.OPEN)
    with office.services.database.reading() as session:
        staff = session.scalars(select(Staff.id)).one()
    office.tells("批准了。")
    office.services.desk.say(1, staff, "看到了吗？")
    with office.services.database.reading() as session:
        said = session.scalars(select(Message.text).order_by(Message.position.desc()).limit(2))
        assert list(said) == ["看到了吗？", "批准了。"]


def test_one_that_cannot_be_said_keeps_no_other_waiting(
    office: Office, wechat_api: WeChatApiStandIn
) -> None:
    with office.services.database.unit_of_work() as session:
        person = talk(session, "person", "wechat").contact_id
        notify(session, person, "坏的。", key="broken")
        session.execute(update(Notification).values(words={"neither": "text nor choices"}))
    office.tells("批准了。")
    assert wechat_api.sent == ["批准了。"]
    with office.services.database.reading() as session:
        assert [key for key in session.scalars(select(Notification.key)) if key == "broken"]
        assert len(unsaid(session)) == 1
    assert office.services.desk.say_notices() == 0
