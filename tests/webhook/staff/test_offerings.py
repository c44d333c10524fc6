"""The console's pages for what is on offer: entering, moving, calling off, and who signed up."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from models.audit import AuditEntry
from models.catalogue import load_catalogue
from models.contact import give_consent, meet_contact
from models.database import Database, utc_now
from models.intake.recorders import recorder_of
from models.notification import Notification
from models.offering.minding import mind
from models.offering.offering import Offering, Slot, upcoming
from models.offering.seat import Seat, SeatState
from models.offering.telling import seat_told
from models.staff import Role
from tests.models.offering.entering import offering, slot
from tests.webhook.staff.conftest import Browser, Office

PAGE = "/staff/offerings"
COURSE = {
    "code": "SYB-1", "kind": "培训班", "title": "创办班", "topics": "创办你的企业",
    "city": "沈阳", "district": "铁西区",
}  # fmt: skip
TIME = {"begins": "2099-03-03 09:00", "ends": "16:00", "capacity": "1"}


@pytest.fixture
def editor(office: Office) -> Browser:
    return office.desk_of("editor", Role.EDITOR)


def _signed_up(database: Database, slot_id: int, name: str = "王小芳") -> None:
    service = load_catalogue().service("training_signup")
    assert service.consent is not None
    with database.unit_of_work() as session:
        who = meet_contact(session, "web", "test", name).id
        consent = give_consent(session, who, service.code, service.consent.wording)
        answers: dict[str, Any] = {
            "course": "创办你的企业",
            "home": {"city": "沈阳市", "district": "铁西区"},
            "session": f"场次{slot_id} x",
            "name": name,
            "mobile": "13800138000",
            "identity": [],
        }
        recorder_of(service).record(session, who, consent.id, answers)


def test_an_editor_enters_a_course_with_its_times(database: Database, editor: Browser) -> None:
    made = editor.post(f"{PAGE}/new", **COURSE)
    assert made.status_code == 303
    path = made.headers["Location"]
    assert editor.post(f"{path}/times", **TIME).status_code == 303
    page = editor.get(path).text
    assert "2099年3月3日" in page and "0 / 1 人" in page
    assert "创办班" in editor.get(f"{PAGE}?kind=training&city=沈阳市&q=创办").text
    with database.reading() as session:
        assert [one.offering.title for one in upcoming(session, ["training"])] == ["创办班"]


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    database: Database, editor: Browser
) -> None:
    wrong = editor.post(f"{PAGE}/new", **COURSE | {"city": "北京", "phone": "13800138000"})
    assert wrong.status_code == 422
    assert "辽宁没有" in wrong.text and "个人手机号" in wrong.text and "创办班" in wrong.text
    made = editor.post(f"{PAGE}/new", **COURSE).headers["Location"]
    assert editor.post(f"{PAGE}/new", **COURSE).status_code == 422
    assert editor.post(f"{made}/times", **TIME | {"capacity": "0"}).status_code == 422
    assert editor.post(f"{made}/times", **TIME).status_code == 303
    assert editor.post(f"{made}/times", **TIME).status_code == 422
    with database.reading() as session:
        assert len(session.scalars(select(Slot)).all()) == 1


def test_a_file_is_brought_in_whole_or_not_at_all(database: Database, editor: Browser) -> None:
    def send(text: str) -> Any:
        return editor.post(f"{PAGE}/import", file=(io.BytesIO(text.encode()), "a.csv"))

    bad = send("编号,类型,名称\nA,培训班,甲\nB,没有,乙\n")
    assert bad.status_code == 422 and "第 3 行「类型」" in bad.text
    with database.reading() as session:
        assert not session.scalars(select(Offering)).all()
    assert "新建 1 条" in send("编号,类型,名称\nA,培训班,甲\n").text


def test_calling_a_session_off_tells_everybody_with_a_seat(
    database: Database, editor: Browser
) -> None:
    with database.unit_of_work() as session:
        made = offering(session)
        time = slot(session, made, capacity=1)
    for name in ("王小芳", "李小明"):
        _signed_up(database, time.id, name)
    path = f"{PAGE}/{made.id}/times/{time.id}"
    assert editor.post(path, deed="cancel", reason="老师病了").status_code == 303
    mind(database, load_catalogue())
    mind(database, load_catalogue())
    with database.reading() as session:
        notices = session.scalars(select(Notification)).all()
        assert len(notices) == 2 and all("老师病了" in str(one.words) for one in notices)
        assert {one.state for one in session.scalars(select(Seat))} == {SeatState.DROPPED}


def test_moving_a_session_tells_those_who_are_in(database: Database, editor: Browser) -> None:
    with database.unit_of_work() as session:
        made = offering(session)
        time = slot(session, made, capacity=2)
    for name in ("王小芳", "李小明"):
        _signed_up(database, time.id, name)
    path = f"{PAGE}/{made.id}/times/{time.id}"
    fewer = editor.post(path, **TIME | {"capacity": "1"})
    assert fewer.status_code == 422 and "已经有 2 个人" in fewer.text
    assert editor.post(path, **TIME | {"capacity": "2"}).status_code == 303
    assert mind(database, load_catalogue()) == 2
    assert mind(database, load_catalogue()) == 0
    with database.reading() as session:
        assert all(
            "2099年3月3日" in str(one.words) for one in session.scalars(select(Notification))
        )


def test_names_are_masked_until_somebody_with_the_right_says_why(
    database: Database, office: Office, editor: Browser
) -> None:
    with database.unit_of_work() as session:
        made = offering(session, title="=1+1")
        time = slot(session, made, capacity=2)
    _signed_up(database, time.id)
    path = f"{PAGE}/{made.id}/roster"
    masked = editor.get(path).text
    assert "王**" in masked or "王*" in masked
    assert "王小芳" not in masked and "13800138000" not in masked
    assert editor.post(path, reason="交给老师签到").status_code == 403
    reviewer = office.desk_of("reviewer", Role.REVIEWER)
    assert reviewer.post(path, reason="看").status_code == 422
    shown = reviewer.post(path, reason="交给老师签到").text
    assert "王小芳" in shown and "13800138000" in shown
    file = reviewer.post(path, reason="交给老师签到", file="csv")
    assert "王小芳" in file.data.decode("utf-8-sig")
    with database.reading() as session:
        kept = session.scalars(select(AuditEntry).where(AuditEntry.action.like("seat.%"))).all()
        assert [(one.action, one.reason) for one in kept] == [
            ("seat.reveal", "交给老师签到"),
            ("seat.export", "交给老师签到"),
        ]


def test_taking_it_down_hides_it_and_calls_its_times_off(
    database: Database, editor: Browser
) -> None:
    with database.unit_of_work() as session:
        made = offering(session)
        slot(session, made)
    editor.post(f"{PAGE}/{made.id}", deed="close")
    with database.reading() as session:
        assert not upcoming(session, ["training"])
    editor.post(f"{PAGE}/{made.id}", deed="open")
    assert "创办你的企业培训班" in editor.get(PAGE).text


def test_who_may_not_edit_can_only_look(database: Database, office: Office) -> None:
    with database.unit_of_work() as session:
        made = offering(session)
    agent = office.desk_of("agent", Role.AGENT)
    page = agent.get(f"{PAGE}/{made.id}")
    assert page.status_code == 200 and "保存" not in page.text
    assert agent.post(f"{PAGE}/{made.id}", **COURSE).status_code == 403
    assert agent.get(f"{PAGE}/new").status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"begins": "0001-01-01 00:00", "ends": "01:00"},
        {"begins": "9999-12-31 23:00", "ends": "23:30"},
        {"ends": "9999-12-31 23:59"},
        {"sign_up_until": "0001-01-01"},
        {"capacity": "9" * 5000},
    ],
)
def test_a_time_nobody_can_keep_is_told(editor: Browser, wrong: dict[str, str]) -> None:
    page = editor.post(f"{PAGE}/new", **COURSE).location
    assert editor.post(f"{page}/times", **(TIME | wrong)).status_code == 422


def test_a_title_with_any_signs_has_a_roster_as_a_file(office: Office, editor: Browser) -> None:
    page = editor.post(f"{PAGE}/new", **(COURSE | {"title": "=SYB/[一期]:*?"})).location
    reviewer = office.desk_of("reviewer", Role.REVIEWER)
    for kind in ("xlsx", "csv"):
        made = reviewer.post(f"{page}/roster", file=kind, reason="打印签到表用")
        assert made.status_code == 200
        assert not made.data.decode("utf-8", "ignore").lstrip("\ufeff").startswith("=")


def _came(database: Database, seat_id: int) -> bool | None:
    with database.reading() as session:
        return session.get_one(Seat, seat_id).came


def _begun(database: Database, kind: str = "training") -> tuple[str, int]:
    """A session that has begun with one who signed up: its roster's address, and the seat."""
    with database.unit_of_work() as session:
        made = offering(session, kind=kind)
        time = slot(session, made, capacity=2)
    _signed_up(database, time.id)
    with database.unit_of_work() as session:
        session.get_one(Slot, time.id).begins_at = utc_now() - timedelta(hours=1)
        return f"{PAGE}/{made.id}/roster", session.scalars(select(Seat)).one().id


def test_staff_note_who_came_once_it_has_begun(database: Database, office: Office) -> None:
    page, seat_id = _begun(database)
    agent = office.desk_of("agent", Role.AGENT)
    for sent, came in (("yes", True), ("no", False), ("", None), ("yes", True)):
        assert agent.post(f"{page}/{seat_id}", came=sent).status_code == 303
        assert _came(database, seat_id) is came
    assert "来了 1 人" in agent.get(page).text
    reviewer = office.desk_of("reviewer", Role.REVIEWER)
    file = reviewer.post(page, reason="交给老师签到", file="csv").data.decode("utf-8-sig")
    assert "来了" in file
    assert agent.post(f"{page}/{seat_id + 1}", came="yes").status_code == 404
    assert agent.post(f"{page}/{seat_id}", log="谈了选址").status_code == 422
    with database.unit_of_work() as session:
        seat = session.get_one(Seat, seat_id)
        session.get_one(Slot, seat.slot_id).begins_at = utc_now() + timedelta(hours=1)
    assert agent.post(f"{page}/{seat_id}", came="no").status_code == 422
    assert _came(database, seat_id) is True


def test_a_mentors_log_is_short_sealed_and_for_staff_alone(
    database: Database, office: Office
) -> None:
    page, seat_id = _begun(database)
    with database.unit_of_work() as session:
        session.scalars(select(Offering)).one().kind = "mentor"
    agent = office.desk_of("agent", Role.AGENT)
    assert agent.post(f"{page}/{seat_id}", log="谈了选址，下周看铺面").status_code == 303
    assert "下周看铺面" in agent.get(page).text
    assert agent.post(f"{page}/{seat_id}", log="长" * 501).status_code == 422
    with database.reading() as session:
        (kept,) = session.execute(text("SELECT log FROM seat")).one()
        assert "铺面" not in kept
        seat = session.get_one(Seat, seat_id)
        assert seat.log == "谈了选址，下周看铺面"
        assert "铺面" not in seat_told(session, seat)
        assert seat.log_staff_id is not None
    agent.post(f"{page}/{seat_id}", log=" ")
    with database.reading() as session:
        assert session.get_one(Seat, seat_id).log is None
