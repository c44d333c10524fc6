"""A person with something in every corner: registration, requests, talk, staff, notices."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from models import audit, handoff, idempotency
from models.attachment import attach
from models.catalogue.loader import load_catalogue
from models.contact import add_tag, give_consent, meet_contact
from models.conversation import open_conversation
from models.database import Database, utc_now
from models.delivery import plan
from models.gig import register
from models.intake import papers, sheet
from models.knowledge.gaps import file_gap
from models.materials.store import MaterialStore
from models.materials.upload import clean
from models.message import Author, Inbound, record_inbound, record_reply, record_said
from models.note import add_note
from models.notification import notify
from models.person.own_page import link_for
from models.private_value import Span, swap
from models.received_media import keep_media
from models.reply import Choice, Reply
from models.staff import Role, create_staff
from models.understanding import keep_unclear
from tests.models.intake.test_sheet import BUNDLE
from tests.models.materials.files import photo

CATALOGUE = load_catalogue()
NAME = "欧阳春晓"
MOBILE = "13812345678"
SECRETS = (
    NAME,
    MOBILE,
    "我住在红旗楼",
    "老板叫张三丰",
    "备注里写了他儿子",
    "赶大集那天",
    "他家的地契",
)


def live(database: Database, uploads: Path, who: str = "somebody") -> int:
    """Let somebody live through everything; return their contact's id."""
    store = MaterialStore(uploads)
    with database.unit_of_work() as session:
        mine = meet_contact(session, "wechat", "app", f"openid-of-{who}").id
        _register(session, mine)
        form, errors = sheet.fill(
            session, CATALOGUE, mine, "startup_subsidies", BUNDLE | {"name": NAME}, agreed=True
        )
        assert form is not None
        assert errors == {}
        service = CATALOGUE.service("startup_subsidies")
        papers.take(
            session, store, service, mine, "id_card", papers.prepare(service, "id_card", photo())
        )
        sheet.submit(session, form)
        sheet.fill(
            session, CATALOGUE, mine, "complaint_report", {"named": "实名", "story": SECRETS[5]},
            agreed=True,
        )  # fmt: skip
        add_tag(session, mine, "返乡")
        idempotency.keep(session, mine, f"key-of-{who}", "call", {"said": NAME}, 200)
        keep_unclear(session, mine, SECRETS[2], "inform", 0.2)
        link_for(session, mine, "https://example.test/m/mine")
        notify(session, mine, f"{NAME}，批准了", key=f"told-{who}")
        _talk(session, store, mine, who)
    return mine


def _register(session: Session, mine: int) -> None:
    consent = give_consent(session, mine, "gig_registration", "1.words")
    register(
        session, contact_id=mine, consent_id=consent.id, name=NAME, mobile=MOBILE,
        city="沈阳市", district="铁西区", work_kinds=["保洁"], available=SECRETS[5],
    )  # fmt: skip


def _talk(session: Session, store: MaterialStore, mine: int, who: str) -> None:
    conversation = open_conversation(session, mine)
    said = f"我叫{NAME}，{SECRETS[2]}"
    safe = swap(session, mine, said, [Span(2, 2 + len(NAME), "姓名", NAME)])
    inbound = record_inbound(
        session, conversation,
        Inbound(f"wechat:app:openid-of-{who}:1", text=said, details={"place": [1, 2]}),
        safe_text=safe, awaited_until=utc_now(),
    )  # fmt: skip
    inbound.created_at = utc_now() - timedelta(hours=2)
    keep_media(
        session, mine, inbound.id,
        service="startup_subsidies", name="id_card", kind="image", media_id="media-id",
    )  # fmt: skip
    answer = Reply(f"记下了：{SECRETS[2]}", (Choice("对", "/affirm"),))
    reply = record_reply(session, conversation, inbound, answer, Author.BOT)
    plan(session, reply, [reply.text], utc_now(), can_push=True)
    file_gap(session, SECRETS[2], "not_found", message_id=inbound.id)
    staff = create_staff(session, f"agent-{who}", Role.AGENT, password="correct-horse")
    handoff.request(session, conversation, handoff.HandoffReason.ASKED)
    handoff.claim(session, conversation.id, staff)
    record_said(session, conversation, Reply(SECRETS[3]), Author.STAFF, staff_id=staff.id)
    add_note(session, conversation.id, staff, f"{SECRETS[4]} @agent-{who}")
    audit.record(
        session, staff.id, "value.reveal", subject="contact", subject_id=mine, reason="核对材料"
    )
    attach(session, conversation.id, staff.id, store.keep(photo()), clean(photo()), SECRETS[6])
    handoff.resolve(session, conversation.id, staff)
