"""The desk as two officials use it: queue, claim, words, private values, moves."""

import io
import re
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from wechatpy.exceptions import WeChatClientException

from models import handoff
from models.audit import AuditEntry, entries
from models.canned_reply import save_canned
from models.conversation import Conversation, ConversationState, conversation_of
from models.database import utc_now
from models.delivery import Delivery
from models.delivery_attempt import Attempt, note_attempts
from models.handoff import HandoffReason
from models.message import Author, Inbound, Message, record_inbound, record_said
from models.private_value import PrivateValue, Span, swap
from models.received_media import keep_media
from models.reply import Reply
from models.staff import Role, find_staff
from models.staff_session import end_sessions
from tests.webhook.staff.conftest import Browser, Office
from webhook.staff import live

_MOBILE = "13800138000"


@pytest.fixture
def waiting(office: Office) -> int:
    """Somebody who has asked for a person, and left a mobile number; returns the conversation."""
    with office.database.unit_of_work() as work:
        conversation = conversation_of(work, "web", "", "visitor-1")
        text = f"<b>我的电话</b>{_MOBILE}"
        at = text.index(_MOBILE)
        span = Span(at, at + len(_MOBILE), "手机号", _MOBILE)
        safe = swap(work, conversation.contact_id, text, [span])
        message = record_inbound(
            work,
            conversation,
            Inbound("web:1", text=text),
            safe_text=safe,
            awaited_until=utc_now(),
        )
        handoff.request(work, conversation, HandoffReason.ASKED, message_id=message.id)
        return conversation.id


def test_who_waits_is_in_the_queue(office: Office, waiting: int) -> None:
    page = office.desk_of("xiaowang").get("/staff/desk").text
    assert f'data-conversation="{waiting}"' in page
    assert _MOBILE not in page


def test_one_of_two_gets_the_chat_and_the_other_is_told_who(office: Office, waiting: int) -> None:
    first, second = office.desk_of("xiaowang"), office.desk_of("xiaoli")
    assert first.post(f"/staff/conversations/{waiting}/claim").status_code == 200
    refused = second.post(f"/staff/conversations/{waiting}/claim")
    assert refused.status_code == 409
    assert "xiaowang" in refused.text


def test_what_is_said_is_stored_once_under_its_author(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    browser.post(f"/staff/conversations/{waiting}/claim")
    assert browser.post(f"/staff/conversations/{waiting}/say", text=" 您好 ").status_code == 200
    with office.database.reading() as session:
        said = session.scalars(select(Message).where(Message.author == Author.STAFF)).all()
    assert [one.text for one in said] == ["您好"]
    news = browser.get(f"/staff/conversations/{waiting}/lines?after={said[0].id - 1}").text
    assert re.findall(r'data-message="(\d+)"', news) == [str(said[0].id)]


def test_who_has_not_taken_the_chat_cannot_write(office: Office, waiting: int) -> None:
    answer = office.desk_of("xiaowang").post(f"/staff/conversations/{waiting}/say", text="您好")
    assert answer.status_code == 409


def test_words_are_shown_as_text_and_values_masked(office: Office, waiting: int) -> None:
    page = office.desk_of("xiaowang").get(f"/staff/conversations/{waiting}").text
    assert "&lt;b&gt;我的电话" in page
    assert _MOBILE not in page
    assert "138****8000" in page


def test_a_value_is_revealed_for_a_reason_that_is_kept(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    with office.database.reading() as session:
        value = session.scalars(select(PrivateValue.id)).one()
    address = f"/staff/conversations/{waiting}/values/{value}/reveal"
    assert browser.post(address, reason=" ").status_code == 422
    assert _MOBILE in browser.post(address, reason="核对登记手机号").text
    with office.database.reading() as session:
        kept = entries(session, action="value.reveal")
    assert [entry.reason for entry in kept] == ["核对登记手机号"]
    assert _MOBILE not in str(kept[0].details)


def test_a_value_of_somebody_else_is_not_revealed(office: Office, waiting: int) -> None:
    with office.database.unit_of_work() as work:
        other = conversation_of(work, "web", "", "visitor-2").id
        value = work.scalars(select(PrivateValue.id)).one()
    answer = office.desk_of("xiaowang").post(
        f"/staff/conversations/{other}/values/{value}/reveal", reason="核对登记手机号"
    )
    assert answer.status_code == 404
    with office.database.reading() as session:
        assert session.scalars(select(AuditEntry)).all() == []


def test_looking_at_a_conversation_is_on_the_record(office: Office, waiting: int) -> None:
    office.desk_of("xiaowang").get(f"/staff/desk/{waiting}")
    office.desk_of("xiaoli").get(f"/staff/conversations/{waiting}")
    with office.database.reading() as session:
        assert len(entries(session, action="conversation.view")) == 2


def test_parts_leave_a_record_too_and_one_is_enough(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    for part in ("lines", "panel", "lines?after=0"):
        assert browser.get(f"/staff/conversations/{waiting}/{part}").status_code == 200
    browser.get("/staff/search?q=我的电话")
    with office.database.reading() as session:
        assert len(entries(session, action="conversation.view")) == 1
        (searched,) = entries(session, action="conversation.search")
        assert searched.details == {"conversations": [waiting]}
        assert "电话" not in str(searched.details) + searched.reason


def test_two_conversations_of_one_person_are_joined_and_parted(
    office: Office, waiting: int
) -> None:
    browser = office.desk_of("xiaowang")
    with office.database.unit_of_work() as work:
        other = conversation_of(work, "wechat", "gh", "openid").id
    joined = browser.post(f"/staff/conversations/{waiting}/merge", other=other).text
    assert f"/staff/desk/{other}" in joined and "拆开" in joined
    for here, there in ((waiting, other), (other, waiting)):
        parted = browser.post(f"/staff/conversations/{here}/unmerge", other=there).text
        assert f"/staff/desk/{there}" not in parted
        again = browser.post(f"/staff/conversations/{here}/unmerge", other=there)
        assert again.status_code == 422
        browser.post(f"/staff/conversations/{waiting}/merge", other=other)
    assert "拆开合并的联系人" in office.desk_of("shen", Role.AUDITOR).get("/staff/audit").text


def test_the_list_shows_what_people_said_not_the_service(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    with office.database.unit_of_work() as work:
        conversation = work.get_one(Conversation, waiting)
        record_said(work, conversation, Reply("您排在第 1 位。"), Author.SYSTEM)
    listed = browser.get("/staff/desk/queue").text
    assert "我的电话" in listed and "第 1 位" not in listed


def test_the_list_shows_what_made_a_case_urgent(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    with office.database.unit_of_work() as work:
        conversation = work.get_one(Conversation, waiting)
        for key, text in (("web:2", "我不想活了"), ("web:3", "谢谢")):
            message = record_inbound(
                work, conversation, Inbound(key, text=text), safe_text=text, awaited_until=utc_now()
            )
            if key == "web:2":
                handoff.request(work, conversation, HandoffReason.DISTRESS, message_id=message.id)
    listed = browser.get("/staff/desk/queue").text
    assert "我不想活了" in listed and "谢谢" not in listed


def test_a_transfer_gives_the_chat_to_the_colleague(office: Office, waiting: int) -> None:
    first, second = office.desk_of("xiaowang"), office.desk_of("xiaoli")
    with office.database.reading() as session:
        colleague = find_staff(session, "xiaoli").id
    first.post(f"/staff/conversations/{waiting}/claim")
    assert first.post(f"/staff/conversations/{waiting}/transfer", to=colleague).status_code == 200
    assert first.post(f"/staff/conversations/{waiting}/say", text="您好").status_code == 409
    assert second.post(f"/staff/conversations/{waiting}/say", text="您好").status_code == 200


def test_notes_tags_and_search_find_their_place(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    assert "材料齐了" in browser.post(f"/staff/conversations/{waiting}/notes", text="材料齐了").text
    assert "老顾客" in browser.post(f"/staff/conversations/{waiting}/tags", tag="老顾客").text
    assert browser.post(f"/staff/conversations/{waiting}/tags", tag=" ").status_code == 422
    assert f"/staff/desk/{waiting}" in browser.get("/staff/search?q=我的电话").text


def test_a_mention_is_listed_until_it_was_looked_at(office: Office, waiting: int) -> None:
    writer, named = office.desk_of("xiaowang"), office.desk_of("xiaoli")
    writer.post(f"/staff/conversations/{waiting}/notes", text="@xiaoli 帮我看看这位")
    unseen = '<b class="is-call">1</b>'
    listed = named.get("/staff/desk/queue?queue=mentions").text
    assert "帮我看看这位" in listed and unseen in listed.split('data-queue="mentions"')[1]
    named.get(f"/staff/conversations/{waiting}")
    listed = named.get("/staff/desk/queue?queue=mentions").text
    assert "帮我看看这位" in listed and unseen not in listed.split('data-queue="mentions"')[1]


def test_whom_staff_block_leaves_the_queue_at_once(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    answer = browser.post(f"/staff/conversations/{waiting}/block", reason="一直骂人")
    assert answer.status_code == 200
    assert f'data-conversation="{waiting}"' not in browser.get("/staff/desk/queue").text
    with office.database.reading() as session:
        assert session.get_one(Conversation, waiting).state is ConversationState.BOT


def test_chats_of_a_closed_account_wait_at_once(office: Office, waiting: int) -> None:
    gone, boss = office.desk_of("xiaowang"), office.desk_of("laoliu", Role.ADMIN)
    gone.post(f"/staff/conversations/{waiting}/claim")
    with office.database.reading() as session:
        account = find_staff(session, "xiaowang").id
    assert boss.post(f"/staff/team/{account}", deed="disable").status_code == 200
    assert f'data-conversation="{waiting}"' in boss.get("/staff/desk/queue").text
    assert gone.get("/staff/live/changes?after=0").status_code == 303


def test_a_stream_ends_with_its_session(
    office: Office, waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_BEAT_SECONDS", 0.0)
    monkeypatch.setattr(live, "_LOOK_SECONDS", 0.01)
    browser = office.desk_of("xiaowang")
    parts = browser.get("/staff/live?after=0", buffered=False).iter_encoded()
    assert b"beat" in b"".join(next(parts) for _ in range(3))
    with office.database.unit_of_work() as work:
        end_sessions(work, find_staff(work, "xiaowang").id)
    assert len(list(parts)) < 5


def test_canned_replies_come_filled(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    with office.database.unit_of_work() as work:
        save_canned(work, find_staff(work, "xiaowang"), "你好", "问候", "您好，我是{坐席}。")
    found = browser.get(f"/staff/conversations/{waiting}/canned?start=你").text
    assert "您好，我是xiaowang。" in found


@pytest.mark.parametrize("path", ["", "/lines", "/case", "/panel", "/canned"])
def test_a_conversation_that_is_not_there_is_404(office: Office, path: str) -> None:
    browser = office.desk_of("xiaowang")
    assert browser.get(f"/staff/conversations/999{path}").status_code == 404


def test_changes_are_told_by_number(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    browser.post(f"/staff/conversations/{waiting}/claim")
    told = browser.get("/staff/live/changes?after=0").json["changes"]
    numbers = [change["number"] for change in told]
    assert numbers == sorted(set(numbers))
    assert told[-1]["move"] == "claimed"
    assert browser.get(f"/staff/live/changes?after={numbers[-1]}").json["changes"] == []


def test_a_stream_goes_on_behind_the_number_it_was_given(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    browser.post(f"/staff/conversations/{waiting}/claim")
    numbers = [
        change["number"] for change in browser.get("/staff/live/changes?after=0").json["changes"]
    ]
    stream = browser.get(
        "/staff/live?after=0", headers={"Last-Event-ID": str(numbers[-2])}, buffered=False
    )
    parts = stream.iter_encoded()
    heard = next(parts).decode()
    while "id:" not in heard:
        heard += next(parts).decode()
    stream.close()
    assert re.findall(r"^id: (\d+)$", heard, re.MULTILINE) == [str(numbers[-1])]


def test_an_admin_opens_accounts_and_the_last_one_stays(office: Office) -> None:
    browser = office.desk_of("laoliu", Role.ADMIN)
    made = browser.post("/staff/team", name="xiaozhang", role="agent", display_name="小张")
    assert "首次密码" in made.text
    assert browser.post("/staff/team", name="xiaozhang", role="agent").status_code == 422
    mine = browser.post("/staff/team/1", deed="disable", role="admin")
    assert mine.status_code == 422
    assert "最后一个管理员" in mine.text


@pytest.mark.parametrize(
    "address",
    [
        "/staff/conversations/999/claim",
        "/staff/conversations/999/block",
        f"/staff/conversations/{'9' * 30}/claim",
    ],
)
def test_an_address_that_leads_nowhere_is_told_so(office: Office, address: str) -> None:
    assert office.desk_of("xiaowang").post(address, reason="x").status_code == 404


def test_a_presence_there_is_not_is_refused(office: Office) -> None:
    browser = office.desk_of("xiaowang")
    assert browser.post("/staff/desk/presence", presence="foo").status_code == 422


def test_a_number_no_change_can_have_is_no_error(office: Office) -> None:
    browser = office.desk_of("xiaowang")
    assert browser.get(f"/staff/live/changes?after={'9' * 5000}").status_code == 200
    assert browser.get(f"/staff/live/changes?after={'9' * 18}").status_code == 200


def picture(kind: str = "PNG") -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(drawn, kind)
    return drawn.getvalue()


def sends(browser: Browser, conversation: int, content: bytes, name: str) -> Any:
    return browser.post(
        f"/staff/conversations/{conversation}/files", file=(io.BytesIO(content), name)
    )


def test_a_picture_is_sent_and_only_its_person_and_staff_see_it(
    office: Office, waiting: int
) -> None:
    browser = office.desk_of("xiaowang")
    assert sends(browser, waiting, picture(), "卡.png").status_code == 409  # not theirs yet
    browser.post(f"/staff/conversations/{waiting}/claim")
    sent = sends(browser, waiting, picture(), "../办事指南.png").text
    address = re.search(rf'src="(/staff/conversations/{waiting}/files/(\w+))"', sent)
    assert address and "办事指南.png" in sent and ".." not in sent
    shown = browser.get(address[1])
    assert shown.mimetype == "image/png" and shown.headers["Cache-Control"] == "no-store"
    person, stranger = office.app.test_client(), office.app.test_client()
    for client, name in ((person, "visitor-1"), (stranger, "visitor-2")):
        with office.database.unit_of_work() as work:
            conversation_of(work, "web", "", name)
        with client.session_transaction() as cookie:
            cookie["visitor"] = name
    assert f"/chat/files/{address[2]}" in person.get("/chat").text
    assert person.get(f"/chat/files/{address[2]}").data == shown.data
    assert stranger.get(f"/chat/files/{address[2]}").status_code == 404
    assert office.app.test_client().get(f"/chat/files/{address[2]}").status_code == 404
    assert office.browser().get(address[1]).status_code == 303
    assert browser.get(f"/staff/conversations/{waiting}/files/{'0' * 40}").status_code == 404


def test_a_persons_picture_is_seen_by_them_and_by_staff(office: Office, waiting: int) -> None:
    person, browser = office.browser(), office.desk_of("xiaowang")
    with person.client.session_transaction() as cookie:
        cookie["visitor"] = "visitor-1"
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.get("/chat").text)
    assert token is not None

    def send(content: bytes) -> Any:
        return person.client.post(
            "/chat/files", data={"csrf_token": token[1], "file": (io.BytesIO(content), "合同.png")}
        )

    assert send(picture()).status_code == 303
    shown = re.search(r'src="(/chat/files/(\w+))"', person.get("/chat").text)
    assert shown and person.get(shown[1]).mimetype == "image/png"
    thread = browser.get(f"/staff/conversations/{waiting}").text
    assert f"/staff/conversations/{waiting}/files/{shown[2]}" in thread
    refused = send(b"MZ a program")
    assert refused.status_code == 422 and "收不了" in refused.text
    assert office.app.test_client().get(shown[1]).status_code == 404


class Account:
    """WeChat's media, as far as a picture is fetched from it; counts how often."""

    def __init__(self, content: bytes | None) -> None:
        self.content, self.asked = content, 0

    def download(self, media_id: str, most: int) -> bytes:
        self.asked += 1
        if self.content is None:
            raise WeChatClientException(40007, "invalid media_id")
        return self.content


def test_a_wechat_picture_is_fetched_once_and_no_material_is_shown(
    office: Office, waiting: int
) -> None:
    browser, account = office.desk_of("xiaowang"), Account(picture("JPEG"))
    office.app.extensions["wechat_account"] = account
    with office.database.unit_of_work() as work:
        conversation = work.get_one(Conversation, waiting)
        sent = [
            record_inbound(
                work,
                conversation,
                Inbound(f"wechat:{number}", "image", details={"media": f"id-{number}"}),
                safe_text="",
                awaited_until=utc_now(),
            ).id
            for number in range(2)
        ]
        keep_media(
            work, conversation.contact_id, sent[1],
            service="startup_loan", name="id_card", kind="image", media_id="id-1",
        )  # fmt: skip
        stranger = conversation_of(work, "web", "", "visitor-2").id
    address = f"/staff/conversations/{waiting}/files/received"
    assert f"{address}/{sent[0]}" in browser.get(f"/staff/conversations/{waiting}").text
    for _ in range(2):
        assert browser.get(f"{address}/{sent[0]}").mimetype == "image/jpeg"
    assert account.asked == 1
    assert browser.get(f"{address}/{sent[1]}").status_code == 404
    elsewhere = f"/staff/conversations/{stranger}/files/received/{sent[0]}"
    assert browser.get(elsewhere).status_code == 404


def test_a_picture_wechat_has_forgotten_is_not_there(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    office.app.extensions["wechat_account"] = Account(None)
    with office.database.unit_of_work() as work:
        inbound = Inbound("wechat:1", "image", details={"media": "id"})
        message = record_inbound(
            work,
            work.get_one(Conversation, waiting),
            inbound,
            safe_text="",
            awaited_until=utc_now(),
        ).id
    address = f"/staff/conversations/{waiting}/files/received/{message}"
    assert browser.get(address).status_code == 404


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "空的"), (b"MZ\x90\x00 a program", "收不了"), (b"\x89PNG\r\n\x1a\n broken", "打不开")],
)
def test_what_is_no_picture_is_refused_with_a_reason(
    office: Office, waiting: int, content: bytes, told: str
) -> None:
    browser = office.desk_of("xiaowang")
    browser.post(f"/staff/conversations/{waiting}/claim")
    refused = sends(browser, waiting, content, "a.png")
    assert refused.status_code == 422 and told in refused.text
    assert "attachment" not in browser.get(f"/staff/conversations/{waiting}/lines?after=0").text


def test_a_line_shows_every_try_to_bring_it(office: Office, waiting: int) -> None:
    browser = office.desk_of("xiaowang")
    browser.post(f"/staff/conversations/{waiting}/claim")
    browser.post(f"/staff/conversations/{waiting}/say", text="您好")
    with office.database.unit_of_work() as work:
        piece = work.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1)).one()
        note_attempts(
            work,
            piece.id,
            [
                Attempt(utc_now(), "message/custom/send", "45015", 120),
                Attempt(utc_now(), "message/subscribe/bizsend", "0", 80),
            ],
        )
    shown = browser.get(f"/staff/conversations/{waiting}/lines?after=0").text
    assert "客服消息：超过 48 小时没来消息（45015），120 毫秒" in shown
    assert "订阅通知：微信收下了，80 毫秒" in shown
