"""Cases: who has a conversation, in which order people are served, and what is noted of it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy.exc import DatabaseError

from models import audit, handoff, queues, supervision
from models.audit import AuditEntry
from models.canned_reply import CannedReplyError, fill, find_canned, save_canned
from models.catalogue.life import Actor, RequestState
from models.change import ChangeKind, changes_after, last_change, moves_of, note_change
from models.contact import add_tag, block, merge, same_person, tags_of, unmerge
from models.conversation import Conversation, ConversationState, lock_conversation
from models.database import Database, utc_now
from models.handoff import Handoff, HandoffError, HandoffReason, TakenError
from models.message_search import search_messages
from models.note import add_note, mentions_of, see_mentions, unseen_mentions
from models.request import submit
from models.request_life import Mover, correct, move
from models.staff import Role, Staff, disable
from tests.models.staffing import official, talk, writes
from tests.models.test_request import ANSWERS, REVIEWER, service


def waits(database: Database, person: str, reason: HandoffReason = HandoffReason.ASKED) -> int:
    with database.unit_of_work() as session:
        conversation = talk(session, person)
        writes(session, conversation, "找人工")
        handoff.request(session, conversation, reason)
        return conversation.id


def test_two_people_never_get_the_same_chat(database: Database) -> None:
    ids = [waits(database, f"person-{n}") for n in range(5)]
    with database.unit_of_work() as session:
        staff_ids = [official(session, f"agent{n}").id for n in range(4)]

    def claim(pair: tuple[int, int]) -> int | None:
        conversation_id, staff_id = pair
        with database.unit_of_work() as session:
            try:
                handoff.claim(session, conversation_id, session.get_one(Staff, staff_id))
                return conversation_id
            except TakenError:
                return None

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(claim, [(c, s) for c in ids for s in staff_ids]))
    assert sorted(one for one in won if one is not None) == ids


def test_stepping_in_takes_it_from_the_assistant(database: Database) -> None:
    with database.unit_of_work() as session:
        conversation = talk(session, "person")
        case = handoff.claim(session, conversation.id, official(session, "agent"))
        assert (case.reason, conversation.state) == (HandoffReason.STAFF, ConversationState.OPEN)


def test_only_who_has_it_moves_it_on_but_supervisors_may(database: Database) -> None:
    conversation_id = waits(database, "person")
    with database.unit_of_work() as session:
        first, second = official(session, "first"), official(session, "second")
        admin = official(session, "admin", Role.ADMIN)
        with pytest.raises(HandoffError):
            handoff.resolve(session, conversation_id, first)
        handoff.claim(session, conversation_id, first)
        with pytest.raises(TakenError):
            handoff.resolve(session, conversation_id, second)
        handoff.transfer(session, conversation_id, first, to=second, note="请接着看")
        with pytest.raises(TakenError):
            handoff.release(session, conversation_id, first)
        handoff.transfer(session, conversation_id, admin, to=first)
        handoff.invite(session, conversation_id, first, second)
        assert [one.id for one in queues.mine(session, second.id)] == [1]
        handoff.release(session, conversation_id, first)
        assert lock_conversation(session, conversation_id).state is ConversationState.PENDING
    with database.reading() as session:
        told = [change.details["move"] for change in moves_of(session, conversation_id)]
    assert told == ["requested", "claimed", "transferred", "transferred", "invited", "released"]


def test_danger_comes_first_then_the_longest_wait(database: Database) -> None:
    ids = [waits(database, f"person-{n}") for n in range(3)]
    urgent = waits(database, "in danger", HandoffReason.DISTRESS)
    with database.reading() as session:
        due = queues.waiting(session)
        assert [case.conversation_id for case in due] == [urgent, *ids]
        assert [queues.place_of(session, case) for case in due] == [1, 2, 3, 4]
        assert queues.estimated_wait(session) is None


def test_chats_go_to_who_fits_and_has_room(database: Database) -> None:
    ids = [waits(database, f"person-{n}") for n in range(4)]
    rights = waits(database, "unpaid", HandoffReason.RIGHTS)
    with database.unit_of_work() as session:
        lawyer = official(session, "lawyer", skills=["rights"], capacity=1)
        clerk = official(session, "clerk", skills=["loans"], capacity=2)
        official(session, "away", seen_at=utc_now() - timedelta(hours=1))
        told = {case.conversation_id: one.id for case, one in queues.matches(session)}
        # A case without a topic is anybody's: the first goes to whoever is least busy.
        assert len(told) == 3
        assert sum(who == lawyer.id for who in told.values()) == 1
        assert sum(who == clerk.id for who in told.values()) == 2
        assert told.get(rights, lawyer.id) == lawyer.id
        assert set(told) < {*ids, rights}


def test_who_are_equally_busy_take_turns(database: Database) -> None:
    with database.unit_of_work() as session:
        first, second = official(session, "first"), official(session, "second")
        turns = []
        for number in range(4):
            waits_for = talk(session, f"one-{number}")
            handoff.request(session, waits_for, HandoffReason.ASKED)
            session.flush()
            ((case, chosen),) = queues.matches(session)
            queues.assign(session, case.conversation_id, case.id, chosen)
            turns.append(chosen.id)
            handoff.resolve(session, case.conversation_id, chosen)
            session.flush()
        assert turns == [first.id, second.id, first.id, second.id]


def test_what_was_taken_by_hand_meanwhile_is_not_given_away(database: Database) -> None:
    ids = [waits(database, f"person-{n}") for n in range(4)]
    with database.unit_of_work() as session:
        agent, gone = official(session, "agent"), official(session, "gone")
    with database.reading() as session:
        cases = [case.id for case in queues.waiting(session)]

    def gives(place: int, staff: Staff) -> bool:
        with database.unit_of_work() as session:
            chosen = session.get_one(Staff, staff.id)
            return queues.assign(session, ids[place], cases[place], chosen)

    with database.unit_of_work() as session:
        handoff.claim(session, ids[0], session.get_one(Staff, gone.id))
        handoff.return_to_bot(session, ids[1])
        handoff.return_to_bot(session, ids[2])
        handoff.request(session, lock_conversation(session, ids[2]), HandoffReason.ASKED)
        disable(session, session.get_one(Staff, gone.id))
    assert [gives(place, agent) for place in range(4)] == [False, False, False, True]
    assert not gives(3, gone)
    with database.reading() as session:
        assert [case.conversation_id for case in queues.mine(session, agent.id)] == [ids[3]]


@pytest.mark.parametrize("way", ["disabled", "another role"])
def test_chats_of_who_cannot_chat_any_more_wait_again(database: Database, way: str) -> None:
    left, kept = waits(database, "left"), waits(database, "kept")
    with database.unit_of_work() as session:
        leaving, staying = official(session, "leaving"), official(session, "staying")
        handoff.claim(session, left, leaving)
        handoff.claim(session, kept, staying)
        if way == "disabled":
            disable(session, leaving)
        else:
            leaving.role = Role.REVIEWER
    with database.unit_of_work() as session:
        assert queues.astray(session) == [left]
        for conversation_id in (left, kept):
            queues.put_right(session, conversation_id)
    with database.reading() as session:
        assert queues.astray(session) == []
        assert [case.conversation_id for case in queues.waiting(session)] == [left]
        assert [case.conversation_id for case in queues.in_service(session)] == [kept]
        assert session.get_one(Conversation, left).state is ConversationState.PENDING


def test_a_blocked_person_in_danger_is_seen_and_others_leave_the_queue(database: Database) -> None:
    danger = waits(database, "in danger", HandoffReason.DISTRESS)
    ids = [waits(database, name) for name in ("waiting", "served", "taken up")]
    with database.unit_of_work() as session:
        agent = official(session, "agent")
        handoff.claim(session, ids[1], agent)
        for conversation_id in (danger, *ids):
            block(lock_conversation(session, conversation_id).contact)
        assert [case.conversation_id for case in queues.waiting(session)] == [danger]
    with database.unit_of_work() as session:
        assert queues.astray(session) == ids
        for conversation_id in ids:
            queues.put_right(session, conversation_id)
            state = lock_conversation(session, conversation_id).state
            assert (handoff.current(session, conversation_id), state) == (
                None,
                ConversationState.BOT,
            )
        handoff.claim(session, ids[2], session.get_one(Staff, agent.id))
    with database.reading() as session:
        assert queues.astray(session) == []
        assert [case.conversation_id for case in queues.mine(session, agent.id)] == [ids[2]]


def test_a_case_taken_up_again_begins_anew(database: Database) -> None:
    conversation_id = waits(database, "person")
    long_ago = utc_now() - timedelta(hours=5)
    with database.unit_of_work() as session:
        conversation, agent = (
            lock_conversation(session, conversation_id),
            official(session, "agent"),
        )
        case = handoff.claim(session, conversation_id, agent)
        case.created_at = case.acknowledged_at = case.reminded_at = long_ago
        case.claimed_at = case.first_reply_at = long_ago
        handoff.resolve(session, conversation_id, agent)
        agent.seen_at = long_ago
        again = writes(session, conversation, "还有一件事")
        handoff.reopen(session, conversation, case, again.id, in_danger=True, is_open=False)
        assert case.created_at > long_ago
        assert {case.acknowledged_at, case.reminded_at, case.claimed_at, case.first_reply_at} == {
            None
        }
        assert (case.urgent, case.is_ticket, case.assignee) == (True, True, None)
        assert conversation.state is ConversationState.PENDING


def test_who_asks_while_wechats_own_desk_talks_waits_for_ours(database: Database) -> None:
    with database.unit_of_work() as session:
        conversation = talk(session, "person")
        conversation.state, conversation.kf_account = ConversationState.OPEN, "a@b"
        handoff.request(session, conversation, HandoffReason.ASKED)
        assert (conversation.state, conversation.kf_account) == (ConversationState.PENDING, None)
        conversation.state = ConversationState.BOT
        handoff.request(session, conversation, HandoffReason.ASKED)
        assert conversation.state is ConversationState.PENDING


def test_a_request_returned_twice_leads_to_a_person(database: Database) -> None:
    one = service()
    with database.unit_of_work() as session:
        conversation = talk(session, "applicant")
        request = submit(session, one, conversation.contact_id, None, ANSWERS).request
        applicant = Mover(Actor.APPLICANT, conversation.contact_id)
        reasons = []
        for reason in ("写具体些", "还是看不清"):
            move(session, one, request, RequestState.RETURNED, REVIEWER, reason=reason)
            correct(session, one, request, ANSWERS, applicant)
            case = handoff.current(session, conversation.id)
            reasons.append(case.reason if case else None)
        assert reasons == [None, HandoffReason.RETURNED]


def test_the_feed_misses_nothing_while_many_write(database: Database) -> None:
    ids = [waits(database, f"person-{n}") for n in range(4)]
    with database.unit_of_work() as session:
        agent = official(session, "agent").id
    with database.reading() as session:
        seen, told = last_change(session), []

    def note(number: int) -> None:
        with database.unit_of_work() as session:
            staff = session.get_one(Staff, agent)
            add_note(session, ids[number % 4], staff, f"第{number}条")

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(note, number) for number in range(60)]
        while len(told) < 60:
            with database.reading() as session:
                for change in changes_after(session, seen):
                    seen = change.id
                    told.append(change.details["note_id"])
        for job in jobs:
            job.result()
    assert sorted(told) == list(range(1, 61))


def test_what_was_rolled_back_is_not_in_the_feed(database: Database) -> None:
    with pytest.raises(RuntimeError), database.unit_of_work() as session:
        handoff.request(session, talk(session, "person"), HandoffReason.ASKED)
        raise RuntimeError
    with database.reading() as session:
        assert changes_after(session, 0) == []


def test_a_savepoint_that_fails_drops_nothing_noted_before(database: Database) -> None:
    with database.unit_of_work() as session:
        handoff.request(session, talk(session, "person"), HandoffReason.ASKED)
        with suppress(RuntimeError), session.begin_nested():
            raise RuntimeError
    with database.reading() as session:
        assert [change.kind for change in changes_after(session, 0)] == [ChangeKind.MOVE]


def test_the_feed_waits_for_nobody_who_holds_a_conversation(database: Database) -> None:
    """It is written under a lock that the holder needs as well: both would wait for ever."""
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    conversation_id = waits(database, "person")

    def note() -> None:
        with database.unit_of_work() as session:
            note_change(session, conversation_id, ChangeKind.CONTACT)

    with ThreadPoolExecutor(1) as pool, database.unit_of_work() as session:
        lock_conversation(session, conversation_id)
        pool.submit(note).result(10)


def test_the_longest_name_is_meant(database: Database) -> None:
    conversation_id = waits(database, "ann")
    with database.unit_of_work() as work:
        writer, wang, wang_fang = (official(work, name) for name in ("li", "wang", "wangfang"))
        add_note(work, conversation_id, writer, "@wangfang看一下")
    with database.reading() as session:
        assert (unseen_mentions(session, wang.id), unseen_mentions(session, wang_fang.id)) == (0, 1)


def test_mentions_reach_who_was_named(database: Database) -> None:
    conversation_id = waits(database, "person")
    with database.unit_of_work() as session:
        writer, named = official(session, "writer"), official(session, "wangfang")
        named.display_name = "王芳"
        add_note(session, conversation_id, writer, "@王芳看一下这个")
        assert [m.note.text for m in mentions_of(session, named.id)] == ["@王芳看一下这个"]
        assert mentions_of(session, writer.id) == []
        assert unseen_mentions(session, named.id) == 1
        see_mentions(session, named.id, conversation_id)
        assert unseen_mentions(session, named.id) == 0
        assert [m.note.text for m in mentions_of(session, named.id)] == ["@王芳看一下这个"]
    with database.reading() as session:
        assert changes_after(session, 0)[-1].kind is ChangeKind.NOTE


def test_canned_replies_are_found_and_filled(database: Database) -> None:
    with database.unit_of_work() as session:
        staff = official(session, "editor")
        save_canned(session, staff, "/hello", "问好", "您好，我是{坐席}。")
        save_canned(session, staff, "hello", "问好", "您好，我是{坐席}，请讲。")
        with pytest.raises(CannedReplyError, match="工号"):
            save_canned(session, staff, "x", "错", "{工号}")
        (found,) = find_canned(session, "/he")
        assert fill(found.text, {"坐席": "小王"}) == "您好，我是小王，请讲。"
        assert fill(found.text, {}) == "您好，我是{坐席}，请讲。"


def test_merging_contacts_can_be_undone(database: Database) -> None:
    with database.unit_of_work() as session:
        one, two, three = (talk(session, name).contact for name in ("one", "two", "three"))
        merge(session, two, one)
        merge(session, three, two)
        assert same_person(session, three.id) == [one.id, two.id, three.id]
        with pytest.raises(ValueError, match="同一个人"):
            merge(session, one, two)
        unmerge(session, two)
        assert same_person(session, two.id) == [two.id]
        add_tag(session, one.id, " 返乡  创业 ")
        add_tag(session, one.id, "返乡 创业")
        assert tags_of(session, one.id) == ["返乡 创业"]


@pytest.mark.parametrize("deed", ["change", "delete"])
def test_the_database_itself_keeps_the_audit(database: Database, deed: str) -> None:
    with database.unit_of_work() as session:
        audit.record(session, 1, "value.reveal", subject="contact", subject_id=2, reason="核对身份")
    with pytest.raises(DatabaseError), database.unit_of_work() as session:
        entry = session.get_one(AuditEntry, 1)
        if deed == "change":
            entry.reason = "没看过"
        else:
            session.delete(entry)
    with database.reading() as session:
        assert [one.reason for one in audit.entries(session, subject="contact")] == ["核对身份"]


def test_conversations_are_found_by_what_was_said(database: Database) -> None:
    with database.unit_of_work() as session:
        writes(session, talk(session, "one"), "创业担保贷款能展期吗")
        writes(session, talk(session, "two"), "贷款100%要抵押吗")
        found = search_messages(session, "贷款 展期")
        assert [one.message.text for one in found] == ["创业担保贷款能展期吗"]
        assert len(search_messages(session, "贷")) == 2
        assert len(search_messages(session, "0%")) == 1
        assert search_messages(session, " ") == []


def test_the_overview_counts_what_happened(database: Database) -> None:
    began = utc_now() - timedelta(minutes=1)
    done, left = waits(database, "one"), waits(database, "two")
    with database.unit_of_work() as session:
        writes(session, talk(session, "served by the bot"), "你好")
        agent = official(session, "agent")
        case = handoff.claim(session, done, agent)
        handoff.note_staff_message(session, done, agent, 1)
        handoff.resolve(session, done, agent)
        handoff.rate(session, case, 4)
    with database.reading() as session:
        told = supervision.overview(session, began, utc_now())
        assert (told.waiting_now, told.in_service) == (1, 0)
        assert (told.total.cases, told.total.resolved, told.total.rating) == (2, 1, 4)
        assert told.total.first_response is not None
        assert [(one.name, figures.cases) for one, figures in told.by_staff] == [("agent", 1)]
        assert (told.conversations, round(told.bot_share or 0, 2)) == (3, 0.33)
        assert sum(figures.cases for _, figures in told.by_hour) == 2
        assert session.get_one(Handoff, 2).conversation_id == left
