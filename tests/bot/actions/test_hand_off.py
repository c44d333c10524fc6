"""Whom the assistant hands to staff, and that it does so once."""

import pytest

from models import handoff
from models.conversation import ConversationState, lock_conversation
from models.handoff import Handoff, HandoffReason
from models.message import Author, record_said
from models.reply import Reply
from models.staff import Role, create_staff
from tests.bot.actions.dialogue import Person
from tests.bot.actions.paths import paths_of


def case_of(person: Person) -> Handoff | None:
    with person.desk.database.reading() as session:
        return handoff.current(session, person.conversation_id)


@pytest.mark.parametrize(
    ("text", "intent", "reason", "urgent"),
    [
        ("找人工", "human", HandoffReason.ASKED, False),
        ("我不想活了", "inform", HandoffReason.DISTRESS, True),
    ],
)
def test_these_reach_a_person(
    person: Person, text: str, intent: str, reason: HandoffReason, urgent: bool
) -> None:
    answered = person.says(text, intent)
    assert "工作人员" in answered.text
    case = case_of(person)
    assert case is not None
    assert (case.reason, case.urgent) == (reason, urgent)
    assert person.call is not None
    assert case.message_id == person.call.message_id


def test_an_urgent_request_reaches_a_person_with_its_submission(person: Person) -> None:
    service = person.desk.catalogue.service("rights_protection")
    (path, *_) = paths_of(service)
    person.says("开始", service.start_intent)
    person.says("同意", "affirm")
    while person.draft is not None and (asked := person.draft.asked) in path:
        person.says(path[str(asked)])
    assert case_of(person) is None
    answered = person.says("对", "affirm")
    assert "编号" in answered.text and "工作人员" in answered.text
    case = case_of(person)
    assert case is not None
    assert (case.reason, case.urgent) == (HandoffReason.RIGHTS, True)


def test_danger_is_answered_before_anything_else(person: Person) -> None:
    person.begins()
    answered = person.says("活不下去了")
    assert answered.text.index("110") < answered.text.index("工作人员")
    assert person.draft is not None


def test_the_same_turn_again_is_the_same_case(person: Person) -> None:
    first = person.says("找人工", "human")
    assert person.again() == first
    assert case_of(person).id == 1  # type: ignore[union-attr]


def test_a_turn_has_no_effect_once_staff_have_the_word(person: Person) -> None:
    person.begins()
    call = person.record("王芳")
    with person.desk.database.unit_of_work() as session:
        agent = create_staff(session, "agent", Role.AGENT, password="correct-horse-battery")
        handoff.claim(session, person.conversation_id, agent)
        conversation = lock_conversation(session, person.conversation_id)
        record_said(session, conversation, Reply("您好"), Author.STAFF, staff_id=agent.id)
        assert conversation.state is ConversationState.OPEN
    before = person.answers
    person._turns.take(call)
    assert person.answers == before
