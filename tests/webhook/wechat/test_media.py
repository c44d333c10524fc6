"""Pictures through WeChat, both ways: a person's become materials, staff's are shown."""

import io
import time
from collections.abc import Iterator

import pytest
from PIL import Image
from sqlalchemy import delete, select

from models import handoff
from models.catalogue.life import Actor, RequestState
from models.catalogue.loader import load_catalogue
from models.contact import Contact, give_consent
from models.conversation import Conversation, lock_conversation
from models.delivery import DeliveryState
from models.draft import Draft, begin_draft
from models.handoff import HandoffReason
from models.intake.recorders import recorder_of
from models.materials.material import Material
from models.materials.upload import clean
from models.received_media import MediaState, ReceivedMedia
from models.reply import Choice
from models.request import Request, requests_of
from models.request_life import Mover, move
from tests.models.intake.test_recorders import SUBSIDIES
from tests.models.staffing import official
from tests.webhook.wechat.conftest import Installation
from webhook import wording
from webhook.services import Services


@pytest.fixture
def services(installation: Installation) -> Iterator[Services]:
    made = Services(installation.settings, push=lambda: None)
    yield made
    made.close()


def picture(colour: str = "red", size: tuple[int, int] = (640, 480)) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, colour).save(drawn, "jpeg")
    return drawn.getvalue()


def open_form(services: Services, openid: str, *, consents: bool = True) -> int:
    with services.database.unit_of_work() as session:
        contact = session.scalars(select(Contact).where(Contact.external_id == openid)).one()
        begin_draft(session, contact.id, "startup_loan")
        consent = load_catalogue().service("startup_loan").consent
        if consents and consent is not None:
            give_consent(session, contact.id, "startup_loan", consent.wording)
        return contact.id


def settled(services: Services, contact_id: int) -> ReceivedMedia:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with services.database.reading() as session:
            media = session.scalar(
                select(ReceivedMedia).where(
                    ReceivedMedia.contact_id == contact_id,
                    ReceivedMedia.state != MediaState.WAITING,
                )
            )
        if media is not None:
            return media
        time.sleep(0.2)
    raise AssertionError("the worker did not fetch it")


def test_a_picture_becomes_a_material_of_the_open_form(
    installation: Installation, services: Services
) -> None:
    phone = installation.phone("o-photo")
    phone.say("你好")
    phone.wait_for(1)
    contact_id = open_form(services, phone.openid)
    phone.send("image", picture())
    phone.wait_for_text("图片收到了，记作「创业担保贷款」的「")
    assert settled(services, contact_id).state is MediaState.KEPT
    with services.database.reading() as session:
        (kept,) = session.scalars(select(Material).where(Material.contact_id == contact_id))
    assert (kept.kind, kept.service) == ("jpeg", "startup_loan")
    assert services.materials.content(kept.key).startswith(b"\xff\xd8\xff")


def test_a_picture_after_the_submission_goes_to_its_request(
    installation: Installation, services: Services
) -> None:
    phone = installation.phone("o-after")
    phone.say("你好")
    phone.wait_for(1)
    contact_id = open_form(services, phone.openid)
    service = load_catalogue().service("startup_subsidies")
    with services.database.unit_of_work() as session:
        assert service.consent is not None
        consent = give_consent(session, contact_id, service.code, service.consent.wording)
        recorder_of(service).record(session, contact_id, consent.id, SUBSIDIES)
        first, *_ = requests_of(session, contact_id)
        staff = official(session, f"agent-{time.time_ns()}")
        returned = RequestState.RETURNED
        mover = Mover(Actor.AGENT, staff.id)
        move(session, service, first, returned, mover, reason="照片不清楚", field="id_card")
        session.execute(delete(Draft))
    phone.send("image", picture())
    assert settled(services, contact_id).state is MediaState.KEPT
    with services.database.reading() as session:
        (kept,) = session.scalars(select(Material).where(Material.contact_id == contact_id))
        again = session.get_one(Request, first.id)
    assert (kept.name, kept.request_id) == ("id_card", first.id)
    assert again.state is RequestState.SUBMITTED
    phone.wait_for_text("已经重新提交")


def test_what_is_no_picture_is_told_and_not_kept(
    installation: Installation, services: Services
) -> None:
    phone = installation.phone("o-not-a-photo")
    phone.say("你好")
    phone.wait_for(1)
    contact_id = open_form(services, phone.openid)
    phone.send("image", b"MZ" + bytes(2000))
    assert settled(services, contact_id).state is MediaState.REFUSED
    phone.wait_for_text("这种文件收不了")
    with services.database.reading() as session:
        assert session.scalar(select(Material).where(Material.contact_id == contact_id)) is None


def test_nothing_is_kept_before_the_yes(installation: Installation, services: Services) -> None:
    phone = installation.phone("o-no-yes")
    phone.say("你好")
    phone.wait_for(1)
    contact_id = open_form(services, phone.openid, consents=False)
    phone.send("image", picture())
    phone.wait_for_text("同意之后")
    with services.database.reading() as session:
        mine = select(ReceivedMedia).where(ReceivedMedia.contact_id == contact_id)
        assert session.scalar(mine) is None


@pytest.mark.parametrize("trouble", [None, {"errcode": -1}, {"status": 502}])
def test_a_picture_of_staff_is_shown_on_the_phone(
    installation: Installation, services: Services, trouble: dict[str, int] | None
) -> None:
    phone = installation.phone(f"o-staff-photo-{trouble}")
    phone.say("你好")
    phone.wait_for(1)
    with services.database.unit_of_work() as session:
        conversation_id = session.scalars(
            select(Conversation.id).join(Contact).where(Contact.external_id == phone.openid)
        ).one()
        handoff.request(session, lock_conversation(session, conversation_id), HandoffReason.ASKED)
        staff = official(session, f"agent-{time.time_ns()}")
        handoff.claim(session, conversation_id, staff)
        staff_id = staff.id
    if trouble:
        installation.simulator.set("faults", path="media/upload", **trouble)
    upload = clean(picture("blue"))
    key = services.materials.keep(upload.content)
    services.desk.show(conversation_id, staff_id, key, upload, "办事地图.jpg")
    shown = phone.wait_for_kind("image")
    assert shown["way"] == "customer_service"
    sent = installation.simulator.client.get(f"/sim/media/{shown['media']}")
    assert sent.content == upload.content


@pytest.mark.parametrize("kind", ["service", "subscription"])
def test_an_answer_with_a_picture_is_followed_by_a_card_where_the_account_may_push(
    installation: Installation, kind: str
) -> None:
    phone = installation.phone(f"o-card-{kind}")
    whole = Choice("看整条", "/ask_policy", path="/m/clause/7", picture="/m/pictures/ab")
    buttons = [whole.as_json(), Choice("找人工", "/human").as_json()]
    installation.rasa.says = [{"text": "「零工市场」", "buttons": buttons}]
    installation.simulator.set("account", kind=kind)
    try:
        phone.say("零工市场在哪")
        first = phone.wait_for(1)[0]
        assert (first["way"], first["kind"]) == ("passive", "text")
        assert f"1. 看整条 {installation.settings.public_url}/m/clause/7" in first["text"]
        if kind == "service":
            card = phone.wait_for_kind("news")
            assert card["title"] == "「零工市场」"
            assert card["picture"] == f"{installation.settings.public_url}/m/pictures/ab"
            return
        until = time.monotonic() + 20
        while time.monotonic() < until:
            _, piece = installation.pieces(phone.openid)
            if piece.state is DeliveryState.FAILED:
                break
            time.sleep(0.2)
        assert (piece.state, piece.error) == (DeliveryState.FAILED, "48001")
        phone.say("好的")
        phone.wait_for(2)
        assert wording.MORE_IS_WAITING not in "".join(phone.texts)
    finally:
        installation.rasa.says = None
        installation.simulator.set("account", kind="service")
