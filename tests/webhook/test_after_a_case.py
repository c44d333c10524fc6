"""What comes after a case: the rating, and taking it up again while it is fresh."""

from datetime import timedelta

import pytest

from models.contact import block
from models.conversation import Conversation, ConversationState
from models.database import utc_now
from models.draft import begin_draft
from models.handoff import Handoff
from models.message import Author
from models.staff import Staff
from tests.webhook.house import House


def test_from_asking_for_a_person_to_the_rating(house: House) -> None:
    assert "第 1 位" in (house.hears("人工") or "")
    assert "收到" in (house.hears("是工资的事") or "")
    assert house.hears("在吗") is None  # kept, and confirmed once only
    house.claims()
    assert house.hears("您好") is None
    house.desk.say(1, house.agent, "您好，请讲。")
    house.desk.resolve(1, house.agent)
    assert "很满意" not in (house.said(Author.SYSTEM)[-1])
    assert house.state() is ConversationState.RESOLVED
    assert "谢谢" in (house.hears("5") or "")
    assert house.assistant.turns == ["人工"]
    with house.database.reading() as session:
        case = session.get_one(Handoff, 1)
        assert (case.rating, case.first_reply_at is not None) == (5, True)


@pytest.mark.parametrize(("words", "score"), [("5", 5), ("五星好评", 5), ("不满意", 2)])
def test_a_rating_counts_behind_other_words_too_and_may_be_changed(
    house: House, words: str, score: int
) -> None:
    house.hears("人工")
    house.claims()
    house.desk.resolve(1, house.agent)
    assert house.hears("谢谢").endswith("听到：谢谢")
    assert "记下了" in (house.hears(words) or "")
    assert house.state() is ConversationState.RESOLVED
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).rating == score
    assert "记下了" in (house.hears("3") or "")
    assert house.state() is ConversationState.RESOLVED
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).rating == 3


def test_a_number_typed_before_the_question_is_no_rating_and_spoils_none(house: House) -> None:
    house.hears("人工")
    house.hears("5")
    house.claims()
    house.hears("5")
    house.desk.resolve(1, house.agent)
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).rating is None
    assert "记下了" in (house.hears("4") or "")
    assert "接着" in (house.hears("还有一件事") or "")
    house.desk.resolve(1, house.agent)
    assert house.hears("谢谢").endswith("听到：谢谢")
    assert "记下了" in (house.hears("5") or ""), "the case was taken up again: asked again"
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).rating == 5


@pytest.mark.parametrize("resumed", [True, False])
def test_a_number_that_answers_a_form_is_no_rating(house: House, resumed: bool) -> None:
    house.hears("人工")
    house.claims()
    with house.database.unit_of_work() as session:
        contact = session.get_one(Conversation, 1).contact_id
        begin_draft(session, contact, "gig_posting")
    house.desk.resolve(1, house.agent)
    if resumed:
        house.hears("接着办")
    else:  # the form was opened on the phone page, and no rating is asked for any more
        house.hears("谢谢")
        with house.database.unit_of_work() as session:
            begin_draft(session, contact, "gig_posting").asked = "count"
    assert house.hears("5") == "听到：5"
    assert house.state() is ConversationState.BOT
    with house.database.reading() as session:
        assert session.get_one(Handoff, 1).rating is None


def test_a_rating_comes_before_a_form_that_was_left_alone(house: House) -> None:
    house.hears("人工")
    house.claims()
    with house.database.unit_of_work() as session:
        begin_draft(session, session.get_one(Conversation, 1).contact_id, "gig_posting")
    house.desk.resolve(1, house.agent)
    assert "记下了" in (house.hears("5") or "")


def test_a_fresh_case_is_taken_up_again_and_an_old_one_is_not(house: House) -> None:
    house.hears("人工")
    house.claims()
    house.desk.resolve(1, house.agent)
    assert house.hears("谢谢").endswith("听到：谢谢")
    assert "接着" in (house.hears("还有一件事") or "")
    assert house.state() is ConversationState.OPEN
    house.desk.resolve(1, house.agent)
    with house.database.unit_of_work() as session:
        session.get_one(Handoff, 1).ended_at = utc_now() - timedelta(days=2)
    assert house.hears("贷款怎么办").endswith("听到：贷款怎么办")
    assert house.state() is ConversationState.BOT


def test_a_blocked_person_does_not_take_a_case_up_again(house: House) -> None:
    house.hears("人工")
    house.claims()
    house.desk.resolve(1, house.agent)
    with house.database.unit_of_work() as session:
        block(session.get_one(Conversation, 1).contact)
    assert (house.hears("还有一件事") or "").endswith("听到：还有一件事")
    assert house.state() is ConversationState.BOT


def test_a_case_taken_up_out_of_hours_is_a_ticket(closed_house: House) -> None:
    closed_house.hears("人工")
    closed_house.claims()
    closed_house.desk.resolve(1, closed_house.agent)
    with closed_house.database.unit_of_work() as session:
        session.get_one(Staff, closed_house.agent).seen_at = utc_now() - timedelta(hours=1)
    assert "3:00上班" in (closed_house.hears("还有一件事") or "")
