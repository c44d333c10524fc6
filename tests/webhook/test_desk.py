"""Staff on the road: who speaks, what waits, what leaves together, what is held and let go."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.attachment_link import Leads, key_behind
from models.change import ChangeKind, changes_after, last_change
from models.conversation import Conversation, ConversationState
from models.database import utc_now
from models.delivery import DeliveryState
from models.handoff import Handoff, TakenError
from models.materials.upload import Upload
from models.message import Author, Message
from models.push_window import window_of
from models.reply import Reply
from models.settings import Settings
from models.staff import Role, Staff
from tests.models.staffing import official, talk
from tests.standins import WeChatApiStandIn
from tests.webhook.house import House
from webhook.assistant import AssistantError, Turn
from webhook.pushing import deliver_due
from webhook.wechat.channel import WeChatChannel
from webhook.wechat.client import WeChatApi


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
    with house.database.reading() as session:
        seen = last_change(session)
    deliver_due(house.services, api)
    assert standin.sent[5:] == ["第6条\n\n第7条"]
    with house.database.reading() as session:
        stepped = [
            change.details["message_id"]
            for change in changes_after(session, seen)
            if change.kind is ChangeKind.DELIVERY
        ]
    assert stepped == [piece.message_id for piece in held], "the console hears of both"


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


def test_a_picture_waits_for_wechat_as_one_and_a_pdf_goes_as_a_link(
    wechat: tuple[House, WeChatApi, WeChatApiStandIn],
) -> None:
    house, _, _ = wechat
    house.desk.show(1, house.agent, "0" * 40, Upload("png", b"-"), "指南.png")
    (piece,) = house.pieces()[-1:]
    assert piece.content == {"msgtype": "image", "image": {"attachment": "0" * 40}}
    assert piece.text == "［图片］指南.png"
    house.desk.show(1, house.agent, "1" * 40, Upload("pdf", b"-"), "指南.pdf")
    piece = house.pieces()[-1]
    said, _, link = piece.text.partition("：")
    assert said == "［文件］指南.pdf\n点开看（7 天内有效，请您自己先点开，别转给别人）"
    page = f"{house.services.settings.public_url}/m/files/"
    assert link.startswith(page)
    assert key_behind(link.removeprefix(page), Leads.TO_PAGE) == "1" * 40
    with house.database.reading() as session:
        told = session.get_one(Message, piece.message_id)
        assert (told.kind, told.text) == ("file", "［文件］指南.pdf")
