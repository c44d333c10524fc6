"""Notices beyond WeChat's window: one for each time a person has allowed it, else held."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models import handoff, notice_grant
from models.contact import Contact
from models.conversation import Conversation
from models.database import utc_now
from models.delivery import Delivery, DeliveryState, Way, words_held
from models.notification import notify
from tests.models.staffing import official
from tests.simulator import Handset
from tests.webhook.wechat.conftest import NOTICES, Installation
from webhook.services import Services

SUBSCRIBE = NOTICES[0]["id"]
WORDS = "您的申请 DK000001 办好了，可以来取结果。"


@pytest.fixture(autouse=True)
def templates(installation: Installation) -> None:
    for one in NOTICES:
        installation.simulator.set(
            "templates", template_id=one["id"], title=one["title"], fields=list(one["data"])
        )


def somebody(installation: Installation, openid: str) -> tuple[Handset, int]:
    phone = installation.phone(openid)
    phone.say("你好")
    phone.wait_for(1)
    with installation.database.reading() as session:
        found = select(Contact.id).where(Contact.external_id == openid)
        return phone, session.scalars(found).one()


def tell(installation: Installation, contact_id: int, *, window_is_open: bool) -> None:
    with installation.database.unit_of_work() as session:
        if not window_is_open:
            session.execute(
                update(Conversation)
                .where(Conversation.contact_id == contact_id)
                .values(last_inbound_at=utc_now() - timedelta(hours=49))
            )
        key = f"request:{contact_id}:{time.time_ns()}"
        notify(session, contact_id, WORDS, key=key, link="/m/requests/DK000001")


def last_piece(installation: Installation, contact_id: int, *states: DeliveryState) -> Delivery:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with installation.database.reading() as session:
            piece = session.scalars(
                select(Delivery)
                .join(Conversation, Conversation.id == Delivery.conversation_id)
                .where(Conversation.contact_id == contact_id)
                .order_by(Delivery.id.desc())
                .limit(1)
            ).one()
        if piece.text.startswith(WORDS) and piece.state in states:
            return piece
        time.sleep(0.2)
    raise AssertionError(f"{piece.text} is {piece.state}")


def test_one_grant_is_one_notice(installation: Installation) -> None:
    phone, contact_id = somebody(installation, "o-granted")
    phone.do("allow", template=SUBSCRIBE)
    phone.settle()
    tell(installation, contact_id, window_is_open=False)
    piece = last_piece(installation, contact_id, DeliveryState.SENT)
    assert piece.way is Way.SUBSCRIBE
    shown = phone.wait_for_kind("notice")
    assert shown["way"] == "subscribe"
    assert shown["url"].endswith("/m/enter?to=%2Fm%2Frequests%2FDK000001")
    assert "您的申请 DK000001 办好了" in "".join(shown["lines"])
    tell(installation, contact_id, window_is_open=False)
    last_piece(installation, contact_id, DeliveryState.HELD)
    phone.say("在吗")
    phone.wait_for_text(WORDS)


def test_wechat_knows_better_that_its_window_is_closed(installation: Installation) -> None:
    phone, contact_id = somebody(installation, "o-clock")
    phone.do("allow", template=SUBSCRIBE)
    phone.settle()
    installation.simulator.set("clock", skip=49 * 3600)
    tell(installation, contact_id, window_is_open=True)
    assert last_piece(installation, contact_id, DeliveryState.SENT).way is Way.SUBSCRIBE
    phone.wait_for_kind("notice")


def test_who_switches_notices_off_gets_none(installation: Installation) -> None:
    phone, contact_id = somebody(installation, "o-muted")
    phone.do("allow", template=SUBSCRIBE)
    time.sleep(1.1)  # WeChat's own times have no parts of a second
    phone.do("allow", template=SUBSCRIBE)
    phone.settle()
    with installation.database.reading() as session:
        assert notice_grant.left(session, contact_id, SUBSCRIBE) == 2
    phone.do("mute", template=SUBSCRIBE)
    phone.settle()
    with installation.database.reading() as session:
        assert notice_grant.left(session, contact_id, SUBSCRIBE) == 0
    tell(installation, contact_id, window_is_open=False)
    last_piece(installation, contact_id, DeliveryState.HELD)


def test_a_grant_wechat_does_not_know_holds_the_words(installation: Installation) -> None:
    phone, contact_id = somebody(installation, "o-lost-grant")
    with installation.database.unit_of_work() as session:
        notice_grant.give(session, contact_id, SUBSCRIBE)
    tell(installation, contact_id, window_is_open=False)
    piece = last_piece(installation, contact_id, DeliveryState.HELD)
    assert (piece.content, piece.error) == (None, "43101")
    assert len(phone.shown) == 1


def test_who_is_silent_is_told_once_that_staff_have_written(installation: Installation) -> None:
    phone, contact_id = somebody(installation, "o-silent")
    for _ in range(2):
        phone.do("allow", template=SUBSCRIBE)
        phone.settle()
        time.sleep(1.1)  # WeChat's own times have no parts of a second
    services = Services(installation.settings, push=lambda: None)
    with services.database.unit_of_work() as session:
        where = Conversation.contact_id == contact_id
        conversation = session.scalars(select(Conversation).where(where)).one()
        staff = official(session, "agent")
        handoff.claim(session, conversation.id, staff)
        conversation.last_inbound_at = utc_now() - timedelta(hours=49)
    for line in ("您的材料齐了", "明天可以来取"):
        services.desk.say(conversation.id, staff.id, line)
    shown = phone.wait_for_kind("notice")
    assert "".join(shown["lines"]).count("工作人员回复了您") == 1
    assert shown["url"].endswith("/m/enter?to=%2Fm%2Frequests")
    with services.database.reading() as session:
        held = words_held(session, contact_id)
        assert [one.text for one in held] == ["您的材料齐了", "明天可以来取"]
        assert notice_grant.left(session, contact_id, SUBSCRIBE) == 1
    services.close()
    phone.say("在吗")
    assert phone.wait_for_text("您的材料齐了") == "您的材料齐了\n\n明天可以来取"
