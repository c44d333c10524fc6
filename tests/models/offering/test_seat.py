"""Seats: the last one goes to one person, who comes later waits, who leaves makes room."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.contact import Contact, merge
from models.database import Database, utc_now
from models.offering.seat import (
    Seat,
    SeatRefusedError,
    SeatState,
    book,
    change,
    count,
    offer,
    position,
    release,
    seat_of,
    take,
)
from models.request import erase_requests
from tests.models.offering.entering import offering, request_of, slot, somebody

PEOPLE = 8


def _slot(database: Database, capacity: int = 1, **more: object) -> int:
    with database.unit_of_work() as session:
        return slot(session, offering(session), capacity=capacity, **more).id  # type: ignore[arg-type]


def _books(session: Session, slot_id: int, name: str) -> Seat:
    contact_id = somebody(session, name)
    number = f"PX-{name}-{slot_id}"
    return book(session, slot_id, contact_id, request_of(session, contact_id, number).id)


def test_the_last_seats_go_to_as_many_people_as_there_are_seats(database: Database) -> None:
    slot_id = _slot(database, capacity=3)
    with database.unit_of_work() as session:
        people = [somebody(session, f"p{n}") for n in range(PEOPLE)]
        requests = [request_of(session, one, f"PX-{one}").id for one in people]
    at_once, errors = threading.Barrier(PEOPLE), []

    def sign_up(contact_id: int, request_id: int) -> None:
        own = Database(database.url.render_as_string(hide_password=False))
        at_once.wait()
        try:
            with own.unit_of_work() as session:
                book(session, slot_id, contact_id, request_id)
        except Exception as error:
            errors.append(error)
        finally:
            own.dispose()

    threads = [
        threading.Thread(target=sign_up, args=both) for both in zip(people, requests, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    with database.reading() as session:
        assert count(session, slot_id, SeatState.BOOKED) == 3
        waiting = session.scalars(
            select(Seat).where(Seat.state == SeatState.WAITING).order_by(Seat.id)
        ).all()
        assert [position(session, one) for one in waiting] == [1, 2, 3, 4, 5]


def test_one_person_at_two_doors_at_once_has_one_seat(database: Database) -> None:
    slot_id = _slot(database, capacity=5)
    with database.unit_of_work() as session:
        who = somebody(session)
        requests = [request_of(session, who, f"PX-{n}").id for n in range(4)]
    at_once, refused = threading.Barrier(4), []

    def sign_up(request_id: int) -> None:
        own = Database(database.url.render_as_string(hide_password=False))
        at_once.wait()
        try:
            with own.unit_of_work() as session:
                book(session, slot_id, who, request_id)
        except SeatRefusedError as error:
            refused.append(error.code)
        finally:
            own.dispose()

    threads = [threading.Thread(target=sign_up, args=(one,)) for one in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["again"] * 3
    with database.reading() as session:
        assert count(session, slot_id, SeatState.BOOKED) == 1


def test_a_free_seat_is_for_the_first_who_waits_and_not_for_a_newcomer(database: Database) -> None:
    slot_id = _slot(database)
    with database.unit_of_work() as session:
        first = _books(session, slot_id, "first")
        second = _books(session, slot_id, "second")
        third = _books(session, slot_id, "third")
        assert (first.state, second.state) == (SeatState.BOOKED, SeatState.WAITING)
        release(session, first.request_id)
        assert _books(session, slot_id, "newcomer").state is SeatState.WAITING
        assert not offer(session, third)
        assert offer(session, second)
        assert not offer(session, third), "the seat is kept for the one it was offered to"
        assert second.offered_until is not None and second.offered_until > utc_now()
        take(session, second)
        assert second.state is SeatState.BOOKED
        take(session, second)


def test_a_seat_that_was_offered_too_long_ago_cannot_be_taken(database: Database) -> None:
    slot_id = _slot(database)
    with database.unit_of_work() as session:
        first, second = (_books(session, slot_id, name) for name in ("first", "second"))
        with pytest.raises(SeatRefusedError) as early:
            take(session, second)
        assert early.value.code == "not_yet"
        release(session, first.request_id)
        offer(session, second)
        with pytest.raises(SeatRefusedError) as late:
            take(session, second, now=utc_now() + timedelta(days=2))
        assert late.value.code == "too_late"


def test_shortly_before_the_beginning_little_time_is_left_to_say_yes(database: Database) -> None:
    begins = utc_now() + timedelta(hours=4)
    slot_id = _slot(database, begins=begins)
    with database.unit_of_work() as session:
        first, second = (_books(session, slot_id, name) for name in ("first", "second"))
        release(session, first.request_id)
        now = utc_now()
        assert offer(session, second, now=now)
        assert second.offered_until == now + (begins - now) / 2


@pytest.mark.parametrize("why", ["over", "sign_up_over", "called_off", "closed"])
def test_what_is_over_cannot_be_signed_up_for(database: Database, why: str) -> None:
    now = utc_now()
    with database.unit_of_work() as session:
        made = slot(
            session,
            offering(session, closed_at=now if why == "closed" else None),
            begins=now - timedelta(minutes=1) if why == "over" else None,
            sign_up_until=now - timedelta(minutes=1) if why == "sign_up_over" else None,
            cancelled_at=now if why == "called_off" else None,
        )
        with pytest.raises(SeatRefusedError) as refused:
            _books(session, made.id, "late")
        assert refused.value.code == "closed"


def test_nobody_sits_in_two_rooms_at_once(database: Database) -> None:
    begins = utc_now() + timedelta(days=3)
    with database.unit_of_work() as session:
        one = slot(session, offering(session, "mentor", title="甲"), begins=begins)
        other = slot(
            session, offering(session, "mentor", title="乙"), begins=begins + timedelta(hours=1)
        )
        after = slot(session, offering(session, "event", title="丙"), begins=one.ends_at)
        who = somebody(session)
        book(session, one.id, who, request_of(session, who, "DS-1").id)
        with pytest.raises(SeatRefusedError) as refused:
            book(session, other.id, who, request_of(session, who, "DS-2").id)
        assert refused.value.code == "clash"
        assert book(session, after.id, who, request_of(session, who, "HD-1").id)


def test_one_person_by_two_doors_sits_in_one_room(database: Database) -> None:
    begins = utc_now() + timedelta(days=3)
    with database.unit_of_work() as session:
        one = slot(session, offering(session, "mentor", title="甲"), begins=begins)
        other = slot(session, offering(session, "mentor", title="乙"), begins=begins)
        by_phone, by_page = somebody(session, "phone"), somebody(session, "page")
        merge(session, session.get_one(Contact, by_page), session.get_one(Contact, by_phone))
        book(session, one.id, by_phone, request_of(session, by_phone, "DS-1").id)
        for wanted, why in ((one, "again"), (other, "clash")):
            with pytest.raises(SeatRefusedError) as refused:
                book(session, wanted.id, by_page, request_of(session, by_page, f"DS-{why}").id)
            assert refused.value.code == why


def test_deleting_a_request_frees_its_seat(database: Database) -> None:
    slot_id = _slot(database)
    with database.unit_of_work() as session:
        first = _books(session, slot_id, "first")
        request_id = first.request_id
        request = session.get_one(type(request_of(session, first.contact_id, "X")), request_id)
        session.expunge(first)
        erase_requests(session, [request])
        assert seat_of(session, request_id) is None
        assert count(session, slot_id, SeatState.BOOKED) == 0
        assert _books(session, slot_id, "second").state is SeatState.BOOKED


def test_a_change_takes_the_new_seat_and_frees_the_old(database: Database) -> None:
    with database.unit_of_work() as session:
        course = offering(session)
        old = slot(session, course)
        new = slot(session, course, begins=utc_now() + timedelta(days=9))
        seat = _books(session, old.id, "first")
        waits = _books(session, old.id, "waits")
        change(session, seat, new.id)
        assert (seat.slot_id, seat.state) == (new.id, SeatState.BOOKED)
        assert offer(session, waits), "what was left is for the first in line"


def test_who_cannot_change_keeps_the_seat(database: Database) -> None:
    with database.unit_of_work() as session:
        course = offering(session)
        old = slot(session, course)
        full = slot(session, course, begins=utc_now() + timedelta(days=9))
        begun = slot(session, course, begins=utc_now() - timedelta(days=1))
        other = slot(session, offering(session, kind="event"))
        at_once = slot(session, offering(session, title="x"), begins=utc_now() + timedelta(days=20))
        also = slot(session, offering(session, title="y"), begins=at_once.begins_at)
        seat = _books(session, old.id, "first")
        book(session, at_once.id, seat.contact_id,
             request_of(session, seat.contact_id, "PX-again").id)  # fmt: skip
        _books(session, full.id, "second")
        wanted = {full.id: "full", begun.id: "closed", other.id: "closed", old.id: "again",
                  also.id: "clash", 9999: "closed"}  # fmt: skip
        for slot_id, code in wanted.items():
            with pytest.raises(SeatRefusedError) as refused:
                change(session, seat, slot_id)
            assert refused.value.code == code
            assert (seat.slot_id, seat.state) == (old.id, SeatState.BOOKED)


def test_crossed_changes_at_once_lose_and_oversell_no_seat(database: Database) -> None:
    with database.unit_of_work() as session:
        course = offering(session)
        one = slot(session, course, capacity=4)
        two = slot(session, course, capacity=4, begins=utc_now() + timedelta(days=9))
        seats = [_books(session, at.id, f"p{n}-{at.id}") for at in (one, two) for n in range(3)]
        moves = [(seat.id, two.id if seat.slot_id == one.id else one.id) for seat in seats]
    start, errors = threading.Barrier(len(moves)), []

    def crosses(seat_id: int, slot_id: int) -> None:
        own = Database(database.url.render_as_string(hide_password=False))
        start.wait()
        try:
            with own.unit_of_work() as session:
                change(session, session.get_one(Seat, seat_id), slot_id)
        except SeatRefusedError as error:
            assert error.code == "full"
        except Exception as error:
            errors.append(error)
        finally:
            own.dispose()

    threads = [threading.Thread(target=crosses, args=both) for both in moves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    with database.reading() as session:
        booked = [count(session, at.id, SeatState.BOOKED) for at in (one, two)]
    assert sum(booked) == len(moves)
    assert max(booked) <= 4
