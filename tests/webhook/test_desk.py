"""Staff on the road: who speaks, what waits, what leaves together, what is held and let go."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from sqlalchemy import select, update

from models import handoff, queues, reception
from models.change import Change, ChangeKind
from models.contact import block
from models.conversation import Conversation, ConversationState, lock_conversation
from models.database import Database, utc_now
from models.delivery import Delivery, DeliveryState
from models.draft import begin_draft
from models.handoff import Handoff, HandoffError, HandoffReason, TakenError
from models.materials.upload import Upload
from models.message import Author, Inbound, Message
from models.office_hours import Calendar, load_calendar
from models.push_window import window_of
from models.reply import Reply
from models.settings import Settings
from models.staff import Role, Staff
from tests.models.staffing import official, talk
from tests.standins import WeChatApiStandIn
from webhook.assistant import AssistantError, Turn
from webhook.channel import Channel
from webhook.pushing import deliver_due
from webhook.road import Road, Sender
from webhook.services import WEB, Services
from webhook.staff.queue_row import rows_of
from webhook.wechat.channel import WeChatChannel
from webhook.wechat.client import WeChatApi

ALWAYS = {day: ["00:00-23:59"] for day in range(1, 8)}
NEVER = {1: ["03:00-03:01"]}


def calendar_of(days: dict[int, list[str]]) -> Calendar:
    told = load_calendar().model_dump()
    told["offices"] = [{"region": None, "name": "人工服务", "days": days}]
    return Calendar.model_validate(
        told | {k: v.total_seconds() / 60 for k, v in told.items() if isinstance(v, timedelta)}
    )


class HandingOver:
    """An assistant that hands over on two words, in one transaction as the action server does."""

    reasons: ClassVar = {"人工": HandoffReason.ASKED, "危急": HandoffReason.DISTRESS}

    def __init__(self, database: Database, calendar: Calendar) -> None:
        self.database, self.calendar = database, calendar
        self.turns: list[str] = []

    def reply(self, turn: Turn) -> Reply:
        self.turns.append(turn.text)
        if turn.text not in self.reasons:
            return Reply(f"听到：{turn.text}")
        with self.database.unit_of_work() as session:
            conversation = lock_conversation(session, turn.conversation_id)
            return reception.receive(
                session, self.calendar, conversation, self.reasons[turn.text], turn.message_id
            )

    def is_ready(self) -> bool:
        return True


class House:
    """The road and the desk of one process, on one database."""

    def __init__(self, settings: Settings, database: Database, days: dict[int, list[str]]) -> None:
        settings.database_url = database.url.render_as_string(hide_password=False)
        self.services = Services(settings, push=lambda: None)
        self.database = self.services.database
        self.calendar = calendar_of(days)
        self.assistant = HandingOver(self.database, self.calendar)
        self.services.desk._calendar = self.calendar
        self.desk = self.services.desk
        self.road: Road = self.services.road
        self.road._answerer._assistant = self.assistant
        self.road._calendar = self.calendar
        with self.database.unit_of_work() as session:
            self.agent = official(session, "agent").id
        self._count = 0
        self._lock = threading.Lock()

    def hears(self, text: str, person: str = "person", channel: Channel = WEB) -> str | None:
        with self._lock:
            self._count += 1
            key = f"desk-{self._count}"
        return self.road.travel(Sender(channel, "gh", person), Inbound(key, text=text)).text

    def claims(self, conversation_id: int = 1) -> int:
        """Claim, and return the position of the last message before it."""
        with self.database.unit_of_work() as session:
            handoff.claim(session, conversation_id, session.get_one(Staff, self.agent))
            return session.get_one(Conversation, conversation_id).last_position

    def state(self) -> ConversationState:
        with self.database.reading() as session:
            return session.get_one(Conversation, 1).state

    def said(self, author: Author) -> list[str]:
        with self.database.reading() as session:
            return list(
                session.scalars(
                    select(Message.text).where(Message.author == author).order_by(Message.id)
                )
            )

    def pieces(self) -> list[Delivery]:
        with self.database.reading() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def time_passes(self) -> None:
        with self.database.unit_of_work() as session:
            session.execute(update(Delivery).values(due_at=utc_now() - timedelta(seconds=1)))


@pytest.fixture
def house(settings: Settings, database: Database) -> Iterator[House]:
    made = House(settings, database, ALWAYS)
    yield made
    made.services.close()


@pytest.fixture
def closed_house(settings: Settings, sqlite_database: Database) -> Iterator[House]:
    made = House(settings, sqlite_database, NEVER)
    yield made
    made.services.close()


def test_from_asking_for_a_person_to_the_rating(house: House) -> None:
    assert "第 1 位" in (house.hears("人工") or "")
    assert "收到" in (house.hears("是工资的事") or "")
    assert house.hears("在吗") is None  # kept, and confirmed once only
    house.claims()
    assert house.hears("您好") is None
    house.desk.say(1, house.agent, "您好，请讲。")
    house.desk.resolve(1, house.agent)
    assert "很满意" not in (house.said(Author.SYSTEM)[-1])
    assert house.state() is ConversationState.RESOLVED
    assert "谢谢" in (house.hears("5") or "")
    assert house.assistant.turns == ["人工"]
    with house.database.reading() as session:
        case = session.get_one(Handoff, 1)
        assert (case.rating, case.first_reply_at is not None) == (5, True)


@pytest.mark.parametrize(("words", "score"), [("5", 5), ("五星好评", 5), ("不满意", 2)])
def test_a_rating_counts_behind_other_words_too_and_may_be_changed(
    house: House, words: str, score: int
) -> None:
    house.hears("人工")
    house.claims()
    house.desk.resolve(1, house.agent)
    assert house.hears("谢谢").endswith("听到：谢谢")
    assert "记下了" in (house.hears(words) or "")
    assert house.state() is ConversationState.RESOLVED
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).rating == score
    assert "记下了" in (house.hears("3") or "")
    assert house.state() is ConversationState.RESOLVED
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).rating == 3


def test_a_number_typed_before_the_question_is_no_rating_and_spoils_none(house: House) -> None:
    house.hears("人工")
    house.hears("5")
    house.claims()
    house.hears("5")
    house.desk.resolve(1, house.agent)
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).rating is None
    assert "记下了" in (house.hears("4") or "")
    assert "接着" in (house.hears("还有一件事") or "")
    house.desk.resolve(1, house.agent)
    assert house.hears("谢谢").endswith("听到：谢谢")
    assert "记下了" in (house.hears("5") or ""), "the case was taken up again: asked again"
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).rating == 5


@pytest.mark.parametrize("resumed", [True, False])
def test_a_number_that_answers_a_form_is_no_rating(house: House, resumed: bool) -> None:
    house.hears("人工")
    house.claims()
    with house.database.unit_of_work() as session:
        contact = session.get_one(Conversation, 1).contact_id
        begin_draft(session, contact, "gig_posting")
    house.desk.resolve(1, house.agent)
    if resumed:
        house.hears("接着办")
    else:  # the form was opened on the phone page, and no rating is asked for any more
        house.hears("谢谢")
        with house.database.unit_of_work() as session:
            begin_draft(session, contact, "gig_posting").asked = "count"
    assert house.hears("5") == "听到：5"
    assert house.state() is ConversationState.BOT
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).rating is None


def test_a_rating_comes_before_a_form_that_was_left_alone(house: House) -> None:
    house.hears("人工")
    house.claims()
    with house.database.unit_of_work() as session:
        begin_draft(session, session.get_one(Conversation, 1).contact_id, "gig_posting")
    house.desk.resolve(1, house.agent)
    assert "记下了" in (house.hears("5") or "")


def test_each_word_of_danger_calls_staff_until_somebody_answers(house: House) -> None:
    def shown() -> tuple[str | None, int]:
        with house.database.reading() as session:
            (row,) = rows_of(session, queues.in_service(session), house.calendar)
            calls = session.scalars(select(Change).where(Change.kind == ChangeKind.MOVE))
            urgent = sum(one.details.get("move") == "urgent" for one in calls)
            return (row.alarm.text if row.alarm else None), urgent

    house.hears("人工")
    house.claims()
    house.desk.say(1, house.agent, "您好，请讲。")
    for count, words in enumerate(("我不想活了", "我真的不想活了"), start=1):
        assert "110" in (house.hears(words) or "")
        house.hears("在吗")
        assert shown() == (words, count)
    house.desk.say(1, house.agent, "我在，我们慢慢说。")
    house.hears("谢谢")
    assert shown() == (None, 2), "what was answered is no alarm any more"


def test_a_fresh_case_is_taken_up_again_and_an_old_one_is_not(house: House) -> None:
    house.hears("人工")
    house.claims()
    house.desk.resolve(1, house.agent)
    assert house.hears("谢谢").endswith("听到：谢谢")
    assert "接着" in (house.hears("还有一件事") or "")
    assert house.state() is ConversationState.OPEN
    house.desk.resolve(1, house.agent)
    with house.database.unit_of_work() as session:
        session.get_one(Handoff, 1).ended_at = utc_now() - timedelta(days=2)
    assert house.hears("贷款怎么办").endswith("听到：贷款怎么办")
    assert house.state() is ConversationState.BOT


@pytest.mark.parametrize("claimed", [True, False])
def test_a_person_can_go_back_to_the_assistant_at_any_time(house: House, claimed: bool) -> None:
    house.hears("人工")
    if claimed:
        house.claims()
    assert "接着帮您" in (house.hears("转回机器人") or "")
    assert house.hears("你好") == "听到：你好"


def test_a_lone_number_is_kept_for_staff_and_leads_nowhere(house: House) -> None:
    house.hears("人工")
    assert "收到" in (house.hears("1") or "")
    assert house.state() is ConversationState.PENDING


def test_who_waits_is_told_how_far_things_are(house: House) -> None:
    house.hears("人工")
    place = "您排在第 1 位"
    assert place in (house.hears("还要等多久？") or "")
    told = house.hears("我的申请到哪了") or ""
    assert "没有查到您交过的申请或登记" in told and place in told
    house.claims()
    assert house.hears("我的申请到哪了") is None  # by now it is a colleague's to answer


@pytest.mark.parametrize("words", ["找人工", "我不想活了"])
def test_a_person_is_reached_without_the_assistant(house: House, words: str) -> None:
    class Gone:
        def reply(self, turn: Turn) -> Reply:
            raise AssistantError("away")

    house.road._answerer._assistant = Gone()
    assert "工作人员" in (house.hears(words) or "")
    assert house.state() is ConversationState.PENDING
    house.claims()
    house.desk.say(1, house.agent, "我在")
    assert house.said(Author.STAFF) == ["我在"]


def test_danger_is_answered_while_nobody_has_come_yet(house: House) -> None:
    house.hears("人工")
    told = house.hears("我不想活了") or ""
    assert "110" in told and "马上来看" in told
    with house.database.reading() as session:
        case = session.get_one(Handoff, 1)
        assert (case.urgent, case.reason) == (True, HandoffReason.DISTRESS)


def test_unpaid_wages_told_while_waiting_are_urgent_and_answered_once(house: House) -> None:
    house.hears("人工")
    told = house.hears("老板不给我工钱三个月了") or ""
    assert "12348" in told and "12333" in told and "马上来看" in told
    assert "12348" not in (house.hears("老板不给我工钱三个月了") or "")
    with house.database.reading() as session:
        case = session.get_one(Handoff, 1)
        assert (case.urgent, case.reason) == (True, HandoffReason.RIGHTS)
    house.hears("我不想活了")
    house.hears("工资还是没发")
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).reason is HandoffReason.DISTRESS


def test_unpaid_wages_told_out_of_hours_come_first_when_staff_do(closed_house: House) -> None:
    closed_house.hears("人工")
    told = closed_house.hears("他们欠我三个月工资") or ""
    assert "12348" in told and "3:00上班" in told


def test_who_is_in_danger_talks_on_with_the_assistant_and_staff_see_them(house: House) -> None:
    house.hears("危急")
    kept = house.hears("谢谢") or ""
    assert "110" in kept and "转回机器人" not in kept
    told = house.hears("转回机器人") or ""
    assert "110" in told and "工作人员" in told
    assert house.hears("打零工去哪里登记") == "听到：打零工去哪里登记"
    with house.database.reading() as session:
        (case,) = queues.waiting(session)
        assert (case.urgent, case.outcome) == (True, None)
    assert "第 1 位" in (house.hears("人工") or "")
    assert house.state() is ConversationState.PENDING
    house.hears("转回机器人")
    house.claims()
    assert house.hears("在吗") is None  # a colleague has the word
    house.desk.resolve(1, house.agent)
    assert house.state() is ConversationState.RESOLVED


def test_who_is_in_danger_is_not_taken_from_a_colleague(house: House) -> None:
    house.hears("危急")
    house.claims()
    assert "110" in (house.hears("转回机器人") or "")
    assert house.state() is ConversationState.OPEN
    house.desk.say(1, house.agent, "我在")


def test_danger_is_answered_each_time_while_staff_have_the_word(house: House) -> None:
    house.hears("人工")
    house.claims()
    for _ in range(2):
        assert "110" in (house.hears("我不想活了") or "")
    assert house.hears("在吗") is None
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).urgent


@pytest.mark.parametrize("blocked", [True, False])
def test_danger_after_a_case_is_answered_and_urgent(house: House, blocked: bool) -> None:
    house.hears("人工")
    house.claims()
    house.desk.resolve(1, house.agent)
    if blocked:
        with house.database.unit_of_work() as session:
            block(session.get_one(Conversation, 1).contact)
    told = house.hears("我不想活了") or ""
    assert "110" in told and "接着刚才的事" not in told
    with house.database.reading() as session:
        (case,) = queues.mine(session, house.agent)
        assert case.urgent


def test_a_blocked_person_does_not_take_a_case_up_again(house: House) -> None:
    house.hears("人工")
    house.claims()
    house.desk.resolve(1, house.agent)
    with house.database.unit_of_work() as session:
        block(session.get_one(Conversation, 1).contact)
    assert (house.hears("还有一件事") or "").endswith("听到：还有一件事")
    assert house.state() is ConversationState.BOT


def test_chats_of_who_left_wait_again_and_find_somebody(house: House) -> None:
    house.hears("人工")
    house.claims()
    with house.database.unit_of_work() as session:
        session.get_one(Staff, house.agent).role = Role.REVIEWER
        other = official(session, "other").id
    house.desk.remind_waiting()
    assert house.state() is ConversationState.PENDING
    assert house.desk.assign_waiting() == 1
    assert house.desk.assign_waiting() == 0
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).assignee_id == other


def test_a_case_taken_up_out_of_hours_is_a_ticket(closed_house: House) -> None:
    closed_house.hears("人工")
    closed_house.claims()
    closed_house.desk.resolve(1, closed_house.agent)
    with closed_house.database.unit_of_work() as session:
        session.get_one(Staff, closed_house.agent).seen_at = utc_now() - timedelta(hours=1)
    assert "3:00上班" in (closed_house.hears("还有一件事") or "")


def test_out_of_hours_it_becomes_a_ticket(closed_house: House) -> None:
    told = closed_house.hears("人工") or ""
    assert "3:00上班" in told
    with closed_house.database.reading() as session:
        assert session.get_one(Handoff, 1).is_ticket
    assert closed_house.desk.remind_waiting() == 0


def test_who_waits_too_long_is_told_once(house: House) -> None:
    house.hears("人工")
    with house.database.unit_of_work() as session:
        session.get_one(Handoff, 1).created_at = utc_now() - timedelta(hours=3)
    assert house.desk.remind_waiting() == 1
    assert house.desk.remind_waiting() == 0
    assert "久等" in house.said(Author.SYSTEM)[-1]


def test_a_blocked_person_reaches_the_assistant_only(house: House) -> None:
    house.hears("你好")
    with house.database.unit_of_work() as session:
        session.get_one(Conversation, 1).contact.blocked_at = utc_now()
    assert "12345" in (house.hears("人工") or "")
    assert house.hears("你好") == "听到：你好"


def test_only_who_has_the_chat_writes_in_it(house: House) -> None:
    house.hears("人工")
    with house.database.unit_of_work() as session:
        other = official(session, "other").id
    house.claims()
    with pytest.raises(TakenError):
        house.desk.say(1, other, "我来说")
    assert house.said(Author.STAFF) == []


def test_never_both_in_a_thousand_races(house: House) -> None:
    """A claim against an answer in the making: no word of the assistant comes after the claim."""
    people = [f"person-{n}" for n in range(1000)]
    with house.database.unit_of_work() as session:
        people_of = {
            conversation.id: person for person in people for conversation in [talk(session, person)]
        }

    def soon(deed: Callable[..., Any], *arguments: Any) -> Any:
        time.sleep(random.random() / 50)  # so that neither side always comes first
        return deed(*arguments)

    def race(conversation_id: int) -> tuple[int, int]:
        writing = (house.hears, "在吗", people_of[conversation_id])
        claiming = (house.claims, conversation_id)
        rivals = [writing, claiming]
        random.shuffle(rivals)
        with ThreadPoolExecutor(2) as two:
            done = [two.submit(soon, *rival) for rival in rivals]
            return conversation_id, done[rivals.index(claiming)].result()

    with ThreadPoolExecutor(4) as pool:
        claimed = dict(pool.map(race, people_of))
    with house.database.reading() as session:
        bot = session.execute(
            select(Message.conversation_id, Message.position).where(Message.author == Author.BOT)
        ).all()
    assert len(claimed) == 1000
    assert [row for row in bot if row.position > claimed[row.conversation_id]] == []
    assert 0 < len(bot) < 1000, "the races were none"


WECHAT = WeChatChannel()


@pytest.fixture
def wechat(house: House, settings: Settings) -> Iterator[tuple[House, WeChatApi, WeChatApiStandIn]]:
    standin = WeChatApiStandIn()
    with standin.running():
        settings.wechat_api_base_url = standin.url
        api = WeChatApi(settings, house.database)
        house.hears("人工", channel=WECHAT)
        house.claims()
        yield house, api, standin
        api.close()


def test_lines_sent_quickly_leave_as_one(
    wechat: tuple[House, WeChatApi, WeChatApiStandIn],
) -> None:
    house, api, standin = wechat
    for line in ("您好", "请把合同拍给我", "我看一下"):
        house.desk.say(1, house.agent, line)
    with house.database.reading() as session:
        assert window_of(session, session.get_one(Conversation, 1), pushes=True).remaining == 4
    assert deliver_due(house.services, api) == 0  # one more line may come
    house.time_passes()
    deliver_due(house.services, api)
    assert standin.sent == ["您好\n\n请把合同拍给我\n\n我看一下"]
    assert {piece.state for piece in house.pieces()} == {DeliveryState.SENT}


def test_the_sixth_is_held_and_goes_out_when_the_person_writes(
    wechat: tuple[House, WeChatApi, WeChatApiStandIn],
) -> None:
    house, api, standin = wechat
    for number in range(1, 8):
        house.desk.say(1, house.agent, f"第{number}条")
        house.time_passes()
        deliver_due(house.services, api)
    assert standin.sent == [f"第{number}条" for number in range(1, 6)]
    held = [piece for piece in house.pieces() if piece.state is DeliveryState.HELD]
    assert [piece.text for piece in held] == ["第6条", "第7条"]
    assert all("最多回 5 条" in (piece.error or "") for piece in held)
    house.hears("嗯", channel=WECHAT)
    deliver_due(house.services, api)
    assert standin.sent[5:] == ["第6条\n\n第7条"]


def test_beyond_two_days_it_is_held(wechat: tuple[House, WeChatApi, WeChatApiStandIn]) -> None:
    house, _api, _standin = wechat
    with house.database.unit_of_work() as session:
        session.get_one(Conversation, 1).last_inbound_at = utc_now() - timedelta(hours=49)
    house.desk.say(1, house.agent, "您的事办好了")
    assert "48 小时" in (house.pieces()[-1].error or "")
    with house.database.reading() as session:
        window = window_of(session, session.get_one(Conversation, 1), pushes=True)
    assert window.text() == "还可发 0 条 · 剩 00:00"


def test_what_failed_can_be_sent_again(wechat: tuple[House, WeChatApi, WeChatApiStandIn]) -> None:
    house, api, standin = wechat
    standin.errcode = 40003
    message_id = house.desk.say(1, house.agent, "您好")
    house.time_passes()
    deliver_due(house.services, api)
    assert house.pieces()[-1].state is DeliveryState.FAILED
    standin.errcode = 0
    house.desk.retry(1, house.agent, message_id)
    deliver_due(house.services, api)
    assert house.pieces()[-1].state is DeliveryState.SENT


def test_a_picture_waits_for_wechat_as_one_and_a_pdf_is_refused(
    wechat: tuple[House, WeChatApi, WeChatApiStandIn],
) -> None:
    house, _, _ = wechat
    house.desk.show(1, house.agent, "0" * 40, Upload("png", b"-"), "指南.png")
    (piece,) = house.pieces()[-1:]
    assert piece.content == {"msgtype": "image", "image": {"attachment": "0" * 40}}
    assert piece.text == "［图片］指南.png"
    with pytest.raises(HandoffError, match="PDF"):
        house.desk.show(1, house.agent, "1" * 40, Upload("pdf", b"-"), "指南.pdf")
