"""One person of several contacts: seen and erased whole, and parted again."""

import pytest

from models.catalogue.life import Actor, RequestState
from models.catalogue.loader import load_catalogue
from models.contact import Contact, meet_contact, merge, same_person, unmerge
from models.database import Database
from models.draft import active_draft, begin_draft
from models.intake import my_data, sheet
from models.intake.recorder import Recorded
from models.joining import learn_mobile, learn_union_id
from models.request import requests_of
from models.request_life import Mover, move

CATALOGUE = load_catalogue()
GIG = {"name": "王芳", "mobile": "13800138000", "place": "沈阳铁西", "work_kinds": "保洁",
       "available": "周末"}  # fmt: skip


def _contact(database: Database, channel: str) -> int:
    with database.unit_of_work() as session:
        return meet_contact(session, channel, "app", f"openid-{channel}").id


def _merge(database: Database, contact: int, into: int) -> None:
    with database.unit_of_work() as session:
        merge(session, session.get_one(Contact, contact), session.get_one(Contact, into))


def _people(database: Database, *ids: int) -> list[list[int]]:
    with database.reading() as session:
        return [same_person(session, one) for one in ids]


def test_both_doors_see_and_erase_what_either_holds(database: Database) -> None:
    chat, mini = _contact(database, "wechat"), _contact(database, "miniprogram")
    with database.unit_of_work() as session:
        form, errors = sheet.fill(session, CATALOGUE, chat, "gig_registration", GIG, agreed=True)
        assert form is not None
        assert errors == {}
        assert isinstance(sheet.submit(session, form), Recorded)
        begin_draft(session, mini, "training_signup")
        assert active_draft(session, chat) is None
    _merge(database, mini, chat)
    with database.unit_of_work() as session:
        for door in (chat, mini):
            told = my_data.held(session, CATALOGUE, door).text
            assert told.count("王*") == 1
            draft = active_draft(session, door)
            assert draft is not None
            assert draft.service == "training_signup"
            progress = my_data.progress(session, CATALOGUE, door)
            assert progress is not None
            assert "零工登记" in progress.text
        # Consent that was given at one door holds at the other.
        form, errors = sheet.fill(session, CATALOGUE, mini, "gig_registration", {})
        assert form is not None
        assert errors == {}
        my_data.erase(session, CATALOGUE, mini)
        assert "没有存" in my_data.held(session, CATALOGUE, chat).text


def test_a_request_of_one_door_is_corrected_through_the_other(database: Database) -> None:
    chat, mini = _contact(database, "wechat"), _contact(database, "miniprogram")
    code = "rights_protection"
    answers = {"trouble": "拖欠工钱", "place": "盘锦兴隆台", "mobile": "13800138000"}
    with database.unit_of_work() as session:
        form, errors = sheet.fill(session, CATALOGUE, chat, code, answers, agreed=True)
        assert form is not None
        assert errors == {}
        assert isinstance(sheet.submit(session, form), Recorded)
        request = requests_of(session, chat)[0]
        returned, staff = RequestState.RETURNED, Mover(Actor.REVIEWER, 1)
        move(session, CATALOGUE.service(code), request, returned, staff, reason="地点不清楚")
        assert requests_of(session, mini) == []
    _merge(database, mini, chat)
    with database.unit_of_work() as session:
        changed = {"place": "大连甘井子"}
        form, errors = sheet.fill(session, CATALOGUE, mini, code, changed, agreed=True)
        assert form is not None
        assert errors == {}
        assert isinstance(sheet.submit(session, form), Recorded)
        (stored,) = requests_of(session, mini)
        assert (stored.id, stored.contact_id, stored.city) == (request.id, chat, "大连市")


def test_undoing_parts_exactly_what_was_joined(database: Database) -> None:
    a, b, c = (_contact(database, name) for name in ("wechat", "miniprogram", "web"))
    _merge(database, b, a)
    _merge(database, a, c)
    assert _people(database, a, b, c) == [[a, b, c]] * 3
    with database.unit_of_work() as session:
        unmerge(session, session.get_one(Contact, a))
    assert _people(database, a, b, c) == [[a, b], [a, b], [c]]
    with database.unit_of_work() as session:
        unmerge(session, session.get_one(Contact, b))
        with pytest.raises(ValueError, match="没有合并过"):
            unmerge(session, session.get_one(Contact, b))
    assert _people(database, a, b, c) == [[a], [b], [c]]


def test_undoing_an_earlier_merge_leaves_the_later_one(database: Database) -> None:
    a, b, c = (_contact(database, name) for name in ("wechat", "miniprogram", "web"))
    _merge(database, b, a)
    _merge(database, a, c)
    with database.unit_of_work() as session:
        unmerge(session, session.get_one(Contact, b))
    assert _people(database, a, b, c) == [[a, c], [b], [a, c]]


def test_wechat_says_who_is_one_person(database: Database) -> None:
    a, b, c = (_contact(database, name) for name in ("wechat", "miniprogram", "web"))
    with database.unit_of_work() as session:
        learn_union_id(session, session.get_one(Contact, a), "union-1")
        learn_union_id(session, session.get_one(Contact, c), "union-2")
        learn_union_id(session, session.get_one(Contact, b), "union-1")
    assert _people(database, a, c) == [[a, b], [c]]
    with database.unit_of_work() as session:
        for one in (b, c):
            learn_mobile(session, session.get_one(Contact, one), "13800138000")
            learn_mobile(session, session.get_one(Contact, one), "13800138000")
    assert _people(database, c) == [[a, b, c]]


def test_what_was_only_typed_joins_nobody(database: Database) -> None:
    chat, mini = _contact(database, "wechat"), _contact(database, "miniprogram")
    with database.unit_of_work() as session:
        for one in (chat, mini):
            sheet.fill(session, CATALOGUE, one, "gig_registration", GIG, agreed=True)
        learn_union_id(session, session.get_one(Contact, chat), "")
        learn_union_id(session, session.get_one(Contact, mini), "")
    assert _people(database, chat, mini) == [[chat], [mini]]
