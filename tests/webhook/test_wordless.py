"""Messages without words, and every kind of event: each on purpose, none with a failure."""

import time

import pytest
from sqlalchemy import select

from models import handoff, push_queue
from models.catalogue.loader import load_catalogue
from models.contact import give_consent
from models.conversation import Conversation, ConversationState, lock_conversation
from models.delivery import Delivery, DeliveryState
from models.draft import begin_draft
from models.handoff import HandoffReason
from models.intake.handing_in import lacks
from models.intake.nearest_place import nearest_place
from models.intake.recorders import recorder_of
from models.message import Inbound, InboundState
from models.offering.importing import store
from models.offering.sample import sample
from models.received_media import MediaState, ReceivedMedia
from tests.models.intake.test_recorders import SUBSIDIES
from tests.models.staffing import official
from tests.standins import RasaStandIn
from tests.webhook.conftest import Door
from tests.webhook.house import House
from tests.wechat import reply_text
from webhook.road import Sender
from webhook.services import WEB

_SHENYANG_TIEXI = {"Location_X": "41.82", "Location_Y": "123.33", "Scale": "15", "Label": "x"}
_BEIJING = {"Location_X": "39.90", "Location_Y": "116.40"}


def send(door: Door, kind: str, **fields: str) -> str:
    answer = door.post(door.wechat.message("openid-1", kind, **fields))
    assert answer.status_code == 200
    return "" if answer.text == "success" else reply_text(answer.data)


def event(door: Door, name: str, key: str = "") -> str:
    return send(door, "event", Event=name, EventKey=key)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("CLICK", "/start_gig_registration"),
        ("SCAN", "gig_registration"),
        ("subscribe", "qrscene_gig_registration"),
    ],
)
def test_an_entry_or_a_code_starts_its_service(
    door: Door, rasa: RasaStandIn, name: str, key: str
) -> None:
    assert "听到" in event(door, name, key)
    assert rasa.turns == ["/start_gig_registration"]


def test_a_menu_entry_may_be_a_question(door: Door, rasa: RasaStandIn) -> None:
    event(door, "CLICK", "打零工去哪里登记")
    assert rasa.turns == ["打零工去哪里登记"]


@pytest.mark.parametrize("key", ["", "/x{}", "qrscene_", "qrscene_unknown"])
def test_who_follows_is_welcomed_whatever_the_scene(
    door: Door, rasa: RasaStandIn, key: str
) -> None:
    assert "我是就创通" in event(door, "subscribe", key)
    assert rasa.turns == []


@pytest.mark.parametrize(
    ("name", "key"),
    [("SCAN", ""), ("SCAN", "poster_of_2019"), ("CLICK", "V1001_TODAY"), ("CLICK", "/No Such")],
)
def test_a_code_or_an_entry_that_is_no_longer_ours_is_a_welcome(
    door: Door, rasa: RasaStandIn, name: str, key: str
) -> None:
    assert "我是就创通" in event(door, name, key)
    assert rasa.turns == []


@pytest.mark.parametrize(
    "name",
    [
        "unsubscribe", "VIEW", "LOCATION", "scancode_push", "pic_sysphoto",
        "pic_photo_or_album", "pic_weixin", "location_select", "view_miniprogram",
        "TEMPLATESENDJOBFINISH", "MASSSENDJOBFINISH", "subscribe_msg_popup_event",
        "subscribe_msg_change_event", "subscribe_msg_sent_event", "kf_create_session",
        "kf_close_session", "kf_switch_session", "something_new",
    ],
)  # fmt: skip
def test_what_is_no_word_of_the_person_gets_no_answer(
    door: Door, rasa: RasaStandIn, name: str
) -> None:
    assert event(door, name) == ""
    assert rasa.turns == []


def test_a_place_without_a_form_is_told(door: Door, rasa: RasaStandIn) -> None:
    assert "沈阳市铁西区" in send(door, "location", **_SHENYANG_TIEXI)
    assert "不在辽宁" in send(door, "location", **_BEIJING)
    assert "打字" in send(door, "location", Location_X="north")
    assert all("41.82" not in str(message.details) for message in door.stored())


def test_a_place_tells_what_is_near(door: Door, rasa: RasaStandIn) -> None:
    with door.database.unit_of_work() as session:
        for draft in (*sample("沈阳市", "和平区"), *sample("大连市", "中山区")):
            store(session, draft, is_sample=True)
    said = send(door, "location", **_SHENYANG_TIEXI)
    assert "离您近的办事点：\n· " in said
    assert "沈阳市和平区" in said
    assert "大连" not in said
    assert "看附近的零工" in said


def test_a_place_answers_an_open_form(door: Door, rasa: RasaStandIn) -> None:
    door.say("你好")
    with door.database.unit_of_work() as session:
        begin_draft(session, 1, "gig_registration")
    send(door, "location", **_SHENYANG_TIEXI)
    assert rasa.turns[-1] == "沈阳市铁西区"


def test_pictures_sent_after_the_submission_are_its_papers(door: Door, rasa: RasaStandIn) -> None:
    door.say("你好")
    service = load_catalogue().service("startup_subsidies")
    with door.database.unit_of_work() as session:
        assert service.consent is not None
        consent = give_consent(session, 1, service.code, service.consent.wording)
        recorder_of(service).record(session, 1, consent.id, SUBSIDIES)
        wanted = [
            (one.request.id, paper.name)
            for one in lacks(session, load_catalogue(), 1)
            for paper in one.papers
        ]
    shared = dict.fromkeys(name for _, name in wanted)
    said = [
        send(door, "image", MediaId=f"m-{place}", PicUrl="http://x") for place in range(len(shared))
    ]
    assert "记作「" in said[0]
    assert "还差：" in said[0]
    assert "材料齐了" in said[-1]
    # How it is done is told once: every photo behind the first gets one line.
    assert said[0].count("\n") == 1
    for place, text in enumerate(said[1:-1], 2):
        assert text.startswith(f"收到第 {place} 张，")
        assert "还差：" in text
        assert "\n" not in text
    with door.database.reading() as session:
        kept = [(one.request_id, one.name) for one in session.scalars(select(ReceivedMedia))]
    assert [name for _, name in kept] == list(shared)
    assert set(kept) <= set(wanted)
    assert "看不懂图片" in send(door, "image", MediaId="m-99", PicUrl="http://x")
    assert rasa.turns == ["你好"]


def test_in_the_web_chat_the_way_to_hand_in_is_told_once(house: House) -> None:
    house.hears("你好")
    service = load_catalogue().service("startup_subsidies")
    with house.database.unit_of_work() as session:
        assert service.consent is not None
        consent = give_consent(session, 1, service.code, service.consent.wording)
        recorder_of(service).record(session, 1, consent.id, SUBSIDIES)
    sender = Sender(WEB, "gh", "person")
    first, second = (
        house.road.travel(sender, Inbound(f"picture-{number}", kind="image", text="")).text or ""
        for number in (1, 2)
    )
    assert "手机页面上传" in first
    assert "在微信里" not in first
    assert "还差：" in second
    assert "手机页面上传" not in second


def test_a_picture_is_kept_with_a_form_that_wants_one(door: Door, rasa: RasaStandIn) -> None:
    assert "看不懂图片" in send(door, "image", MediaId="m-1", PicUrl="http://x")
    wanting = load_catalogue().service("startup_loan")
    with door.database.unit_of_work() as session:
        begin_draft(session, 1, wanting.code)
    assert send(door, "image", MediaId="m-2", PicUrl="http://x").startswith("您同意之后才能收材料")
    with door.database.unit_of_work() as session:
        assert wanting.consent is not None
        give_consent(session, 1, wanting.code, wanting.consent.wording)
    said = [send(door, "image", MediaId=f"m-{number}", PicUrl="http://x") for number in (3, 4)]
    assert all(text.startswith("图片收到了，记作「创业担保贷款」的「") for text in said)
    assert said[0] != said[1]  # the second picture is the second paper
    assert rasa.turns == ["/repeat"] * 3
    with door.database.reading() as session:
        kept = session.scalars(select(ReceivedMedia).order_by(ReceivedMedia.id)).all()
    assert [(one.media_id, one.state) for one in kept] == [
        ("m-3", MediaState.WAITING),
        ("m-4", MediaState.WAITING),
    ]


def test_a_form_without_papers_keeps_no_picture(door: Door, rasa: RasaStandIn) -> None:
    door.say("你好")
    with door.database.unit_of_work() as session:
        begin_draft(session, 1, "gig_registration")
    assert "不用再交图片" in send(door, "image", MediaId="m-1", PicUrl="http://x")
    with door.database.reading() as session:
        assert session.scalar(select(ReceivedMedia)) is None


def test_a_voice_is_heard_as_its_words_or_asked_for_in_writing(
    door: Door, rasa: RasaStandIn
) -> None:
    said = send(door, "voice", MediaId="m", Format="amr", Recognition="打零工去哪登记")
    assert said == "听到：打零工去哪登记"
    assert "打字" in send(door, "voice", MediaId="m", Format="amr")


def test_wechats_own_desk_silences_the_assistant_until_it_closes(
    door: Door, rasa: RasaStandIn
) -> None:
    door.say("你好")
    send(door, "event", Event="kf_create_session", KfAccount="a@b")
    assert door.say("在吗").text == "success"
    send(door, "event", Event="kf_close_session", KfAccount="a@b")
    assert reply_text(door.say("还在吗").data) == "听到：还在吗"
    with door.database.reading() as session:
        assert session.get_one(Conversation, 1).state is ConversationState.BOT


@pytest.mark.parametrize("claimed", [True, False])
def test_wechats_own_desk_closing_does_not_end_our_case(
    door: Door, rasa: RasaStandIn, claimed: bool
) -> None:
    door.say("你好")
    send(door, "event", Event="kf_create_session", KfAccount="a@b")
    with door.database.unit_of_work() as session:
        conversation = lock_conversation(session, 1)
        if claimed:
            handoff.claim(session, 1, official(session, "agent"))
        else:
            handoff.request(session, conversation, HandoffReason.ASKED)
        state = conversation.state
    send(door, "event", Event="kf_close_session", KfAccount="a@b")
    with door.database.reading() as session:
        found = session.get_one(Conversation, 1)
        assert (found.state, found.kf_account) == (state, None)


def test_a_notices_outcome_is_recorded(door: Door, rasa: RasaStandIn) -> None:
    door.say("你好")
    with door.database.unit_of_work() as session:
        push_queue.mark_sent(session, 1, receipt="200163836")
    send(
        door, "event",
        Event="TEMPLATESENDJOBFINISH", MsgID="200163836", Status="failed:user block",
    )  # fmt: skip
    with door.database.reading() as session:
        piece = session.get_one(Delivery, 1)
        assert (piece.state, piece.error) == (DeliveryState.FAILED, "failed:user block")


def test_two_notices_told_of_in_one_second_are_two(door: Door, rasa: RasaStandIn) -> None:
    now = int(time.time())
    for number in (1, 2, 2):
        sent = (
            f"<List><TemplateId>t</TemplateId><MsgID>{number}</MsgID>"
            "<ErrorCode>0</ErrorCode></List>"
        )
        body = door.wechat.event("openid-1", "subscribe_msg_sent_event", created=now).decode()
        told = f"<SubscribeMsgSentEvent>{sent}</SubscribeMsgSentEvent></xml>"
        door.post(body.replace("</xml>", told).encode())
    receipts = [(message.details or {})["receipts"] for message in door.stored()]
    assert receipts == [{"1": ""}, {"2": ""}]


def test_an_unknown_kind_gets_a_kind_word(door: Door, rasa: RasaStandIn) -> None:
    assert "打成字" in send(door, "hologram")
    (message,) = door.stored()
    assert message.state is InboundState.ANSWERED


def test_the_nearest_centre_names_the_place() -> None:
    assert nearest_place(38.9186, 121.6449) == "大连市中山区"
    assert nearest_place(39.9, 116.4) is None
