"""An anonymous complaint leads nowhere: not by the talk, nor by any table, nor by its moment."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.actions.topic import Desk
from models.attachment import Attachment, attach
from models.contact import Consent
from models.conversation import open_conversation
from models.database import utc_now
from models.delivery import Delivery
from models.intake.anonymity import forget_repeats
from models.materials.upload import Upload
from models.message import Message
from models.passing_value import PassingValue, forget_passed
from models.query_code import CODE
from models.request import Request, RequestEvent
from models.tables import metadata
from models.working_days import CHINA
from tests.bot.actions.dialogue import Person

STORY = "上周三，红旗窗口要我交五十元工本费"


@pytest.fixture
def person(desk: Desk) -> Person:
    return Person(desk)


def _complain(person: Person) -> str:
    """Complain by chat; return what the person reads at the end."""
    person.says("我要投诉", "start_complaint_report")
    person.says("同意", "affirm")
    person.fills("匿名", "乱收费", "朝阳双塔", STORY)
    return person.says("对", "affirm").seen


def _everything(person: Person, *without: str) -> str:
    with person.desk.database.reading() as session:
        return "\n".join(
            str(row)
            for table in metadata.sorted_tables
            if table.name not in without
            for row in session.execute(select(table))
        )


def test_the_code_is_read_by_its_owner_and_stored_nowhere_in_clear(person: Person) -> None:
    seen = _complain(person)
    found = CODE.search(seen)
    assert found is not None
    assert re.search(r"TS\d{6}-\d{5}", seen)
    with person.desk.database.reading() as session:
        texts = "\n".join(session.scalars(select(Message.text)))
        texts += "\n".join(map(str, session.scalars(select(Message.turn))))
        texts += "\n".join(session.scalars(select(Delivery.text)))
    assert found[0] not in texts
    assert "TS" not in texts
    assert STORY not in texts
    assert "投诉" not in texts.replace("（匿名投诉期间的话不留存）", "")


def test_nothing_in_the_database_leads_from_one_to_the_other(person: Person) -> None:
    seen = _complain(person)
    code = CODE.search(seen)
    assert code is not None
    with person.desk.database.unit_of_work() as session:
        request = session.scalars(select(Request)).one()
        # An hour later.
        session.execute(update(PassingValue).values(created_at=utc_now() - timedelta(hours=2)))
        forget_passed(session)
        forget_repeats(session)
    beside = _everything(person, "request", "request_event")
    for telling in (request.number, code[0], STORY, "工本费"):
        assert telling not in beside
    with person.desk.database.reading() as session:
        assert session.scalars(select(Consent)).all() == []
        kept = session.scalars(select(Request)).one()
        event = session.scalars(select(RequestEvent)).one()
        assert (kept.contact_id, kept.consent_id, kept.duplicate_key) == (None, None, None)
        assert event.actor_id is None
        for moment in (kept.created_at, kept.updated_at, kept.state_since, event.at):
            here = moment.astimezone(CHINA)
            assert (here.hour, here.minute, here.second) == (0, 0, 0)


def test_asking_by_code_leaves_no_code_and_no_number(person: Person) -> None:
    code = CODE.search(_complain(person))
    assert code is not None
    other = Person(person.desk, "other")
    for text in (code[0], code[0].lower(), f"我的查询码是{code[0]}，办到哪了"):
        told = other.says(text, "nlu_fallback", 0.2)
        assert "投诉举报" in told.seen
        assert "TS" in told.seen
        assert "TS" not in told.text
    with person.desk.database.reading() as session:
        words = "\n".join(session.scalars(select(Message.text)))
        assert not CODE.search(words)
        assert session.scalars(select(Message.original)).all().count(None) == len(
            session.scalars(select(Message.id)).all()
        )


def test_a_code_is_read_however_it_is_written(person: Person) -> None:
    code = CODE.search(_complain(person))
    assert code is not None
    plain = code[0].replace("-", "")
    wide = "".join(chr(ord(char) + 0xFEE0) for char in code[0])
    other = Person(person.desk, "other")
    for text in (
        code[0].replace("-", " "),
        plain.lower(),
        wide,
        f"查询码 {plain.lower()} 办到哪了",
        f"我举报的{code[0].replace('-', '—')}，有结果了吗",
    ):
        told = other.says(text, "nlu_fallback", 0.2)
        assert "投诉举报" in told.seen, text
        assert "TS" not in told.text
    other.says("我想登记零工", "start_gig_registration")
    assert "TS" in other.says(f"查询码{plain}办到哪了", "nlu_fallback", 0.2).seen
    kept = _everything(person, "request", "request_event", "passing_value").upper()
    assert code[0] not in kept
    assert plain not in kept


@pytest.mark.parametrize(
    "said",
    ["我的查询码丢了咋办", "查询码找不到了", "忘了查询码", "查询码是多少", "没记住查询码怎么办"],
)
def test_who_lost_the_code_hears_what_is_left(person: Person, said: str) -> None:
    told = person.says(said, "nlu_fallback", 0.2).text
    assert "找不回来" in told
    assert "12345" in told


def test_a_wrong_code_is_told(person: Person) -> None:
    assert "没找到" in person.says("ABCD-2345", "nlu_fallback", 0.2).seen


def test_what_was_said_before_and_after_stays(person: Person) -> None:
    person.says("打零工去哪里登记", "ask_policy")
    with person.desk.database.unit_of_work() as session:
        session.execute(update(Message).values(created_at=utc_now() - timedelta(minutes=5)))
    _complain(person)
    person.says("谢谢", "thanks")
    with person.desk.database.reading() as session:
        words = session.scalars(select(Message.text)).all()
    assert "打零工去哪里登记" in words
    assert "谢谢" in words


def test_a_named_complaint_is_kept_with_its_talk(person: Person) -> None:
    person.says("我要投诉", "start_complaint_report")
    person.says("同意", "affirm")
    person.fills("实名", "乱收费", "朝阳双塔", STORY, "王芳", "13800000000")
    assert "TS" in person.says("对", "affirm").text
    with person.desk.database.reading() as session:
        assert session.scalars(select(Request.contact_id)).all() == [person.contact_id]
        assert STORY in session.scalars(select(Message.text)).all()


def test_a_picture_sent_meanwhile_goes_with_the_talk(person: Person) -> None:
    person.says("我要投诉", "start_complaint_report")
    with person.desk.database.unit_of_work() as session:
        conversation = open_conversation(session, person.contact_id)
        attach(session, conversation.id, None, "key", Upload("png", b"x"), "工本费收据.png")
    person.says("同意", "affirm")
    person.fills("匿名", "乱收费", "朝阳双塔", STORY)
    person.says("对", "affirm")
    with person.desk.database.reading() as session:
        assert session.scalars(select(Attachment)).all() == []
