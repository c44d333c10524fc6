"""The mini-program's card: it follows where a form begins, and opens the same service."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from models import delivery as deliveries
from models.contact import meet_contact
from models.conversation import open_conversation
from models.database import Database, utc_now
from models.delivery import Delivery, DeliveryState
from models.message import Author, Inbound, record_inbound, record_reply
from models.reply import Choice, Reply
from models.settings import Settings
from tests.simulator import Simulator, simulating
from webhook.pushing import deliver_due
from webhook.services import Services
from webhook.wechat.client import WeChatApi

BEGUN = Reply("零工登记要先存下：姓名。同意吗？", (Choice("同意", "/affirm"),), "gig_registration")


@pytest.fixture
def simulator(settings: Settings) -> Iterator[Simulator]:
    with simulating(settings) as made:
        settings.wechat_api_base_url = made.url
        yield made


@pytest.fixture
def services(settings: Settings, sqlite_database: Database) -> Iterator[Services]:
    settings.miniprogram_app_id = "wx-mini"
    settings.miniprogram_page = "pages/form?code={service}"
    made = Services(settings, push=lambda: None)
    yield made
    made.close()


def say(services: Services, openid: str, reply: Reply) -> None:
    """Plan what the account says, all of it to be pushed."""
    with services.database.unit_of_work() as session:
        contact = meet_contact(session, "wechat", "gh_1", openid)
        conversation = open_conversation(session, contact.id)
        inbound = Inbound(f"key-{openid}-{conversation.last_position}", text="登记")
        asked = record_inbound(
            session, conversation, inbound, safe_text="登记", awaited_until=utc_now()
        )
        said = record_reply(session, conversation, asked, reply, Author.BOT)
        pieces = services.channels["wechat"].pieces(reply)
        deliveries.plan(session, said, pieces, utc_now(), can_push=True)


def test_a_card_of_the_service_follows_with_one_picture_for_all(
    services: Services, simulator: Simulator
) -> None:
    with closing(WeChatApi(services.settings, services.database)) as api:
        for openid in ("o-1", "o-2"):
            phone = simulator.phone(openid)
            phone.say("登记")
            say(services, openid, BEGUN)
            deliver_due(services, api)
            words, card = phone.shown[-2:]
            assert words["text"].startswith("零工登记要先存下")
            assert (card["kind"], card["title"]) == ("miniprogrampage", "零工登记")
            assert card["page"] == "pages/form?code=gig_registration"
            picture = simulator.client.get(f"/sim/media/{card['media']}")
            assert picture.content.startswith(b"\x89PNG")
    assert len(simulator.calls("media/upload")) == 1


@pytest.mark.parametrize("trouble", [{"errcode": 45015}, {"errcode": 40007}])
def test_a_card_that_is_not_taken_is_dropped(
    services: Services, simulator: Simulator, trouble: dict[str, int]
) -> None:
    phone = simulator.phone("o-1")
    phone.say("登记")
    say(services, "o-1", BEGUN)
    simulator.set("faults", path="media/upload", **trouble)
    with closing(WeChatApi(services.settings, services.database)) as api:
        deliver_due(services, api)
    with services.database.reading() as session:
        states = [one.state for one in session.query(Delivery).order_by(Delivery.id)]
    assert states == [DeliveryState.SENT, DeliveryState.FAILED]


def test_without_a_mini_program_there_is_no_card(services: Services) -> None:
    services.settings.miniprogram_app_id = ""
    with closing(Services(services.settings, push=lambda: None)) as without:
        assert len(without.channels["wechat"].pieces(BEGUN)) == 1
    unknown = Reply("……", begins="no_such_service")
    assert len(services.channels["wechat"].pieces(unknown)) == 1
