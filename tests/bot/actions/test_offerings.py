"""What is on offer, by chat: looking, signing up, waiting in line, and nothing invented."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.actions.topic import Desk
from models.catalogue.life import RequestState
from models.contact import Contact, merge
from models.database import utc_now
from models.intake.my_data import ERASE
from models.offering.announcing import announce
from models.offering.minding import mind
from models.offering.offering import Slot
from models.offering.seat import Seat, SeatState
from models.request import Request
from tests.bot.actions.dialogue import Person
from tests.models.offering.entering import offering, slot

BROWSE = "browse_offerings"


@pytest.fixture
def course(desk: Desk) -> int:
    """A session with one seat."""
    with desk.database.unit_of_work() as session:
        made = offering(session, topics=["创办你的企业"], address="某某路1号")
        return slot(session, made, capacity=1).id


def _signs_up(person: Person, slot_id: int) -> str:
    """Choose a session from the list and answer what is left to ask."""
    listed = person.says("沈阳最近有啥培训班", BROWSE)
    chosen = next(one for one in listed.choices if one.payload == f"报名场次{slot_id}")
    person.says(chosen.title)
    person.says("同意", "affirm")
    person.fills("沈阳铁西", "王芳", "13800138000")
    asked = person.says("都没有")
    assert "都对吗" in asked.text and "创办你的企业培训班" in asked.text, asked.text
    return person.says("都对，提交", "affirm").text


def _seat(desk: Desk, person: Person) -> Seat | None:
    with desk.database.reading() as session:
        return session.scalar(
            select(Seat).where(Seat.contact_id == person.contact_id).order_by(Seat.id.desc())
        )


def test_nothing_is_invented_where_nothing_is_entered(person: Person) -> None:
    answered = person.says("沈阳最近有啥培训班", BROWSE)
    assert "还没有培训班的信息" in answered.text
    assert "三(四)" in answered.text and "12333" in answered.text
    assert {"先登记，有了告诉我", "找人工"} <= set(answered.titles)
    begun = person.says("先登记，有了告诉我")
    assert "创业培训报名" in begun.text


def test_a_session_is_chosen_from_the_list_and_kept(
    desk: Desk, person: Person, course: int
) -> None:
    done = _signs_up(person, course)
    assert "位子给您留好了" in done and "某某路1号" in done
    seat = _seat(desk, person)
    assert seat is not None and seat.state is SeatState.BOOKED
    with desk.database.reading() as session:
        request = session.get_one(Request, seat.request_id)
        assert request.state is RequestState.GRANTED
        assert request.answers["course"] == "创办你的企业", "the session tells what it is about"
    assert "位子给您留好了" in person.says("查进度", "progress").text


def test_the_form_lists_sessions_by_place_and_topic(desk: Desk, person: Person) -> None:
    with desk.database.unit_of_work() as session:
        mine = offering(session, title="创办班", topics=["创办你的企业"])
        slot(session, mine, capacity=5)
        slot(session, offering(session, title="改善班", topics=["改善你的企业"]))
        slot(session, offering(session, title="大连班", city="大连市", district=None))
    person.says("我要报名培训", "start_training_signup")
    person.says("同意", "affirm")
    person.says("还没开业")
    asked = person.says("沈阳和平")
    assert [one for one in asked.titles if "创办班" in one]
    assert not [one for one in asked.titles if "改善班" in one or "大连班" in one]
    assert asked.titles[-1] == "都不合适，先登记"
    named = person.says("第一个")
    assert "创办班" in named.text


@pytest.mark.parametrize(
    ("wish", "listed"), [("开网店的", ["卖货"]), ("想学剪辑视频", ["卖货", "找钱"])]
)
def test_a_wish_in_own_words_is_kept_and_shows_every_mentor(
    desk: Desk, person: Person, wish: str, listed: list[str]
) -> None:
    with desk.database.unit_of_work() as session:
        for title, topic in (("卖货", "卖货营销"), ("找钱", "找钱")):
            slot(session, offering(session, kind="mentor", title=title, topics=[topic]))
    person.says("我想约个导师", "start_mentor_booking")
    person.says("同意", "affirm")
    assert "记下了" in person.says(wish, "inform", 0.4).text
    asked = person.says("沈阳和平")
    assert [one for one in ("卖货", "找钱") if any(one in t for t in asked.titles)] == listed


def test_who_waits_with_a_wish_in_own_words_hears_of_every_mentor(
    desk: Desk, person: Person
) -> None:
    person.says("我想约个导师", "start_mentor_booking")
    person.says("同意", "affirm")
    person.says("想学剪辑视频", "inform", 0.4)
    person.fills("沈阳和平", "都不合适，先登记", "刚开网店，没人看", "打电话", "周三下午")
    person.fills("王芳", "13800138000")
    person.says("都对，提交", "affirm")
    with desk.database.unit_of_work() as session:
        slot(session, offering(session, kind="mentor", title="卖货", topics=["卖货营销"]))
    assert announce(desk.database, desk.catalogue) == 1


def test_without_sessions_the_interest_is_taken(desk: Desk, person: Person) -> None:
    person.says("我要报名培训", "start_training_signup")
    person.says("同意", "affirm")
    person.says("还没开业")
    asked = person.says("沈阳和平")
    assert "现在没有排期" in asked.text
    person.says("都不合适，先登记")
    person.fills("王芳", "13800138000", "都没有", "周末")
    done = person.says("都对，提交", "affirm")
    assert "有了合适的班" in done.text
    assert _seat(desk, person) is None


def test_who_comes_when_it_is_full_waits_and_moves_up(
    desk: Desk, person: Person, course: int
) -> None:
    _signs_up(person, course)
    other = Person(desk, "other")
    assert "您排第1位" in _signs_up(other, course)
    third = Person(desk, "third")
    assert "您排第2位" in _signs_up(third, course)
    seat = _seat(desk, person)
    assert seat is not None
    with desk.database.reading() as session:
        number = session.get_one(Request, seat.request_id).number
    person.says(f"撤回 {number}")
    assert "撤回了" in person.says(f"确认撤回 {number}").text
    assert mind(desk.database, desk.catalogue) == 1
    assert mind(desk.database, desk.catalogue) == 0
    moved = _seat(desk, other)
    assert moved is not None and moved.state is SeatState.OFFERED
    assert "留到" in other.says("查进度", "progress").text
    assert "位子是您的了" in other.says("要这个位子").text
    assert "还没轮到" in third.says(f"要这个位子 {_number(desk, third)}").text
    assert "没有等着确认的位子" in third.says("要这个位子").text


def test_a_seat_is_confirmed_by_the_persons_other_door(
    desk: Desk, person: Person, course: int
) -> None:
    _signs_up(person, course)
    waiting, elsewhere = Person(desk, "waiting"), Person(desk, "elsewhere")
    _signs_up(waiting, course)
    with desk.database.unit_of_work() as session:
        by_page = session.get_one(Contact, elsewhere.contact_id)
        merge(session, by_page, session.get_one(Contact, waiting.contact_id))
    number = _number(desk, person)
    person.says(f"撤回 {number}")
    person.says(f"确认撤回 {number}")
    assert mind(desk.database, desk.catalogue) == 1
    assert "位子是您的了" in elsewhere.says("要这个位子").text


def test_a_seat_nobody_confirms_goes_to_the_next(desk: Desk, person: Person, course: int) -> None:
    people = [person, Person(desk, "second"), Person(desk, "third")]
    for one in people:
        _signs_up(one, course)
    person.says(f"确认撤回 {_number(desk, person)}")
    mind(desk.database, desk.catalogue)
    mind(desk.database, desk.catalogue, utc_now() + timedelta(days=2))
    second, third = (_seat(desk, one) for one in people[1:])
    assert second is not None and second.state is SeatState.EXPIRED
    assert third is not None and third.state is SeatState.OFFERED
    assert "没有排上" in people[1].says("查进度", "progress").text


def test_erasing_frees_the_seat(desk: Desk, person: Person, course: int) -> None:
    _signs_up(person, course)
    other = Person(desk, "other")
    _signs_up(other, course)
    person.says("删除我的信息", "my_data")
    person.says(ERASE, "my_data")
    assert _seat(desk, person) is None
    mind(desk.database, desk.catalogue)
    moved = _seat(desk, other)
    assert moved is not None and moved.state is SeatState.OFFERED


def test_the_same_session_twice_is_told(desk: Desk, person: Person, course: int) -> None:
    _signs_up(person, course)
    with desk.database.unit_of_work() as session:
        session.get_one(Slot, course).capacity = 5
    assert "已经报过" in _signs_up_again(person, course)
    with desk.database.reading() as session:
        assert len(session.scalars(select(Seat)).all()) == 1


def _signs_up_again(person: Person, slot_id: int) -> str:
    person.says(f"报名场次{slot_id}")
    said = person.fills("不改", "不改", "不改", "不改")
    assert "都对吗" in said.text, said.text
    return person.says("都对，提交", "affirm").text


def _number(desk: Desk, person: Person) -> str:
    seat = _seat(desk, person)
    assert seat is not None
    with desk.database.reading() as session:
        return session.get_one(Request, seat.request_id).number


def test_a_mentor_is_found_by_what_they_know(desk: Desk, person: Person) -> None:
    with desk.database.unit_of_work() as session:
        slot(session, offering(session, "mentor", title="导师甲", about="懂财税"))
        wanted = offering(session, "mentor", title="导师乙", about="开网店八年")
        free = slot(session, wanted)
        later = slot(session, wanted, begins=utc_now() + timedelta(days=9))
    listed = person.says("找个会开网店的导师", BROWSE)
    assert listed.text.index("导师乙") < listed.text.index("导师甲")
    assert {f"报名场次{free.id}", f"报名场次{later.id}"} <= {one.payload for one in listed.choices}


def test_places_are_told_with_their_hours(desk: Desk, person: Person) -> None:
    with desk.database.unit_of_work() as session:
        for city, title in (("沈阳市", "北站市场"), ("大连市", "港湾市场")):
            offering(
                session, "gig_market", title=title, city=city, district=None,
                hours={"days": {"1": ["04:30-23:59"], "6": ["04:30-23:59"]}, "closed": [],
                       "open": {}},
            )  # fmt: skip
    which = person.says("附近零工市场在哪", BROWSE)
    assert which.titles == ["大连市", "沈阳市"]
    told = person.says("沈阳")
    assert "北站市场" in told.text and "港湾市场" not in told.text
    assert "现在" in told.text and "三(八)" in told.text


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("大厅礼拜六有人不", ["（周六）09:00-12:00"]),
        ("双休日大厅开不开", ["（周六）09:00-12:00", "（周日）不开"]),
        ("大厅三号窗口在哪", []),
    ],
)
def test_hours_are_told_for_the_day_that_was_asked_for(
    desk: Desk, person: Person, said: str, heard: list[str]
) -> None:
    with desk.database.unit_of_work() as session:
        hours = {"days": {"3": ["08:30-17:00"], "6": ["09:00-12:00"]}, "closed": [], "open": {}}
        offering(session, "desk", title="某某大厅", hours=hours)
    told = person.says(said, BROWSE).text
    assert all(one in told for one in heard), told
    assert told.count("（周") == len(heard), told


def test_every_kind_can_be_looked_at_where_none_was_named(person: Person) -> None:
    assert {"仪器设备", "创业项目", "经验做法"} <= set(person.says("有啥能看的", BROWSE).titles)


def test_looking_in_the_middle_of_a_form_loses_nothing(person: Person, course: int) -> None:
    person.begins()
    before = person.answers
    answered = person.says("沈阳最近有啥培训班", BROWSE)
    assert "创办你的企业培训班" in answered.text
    assert answered.text.rstrip().endswith("您叫什么名字？") or "（1/" in answered.text
    assert person.answers == before


def test_a_space_is_asked_for_and_key_groups_come_first(desk: Desk, person: Person) -> None:
    with desk.database.unit_of_work() as session:
        offering(session, "space", title="创业园", priority=["农民工"])
    listed = person.says("沈阳有哪些孵化基地", BROWSE)
    person.says(next(t for t in listed.titles if t.startswith("申请")))
    person.says("同意", "affirm")
    person.fills("工位", "沈阳铁西", "做短视频，3个人", "农民工", "王芳", "13800138000")
    done = person.says("都对，提交", "affirm")
    assert "创业园" in done.text and "优先" in done.text
    seat = _seat(desk, person)
    assert seat is not None and (seat.state, seat.is_priority) == (SeatState.APPLIED, True)


def _listed_in_two_cities(desk: Desk, person: Person) -> None:
    """Be shown the sessions of the whole province, two cities among them."""
    with desk.database.unit_of_work() as session:
        for city, title in (("沈阳市", "浑河班"), ("大连市", "港湾班")):
            slot(session, offering(session, title=title, city=city, district=None), capacity=3)
    listed = person.says("最近有什么培训班", BROWSE)
    assert "全省" in listed.text and "只看一个城市" in listed.titles


@pytest.mark.parametrize(
    ("text", "intent"),
    [("沈阳", "inform"), ("沈阳这边的", "nlu_fallback"), ("那沈阳市呢", "inform")],
)
def test_a_city_alone_narrows_the_list(desk: Desk, person: Person, text: str, intent: str) -> None:
    _listed_in_two_cities(desk, person)
    there = person.says(text, intent)
    assert "沈阳市的培训班" in there.text
    assert any("浑河班" in one for one in there.titles)
    assert not any("港湾班" in one for one in there.titles)


def test_the_city_is_asked_for_on_request(desk: Desk, person: Person) -> None:
    _listed_in_two_cities(desk, person)
    assert person.says("只看一个城市").titles == ["大连市", "沈阳市"]
    assert any("港湾班" in one for one in person.says("大连").titles)


def test_more_than_a_city_is_no_wish_to_narrow(desk: Desk, person: Person) -> None:
    _listed_in_two_cities(desk, person)
    assert "培训班" not in person.says("我在沈阳刷盘子", "nlu_fallback").text


def test_a_sign_up_is_moved_to_another_session(desk: Desk, person: Person, course: int) -> None:
    _signs_up(person, course)
    assert "没有别的场次" in person.says("我想换个班", "nlu_fallback").text
    with desk.database.unit_of_work() as session:
        old = session.get_one(Slot, course)
        later = slot(session, old.offering, begins=old.begins_at + timedelta(days=2)).id
    asked = person.says("能换个场次吗", "nlu_fallback")
    assert len(asked.titles) == 1
    assert "换好了" in person.says(asked.titles[0]).text
    seat = _seat(desk, person)
    assert seat is not None and (seat.slot_id, seat.state) == (later, SeatState.BOOKED)
    with desk.database.reading() as session:
        request = session.get_one(Request, seat.request_id)
        assert request.answers["session"].startswith(f"场次{later} ")
        assert request.state is RequestState.GRANTED
    assert "没有能换" in Person(desk, "stranger").says("换一场", "nlu_fallback").text


def test_in_an_open_form_another_session_is_its_answer(
    desk: Desk, person: Person, course: int
) -> None:
    _signs_up(person, course)
    person.says("我要报名培训", "start_training_signup")
    said = person.says("换个场次", "nlu_fallback")
    assert "没有别的场次" not in said.text
    assert person.draft is not None


def test_who_signed_up_and_looks_at_it_is_told_how_it_stands(person: Person, course: int) -> None:
    _signs_up(person, course)
    assert "位子给您留好了" in person.says("看看报名情况", "nlu_fallback").text
