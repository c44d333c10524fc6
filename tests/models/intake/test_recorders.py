"""Recorders: bundles, corrections, postings, what is shared, shown and erased."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.catalogue import load_catalogue
from models.catalogue.life import Actor, RequestState
from models.catalogue.service import RecordedBy, Service
from models.contact import Consent, give_consent, meet_contact
from models.database import Database
from models.intake import precheck
from models.intake.recorders import RECORDERS, recorder_of, shared_answers
from models.intake.withdrawal import withdraw
from models.reply import chosen
from models.request import Request, requests_of
from models.request_life import Mover, move

WHERE = {"city": "沈阳", "district": "铁西区"}
SUBSIDIES: dict[str, Any] = {
    "identity": ["高校毕业生"],
    "graduated_on": "2024-06",
    "hardship": ["国家助学贷款"],
    "did": ["开了店或公司", "租了经营场地"],
    "opened_on": "2024-07",
    "first_time": True,
    "name": "王芳",
    "mobile": "13800000000",
    "place": WHERE,
}
POSTING: dict[str, Any] = {
    "employer": "老王饭店",
    "mobile": "13800000000",
    "place": WHERE,
    "work_kinds": ["保洁"],
    "pay": {"low": 20000, "high": 20000, "per": "day"},
    "when": "周六一天",
    "how_many": 3,
    "last_day": None,
}
STAFF = Mover(Actor.REVIEWER, 7)


@pytest.fixture
def contact_id(database: Database) -> int:
    with database.unit_of_work() as session:
        return meet_contact(session, "web", "test", "somebody").id


def _service(code: str) -> Service:
    return load_catalogue().service(code)


def _consent(session: Session, contact_id: int, service: Service) -> Consent:
    assert service.consent is not None
    return give_consent(session, contact_id, service.code, service.consent.wording)


def _record(session: Session, contact_id: int, code: str, answers: dict[str, Any], **more: Any):
    service = _service(code)
    consent = _consent(session, contact_id, service)
    return recorder_of(service).record(session, contact_id, consent.id, answers, **more)


def test_every_way_to_record_has_its_recorder() -> None:
    assert set(RECORDERS) == set(RecordedBy.__args__)


def test_a_bundle_is_one_intake_with_a_decision_each(database: Database, contact_id: int) -> None:
    with database.unit_of_work() as session:
        recorded = _record(session, contact_id, "startup_subsidies", SUBSIDIES)
        stored = requests_of(session, contact_id)
        assert {one.part for one in stored} == {"one_time_startup", "job_seeking", "site_rent"}
        assert {one.intake for one in stored} == {recorded.number}
        assert [one.number for one in stored] == [f"{recorded.number}-{n}" for n in (1, 2, 3)]
        assert all(one.number in str(recorded.said) for one in stored)
        again = _record(session, contact_id, "startup_subsidies", SUBSIDIES)
        assert again.number == recorded.number
        assert len(requests_of(session, contact_id)) == 3


def test_a_corrected_bundle_keeps_its_number_and_grows(database: Database, contact_id: int) -> None:
    recorder = recorder_of(_service("startup_subsidies"))
    with database.unit_of_work() as session:
        first = _record(session, contact_id, "startup_subsidies", SUBSIDIES)
        one = requests_of(session, contact_id)[0]
        service = _service("startup_subsidies")
        move(
            session, service, one, RequestState.RETURNED, STAFF, reason="看不清", field="opened_on"
        )
        assert "opened_on" not in recorder.answers(session, contact_id)
        more = SUBSIDIES | {"did": [*SUBSIDIES["did"], "参加过创业培训"], "opened_on": "2024-08"}
        changed = _record(session, contact_id, "startup_subsidies", more, replaces=first.number)
        assert (changed.number, changed.is_update) == (first.number, True)
        stored = requests_of(session, contact_id)
        assert [r.part for r in stored][-1] == "training"
        assert {r.intake for r in stored} == {first.number}
        assert {r.state for r in stored} == {RequestState.SUBMITTED}


@pytest.mark.parametrize("became", [RequestState.GRANTED, RequestState.WITHDRAWN])
def test_a_corrected_bundle_does_not_ask_again_for_what_is_decided(
    database: Database, contact_id: int, became: RequestState
) -> None:
    service = _service("startup_subsidies")
    with database.unit_of_work() as session:
        first = _record(session, contact_id, service.code, SUBSIDIES)
        one, *_ = requests_of(session, contact_id)
        if became is RequestState.GRANTED:
            _grant(session, service, one)
        else:
            move(session, service, one, became, Mover(Actor.APPLICANT, contact_id))
        more = SUBSIDIES | {"did": [*SUBSIDIES["did"], "参加过创业培训"]}
        changed = _record(session, contact_id, service.code, more, replaces=first.number)
        stored = requests_of(session, contact_id)
    parts = [each.part for each in stored]
    assert len(parts) == len(set(parts)) == 4
    assert stored[0].state is became
    assert stored[-1].part == "training"
    assert changed.is_update
    assert stored[-1].number in str(changed.said)
    assert stored[1].number not in str(changed.said)


def test_what_is_being_worked_on_is_told_instead_of_begun(
    database: Database, contact_id: int
) -> None:
    service = _service("startup_guidance")
    answers = {"need": ["业务咨询"], "situation": "想开店", "identity": [], "home": WHERE}
    with database.unit_of_work() as session:
        recorder = recorder_of(service)
        assert recorder.in_hand(session, contact_id) is None
        recorded = _record(session, contact_id, service.code, answers)
        assert recorder.in_hand(session, contact_id) is None
        (request,) = requests_of(session, contact_id)
        move(session, service, request, RequestState.ACCEPTED, STAFF)
        assert recorder.latest(session, contact_id) is None
        assert recorded.number in str(recorder.in_hand(session, contact_id))


def test_a_posting_is_found_once_it_is_granted(database: Database, contact_id: int) -> None:
    posting, search = _service("gig_posting"), recorder_of(_service("gig_search"))
    wanted = {"place": WHERE, "work_kinds": ["保洁"]}

    def found(**more: Any) -> str:
        return str(search.record(session, contact_id, None, wanted | more).said)

    with database.unit_of_work() as session:
        recorded = _record(session, contact_id, "gig_posting", POSTING)
        assert recorded.number not in found()
        (request,) = requests_of(session, contact_id)
        move(session, posting, request, RequestState.ACCEPTED, STAFF)
        move(session, posting, request, RequestState.GRANTED, STAFF)
        assert recorded.number in found()
        assert "13800000000" not in found()
        assert recorded.number not in found(work_kinds=["搬运"])
        assert recorded.number not in found(place={"city": "大连", "district": None})
        move(session, posting, request, RequestState.WITHDRAWN, Mover(Actor.APPLICANT, contact_id))
        assert recorded.number not in found()


@pytest.mark.parametrize(("when", "is_on"), [("昨天", False), ("明天", True), ("昨天起长期", True)])
def test_a_posting_of_a_day_that_is_over_is_not_found(
    database: Database, contact_id: int, when: str, is_on: bool
) -> None:
    search = recorder_of(_service("gig_search"))
    with database.unit_of_work() as session:
        number = _record(session, contact_id, "gig_posting", POSTING | {"when": when}).number
        _grant(session, _service("gig_posting"), requests_of(session, contact_id)[0])
        done = search.record(session, contact_id, None, {"place": WHERE, "work_kinds": ["保洁"]})
        assert (number in str(done.said)) is is_on
        payloads = [one.payload for one in done.choices]
        instead = ["/start_gig_registration"]
        assert payloads == ([f"想去 {number}", "/start_gig_search"] if is_on else instead)


def test_of_a_bundle_only_the_returned_part_is_submitted_again(
    database: Database, contact_id: int
) -> None:
    service = _service("startup_subsidies")
    with database.unit_of_work() as session:
        first = _record(session, contact_id, service.code, SUBSIDIES)
        kept, returned, *_ = requests_of(session, contact_id)
        move(
            session, service, returned, RequestState.RETURNED, STAFF,
            reason="打不通，请换一个。", field="mobile",
        )  # fmt: skip
        steps = len(kept.events)
        changed = SUBSIDIES | {"mobile": "13900139000"}
        _record(session, contact_id, service.code, changed, replaces=first.number)
        assert returned.state is RequestState.SUBMITTED
        assert returned.answers["mobile"] == "13900139000"
        assert len(kept.events) == steps
        assert kept.answers["mobile"] == SUBSIDIES["mobile"]


def test_what_was_told_elsewhere_is_offered_again(database: Database, contact_id: int) -> None:
    with database.unit_of_work() as session:
        _record(session, contact_id, "startup_subsidies", SUBSIDIES)
        catalogue = load_catalogue()
        offered = shared_answers(session, catalogue, contact_id, _service("mentor_booking"))
    assert offered == {"name": "王芳", "mobile": "13800000000"}


def _grant(session: Session, service: Service, request: Request) -> None:
    for state, who in (("accepted", 7), ("reviewed", 7), ("granted", 8)):
        mover = Mover(Actor.REVIEWER, who)
        move(session, service, request, RequestState(state), mover, has_seen_papers=True)


def _erase(session: Session, contact_id: int) -> list[str]:
    return [
        number
        for one in load_catalogue().recorded()
        for number in recorder_of(one).erase(session, contact_id)
    ]


def test_granted_money_stays_when_the_rest_is_erased(database: Database, contact_id: int) -> None:
    advice = _service("startup_guidance")
    with database.unit_of_work() as session:
        _record(session, contact_id, "startup_subsidies", SUBSIDIES)
        _record(session, contact_id, advice.code, {"need": ["业务咨询"]})
        subsidy, *_, advised = requests_of(session, contact_id)
        _grant(session, _service("startup_subsidies"), subsidy)
        _grant(session, advice, advised)
        kept = _erase(session, contact_id)
        assert kept == [subsidy.number]
        assert [one.number for one in requests_of(session, contact_id)] == kept


def test_a_published_posting_is_erased_and_found_no_more(
    database: Database, contact_id: int
) -> None:
    search = recorder_of(_service("gig_search"))
    wanted = {"place": WHERE, "work_kinds": ["不限"]}
    with database.unit_of_work() as session:
        number = _record(session, contact_id, "gig_posting", POSTING).number
        _grant(session, _service("gig_posting"), requests_of(session, contact_id)[0])
        assert _erase(session, contact_id) == []
        assert requests_of(session, contact_id) == []
        assert number not in str(search.record(session, contact_id, None, wanted).said)


def test_what_money_or_loans_rest_on_is_kept_by_law() -> None:
    kept = {one.code for one in load_catalogue() if one.life.kept_by_law}
    assert {one.code for one in load_catalogue() if one.life.pays} < kept
    assert kept == {
        "startup_subsidies", "social_insurance_subsidy", "startup_loan", "loan_extension",
    }  # fmt: skip


def test_kinds_of_work_in_own_words_are_shown_as_they_were_said(
    database: Database, contact_id: int
) -> None:
    registration = {
        "name": "王芳", "mobile": "13800000000", "place": WHERE,
        "work_kinds": ["其他:织毛衣"], "available": "周末",
    }  # fmt: skip
    with database.unit_of_work() as session:
        _record(session, contact_id, "gig_registration", registration)
        (held,) = recorder_of(_service("gig_registration")).held(session, contact_id)
        _record(session, contact_id, "gig_posting", POSTING | {"work_kinds": ["其他:织毛衣"]})
        _grant(session, _service("gig_posting"), requests_of(session, contact_id)[0])
        search = recorder_of(_service("gig_search"))
        found = str(search.record(session, contact_id, None, {"place": WHERE}).said)
    for told in (held, found):
        assert "织毛衣" in told
        assert "其他:" not in told


def test_own_data_are_shown_masked(database: Database, contact_id: int) -> None:
    with database.unit_of_work() as session:
        _record(session, contact_id, "startup_subsidies", SUBSIDIES)
        held = "\n".join(recorder_of(_service("startup_subsidies")).held(session, contact_id))
    assert "13800000000" not in held
    assert "王芳" not in held
    assert "沈阳" in held


def test_a_request_is_taken_back_only_after_a_second_yes(
    database: Database, contact_id: int
) -> None:
    catalogue = load_catalogue()
    with database.unit_of_work() as session:
        assert withdraw(session, catalogue, contact_id, "撤回").choices == ()
        _record(session, contact_id, "startup_subsidies", SUBSIDIES)
        which = withdraw(session, catalogue, contact_id, "撤回申请")
        assert len(which.choices) == 3
        sure = withdraw(session, catalogue, contact_id, which.choices[1].payload)
        states = [one.state for one in requests_of(session, contact_id)]
        assert set(states) == {RequestState.SUBMITTED}
        withdraw(session, catalogue, contact_id, sure.choices[0].payload)
        states = [one.state for one in requests_of(session, contact_id)]
        assert states.count(RequestState.WITHDRAWN) == 1
        assert states[1] is RequestState.WITHDRAWN
        stranger = meet_contact(session, "web", "test", "stranger").id
        assert withdraw(session, catalogue, stranger, sure.choices[0].payload).choices == ()
        left = session.query(Request).filter_by(state=RequestState.SUBMITTED).count()
        assert left == 2


def test_a_yes_in_ones_own_words_takes_it_back(database: Database, contact_id: int) -> None:
    with database.unit_of_work() as session:
        _record(session, contact_id, "startup_guidance", {"need": ["业务咨询"]})
        asked = withdraw(session, load_catalogue(), contact_id, "撤回")
        for word in ("是的", "确认", "撤回"):
            meant = chosen(asked.choices, word)
            assert meant is not None
            assert meant.payload.startswith("确认撤回")
        no = chosen(asked.choices, "不")
        assert no is not None
        assert no.title == "先不撤"


def test_an_extension_past_a_year_is_refused_with_the_reason() -> None:
    service = _service("loan_extension")
    answers = {"cause": "疫情影响", "months_had": 6, "months_wanted": 6}
    assert precheck.obstacle(service, answers) is None
    refused = precheck.obstacle(service, answers | {"months_wanted": 7})
    assert refused is not None
    assert refused.fields == ("months_had", "months_wanted")
    assert "三(五)" in refused.text
    assert "1年" in refused.text


def test_a_bundle_says_of_each_part_what_comes_of_it() -> None:
    service = _service("startup_subsidies")
    told = precheck.at_summary(service, SUBSIDIES)
    assert "一次性创业补贴：可能符合" in told
    handed_in, left_out = told.split("这2样眼下不交：")
    assert "一次性创业补贴" in handed_in
    assert "社会保险补贴：不符合。要求「依托平台灵活就业」（方案三(八)）" in left_out
    assert "创业场地补贴：需窗口核实" in told
    assert told.count("以当地人社部门解释为准") == 1
    unsure = {"identity": ["不清楚"], "did": ["不清楚"]}
    assert "不符合" not in precheck.at_summary(service, unsure)
    assert precheck.obstacle(service, unsure) is None
    nobody = precheck.obstacle(service, {"identity": [], "did": []})
    assert nobody is not None
