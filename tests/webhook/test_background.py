"""Pushes: what leaves by the customer-service API, and what does not."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from models import delivery as deliveries
from models import idempotency, push_queue
from models.contact import meet_contact
from models.conversation import Conversation, open_conversation
from models.database import Database, utc_now
from models.delivery import Delivery, DeliveryState
from models.delivery_attempt import DeliveryAttempt
from models.draft import Draft
from models.idempotency import IdempotentCall
from models.materials.material import Material
from models.message import Author, Inbound, Message, record_inbound, record_reply
from models.private_value import keep_value
from models.push_window import window_of
from models.reply import Reply
from models.request import Request
from models.settings import Settings
from tests.standins import WeChatApiStandIn
from webhook.background import ask_to_deliver, create_queue, forget_what_is_old
from webhook.brisk_redis import BriskRedis
from webhook.pushing import deliver_due
from webhook.services import Services
from webhook.wechat.client import WeChatApi


@pytest.fixture
def services(
    settings: Settings, database: Database, wechat_api: WeChatApiStandIn
) -> Iterator[Services]:
    made = Services(settings, push=lambda: None)
    yield made
    made.close()


@pytest.fixture
def api(services: Services) -> Iterator[WeChatApi]:
    made = WeChatApi(services.settings, services.database)
    yield made
    made.close()


def plan(database: Database, *texts: str, openid: str = "openid-1") -> None:
    with database.unit_of_work() as session:
        contact = meet_contact(session, "wechat", "gh_1", openid)
        conversation = open_conversation(session, contact.id)
        asked = record_inbound(
            session,
            conversation,
            Inbound(f"key-{openid}-{conversation.last_position}", text="问"),
            safe_text="问",
            awaited_until=utc_now(),
        )
        said = record_reply(session, conversation, asked, Reply("".join(texts)), Author.BOT)
        deliveries.plan(session, said, list(texts), utc_now(), can_push=True)


# Nothing else fits into one message with it.
_LONG = "一" * 682


def test_what_waits_together_leaves_in_one_message(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    plan(services.database, *[f"第{number}个回答。" for number in range(5)])
    deliver_due(services, api)
    assert wechat_api.sent == ["\n\n".join(f"第{number}个回答。" for number in range(5))]
    assert states(services.database) == [DeliveryState.SENT] * 5


def test_a_menu_wechat_refuses_goes_out_as_numbers(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    plan(services.database, "要吗？\n1. 要")
    menu = {"msgtype": "msgmenu", "msgmenu": {"head_content": "要吗？", "list": []}}
    with services.database.unit_of_work() as session:
        session.get_one(Delivery, 1).content = menu
    wechat_api.errcode = 40008
    deliver_due(services, api)
    kinds = [body["msgtype"] for path, body in wechat_api.requests if path.endswith("custom/send")]
    assert kinds == ["msgmenu", "text"]


@pytest.mark.parametrize("errcode", [48001, 45015, 40008, 0])
def test_a_card_that_cannot_be_pushed_is_dropped_and_nothing_else(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn, errcode: int
) -> None:
    plan(services.database, "看整条 https://example.org/m/clause/7")
    card = {"msgtype": "news", "news": {"articles": [{"title": "推动", "url": "https://a.b"}]}}
    with services.database.unit_of_work() as session:
        session.get_one(Delivery, 1).content = card
    wechat_api.errcode = errcode
    deliver_due(services, api)
    (sent,) = [body for path, body in wechat_api.requests if path.endswith("custom/send")]
    assert (sent["msgtype"], sent["news"]) == ("news", card["news"])
    (state,) = states(services.database)
    assert state is (DeliveryState.FAILED if errcode else DeliveryState.SENT)


def test_a_tap_opens_a_window_of_a_minute(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    plan(services.database, "一")
    with services.database.unit_of_work() as session:
        conversation = session.get_one(Conversation, 1)
        conversation.last_inbound_at = utc_now() - timedelta(hours=49)
        conversation.last_touch_at = utc_now() - timedelta(seconds=30)
    deliver_due(services, api)
    assert wechat_api.sent == ["一"]


def test_a_tap_lets_three_pass(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    plan(services.database, *[_LONG] * 4)
    with services.database.unit_of_work() as session:
        session.execute(update(Message).values(author=Author.SYSTEM))
        conversation = session.get_one(Conversation, 1)
        conversation.last_touch_at = utc_now()
        window = window_of(session, conversation, pushes=True)
    # The four that wait are due together: they count as one.
    assert window.remaining == 2
    deliver_due(services, api)
    assert wechat_api.sent == [_LONG] * 3
    assert states(services.database)[-1] is DeliveryState.HELD


def states(database: Database) -> list[DeliveryState]:
    with database.reading() as session:
        return [piece.state for piece in session.query(Delivery).order_by(Delivery.id)]


def test_pieces_leave_in_order(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    plan(services.database, _LONG, "二")
    assert deliver_due(services, api) == 2
    assert wechat_api.sent == [_LONG, "二"]
    assert states(services.database) == [DeliveryState.SENT] * 2


def test_what_is_pushed_is_opened_for_its_owner_and_stays_a_token_with_us(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    with services.database.unit_of_work() as session:
        owner = meet_contact(session, "wechat", "gh_1", "openid-1").id
        token = keep_value(session, owner, "姓名", "王芳")
    plan(services.database, f"姓名：{token}")
    deliver_due(services, api)
    assert wechat_api.sent == ["姓名：王芳"]
    with services.database.reading() as session:
        assert [piece.text for piece in session.query(Delivery)] == [f"姓名：{token}"]


def test_the_assistant_spends_two_messages_of_the_window_at_most(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    plan(services.database, _LONG, _LONG, "三")
    deliver_due(services, api)
    assert wechat_api.sent == [_LONG, _LONG]
    assert states(services.database)[-1] is DeliveryState.HELD


def test_a_closed_window_holds_the_piece(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    plan(services.database, "一")
    with services.database.unit_of_work() as session:
        session.get_one(Conversation, 1).last_inbound_at = utc_now() - timedelta(hours=49)
    deliver_due(services, api)
    assert wechat_api.sent == []
    assert states(services.database) == [DeliveryState.HELD]


@pytest.mark.parametrize(
    ("errcode", "state"),
    [
        (45015, DeliveryState.HELD),
        (45047, DeliveryState.HELD),
        (48001, DeliveryState.HELD),
        (-1, DeliveryState.PENDING),
        (40001, DeliveryState.PENDING),
        (40003, DeliveryState.FAILED),
    ],
)
def test_wechats_errors_are_taken_by_their_meaning(
    services: Services,
    api: WeChatApi,
    wechat_api: WeChatApiStandIn,
    errcode: int,
    state: DeliveryState,
) -> None:
    wechat_api.errcode = errcode
    plan(services.database, "一")
    deliver_due(services, api)
    assert states(services.database) == [state]


def leaves_at_the_second_try(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    wechat_api.errcode = 42001
    plan(services.database, "一")
    deliver_due(services, api)
    wechat_api.errcode = 0
    with services.database.unit_of_work() as session:
        session.query(Delivery).update({"due_at": utc_now()})
    deliver_due(services, api)


def test_a_refused_token_is_fetched_anew(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    leaves_at_the_second_try(services, api, wechat_api)
    assert wechat_api.tokens == 2
    assert states(services.database) == [DeliveryState.SENT]


def calls(database: Database) -> list[tuple[int, str, str]]:
    with database.reading() as session:
        found = session.scalars(select(DeliveryAttempt).order_by(DeliveryAttempt.id)).all()
        assert all(one.milliseconds >= 0 and one.at <= utc_now() for one in found)
        return [(one.delivery_id, one.api, one.outcome) for one in found]


def test_every_call_for_a_piece_and_its_outcome_is_kept(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    leaves_at_the_second_try(services, api, wechat_api)
    send, token = "message/custom/send", "stable_token"
    # WeChat takes no second forced token within a minute: the third send uses the same.
    assert calls(services.database) == [
        (1, token, "0"),
        (1, send, "42001"),
        (1, token, "0"),
        (1, send, "42001"),
        (1, send, "0"),
    ]


def test_what_never_reached_wechat_is_kept_as_what_happened(
    services: Services, wechat_api: WeChatApiStandIn
) -> None:
    plan(services.database, "一")
    wechat_api.token_errcode = 40164
    with closing(WeChatApi(services.settings, services.database)) as api:
        deliver_due(services, api)
    services.settings.wechat_api_base_url = "http://127.0.0.1:9"
    with services.database.unit_of_work() as session:
        session.query(Delivery).update({"due_at": utc_now()})
    with closing(WeChatApi(services.settings, services.database)) as api:
        deliver_due(services, api)
    assert calls(services.database) == [
        (1, "stable_token", "WeChat says 40164"),
        (1, "stable_token", "ConnectionError"),
    ]


def test_what_is_held_back_without_asking_wechat_made_no_call(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    plan(services.database, "一")
    with services.database.unit_of_work() as session:
        past = utc_now() - timedelta(hours=49)
        session.execute(update(Conversation).values(last_inbound_at=past))
    deliver_due(services, api)
    assert (states(services.database), calls(services.database)) == ([DeliveryState.HELD], [])


def test_all_processes_share_one_token(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    for number in range(3):
        plan(services.database, "一", openid=f"openid-{number}")
        with closing(WeChatApi(services.settings, services.database)) as another:
            deliver_due(services, another)
    assert wechat_api.tokens == 1


def test_a_server_that_cannot_be_reached_is_tried_again_later(
    services: Services, wechat_api: WeChatApiStandIn
) -> None:
    services.settings.wechat_api_base_url = "http://127.0.0.1:9"
    plan(services.database, "一")
    with closing(WeChatApi(services.settings, services.database)) as api:
        deliver_due(services, api)
    assert states(services.database) == [DeliveryState.PENDING]
    with services.database.reading() as session:
        assert session.get_one(Delivery, 1).due_at > utc_now()


def test_what_a_crashed_sender_left_is_not_sent_blindly_again(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    plan(services.database, "一")
    with services.database.unit_of_work() as session:
        push_queue.claim_due(session)
    with services.database.unit_of_work() as session:
        assert push_queue.free_abandoned(session, timedelta(0)) == 1
    deliver_due(services, api)
    assert wechat_api.sent == []
    assert states(services.database) == [DeliveryState.UNKNOWN]


def test_a_token_that_cannot_be_had_is_no_failed_push(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    wechat_api.token_errcode = 40164
    plan(services.database, "一")
    deliver_due(services, api)
    assert states(services.database) == [DeliveryState.PENDING]
    assert wechat_api.sent == []


def test_an_unknown_outcome_counts_against_the_window(
    services: Services, api: WeChatApi, wechat_api: WeChatApiStandIn
) -> None:
    plan(services.database, "一", "二", "三")
    for _ in range(2):
        with services.database.unit_of_work() as session:
            push_queue.claim_due(session)
        with services.database.unit_of_work() as session:
            push_queue.free_abandoned(session, timedelta(0))
    deliver_due(services, api)
    assert wechat_api.sent == []
    assert states(services.database)[-1] is DeliveryState.HELD


def test_workers_that_meet_an_expired_token_fetch_one(
    services: Services, wechat_api: WeChatApiStandIn
) -> None:
    for number in range(4):
        plan(services.database, "一", openid=f"openid-{number}")
    made = [WeChatApi(services.settings, services.database) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda api: api.push("openid", "一", None), made))
    for one in made:
        one.close()
    assert {outcome.value for outcome, _ in outcomes} == {"sent"}
    assert wechat_api.tokens == 1


def test_asking_for_pushes_holds_nobody_up_when_redis_is_away(settings: Settings) -> None:
    settings.redis_url = "redis://127.0.0.1:9/0"
    with (
        closing(create_queue(settings)) as queue,
        closing(BriskRedis(settings.redis_url)) as away,
    ):
        began = time.monotonic()
        ask_to_deliver(queue, away)
        assert time.monotonic() - began < 1


def test_what_is_only_kept_for_a_while_goes(services: Services) -> None:
    long_ago = utc_now() - timedelta(days=40)
    with services.database.unit_of_work() as session:
        contact_id = meet_contact(session, "web", "", "somebody").id
        session.add(Draft(contact_id=contact_id, service="startup_loan", updated_at=long_ago))
        idempotency.keep(session, contact_id, "some-key", "call", {}, 200)
        session.execute(update(IdempotentCall).values(created_at=long_ago))
        key = services.materials.keep(b"a file without a row")
        session.add(
            Material(
                key=key, contact_id=contact_id, service="startup_loan", name="id_card",
                kind="pdf", bytes=1, created_at=long_ago,
            )
        )  # fmt: skip
        session.add(
            Request(
                number="DK1", intake="DK1", service="startup_loan", contact_id=contact_id,
                answers={}, due_at=long_ago,
            )
        )  # fmt: skip
    forget_what_is_old(services)
    with services.database.reading() as session:
        for table in (Draft, IdempotentCall, Material):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        assert session.scalars(select(Request.overdue_at)).one() is not None
