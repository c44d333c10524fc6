"""Policy answers as replies: the next step, other clauses, a person."""

from collections.abc import Iterator

import pytest

from models.catalogue import load_catalogue
from models.database import Database
from models.intake.policy_answer import clause_reply, policy_reply
from models.knowledge.importing import import_document
from models.knowledge.plan import plan_draft
from models.knowledge.search import Knowledge


@pytest.fixture
def knowledge(sqlite_database: Database) -> Iterator[Knowledge]:
    with sqlite_database.unit_of_work() as session:
        import_document(session, plan_draft())
    yield Knowledge(sqlite_database, None)


def test_the_service_of_the_quoted_sentence_is_offered(knowledge: Knowledge) -> None:
    reply = policy_reply(knowledge, load_catalogue(), "打零工去哪里登记")
    assert reply is not None
    assert "要现在登记吗？" in reply.text
    assert "/start_gig_registration" in [choice.payload for choice in reply.choices]
    assert reply.choices[-1].payload == "/human"


def test_in_a_form_no_other_service_is_offered(knowledge: Knowledge) -> None:
    reply = policy_reply(knowledge, load_catalogue(), "打零工去哪里登记", offers=False)
    assert reply is not None
    assert "要现在登记吗" not in reply.text
    assert "/start_gig_registration" not in [choice.payload for choice in reply.choices]


@pytest.mark.parametrize(
    "question", ["一次性创业补贴多少钱", "求职创业补贴给多少", "场地补贴能领几千"]
)
def test_what_is_not_stated_holds_no_digit(knowledge: Knowledge, question: str) -> None:
    reply = policy_reply(knowledge, load_catalogue(), question)
    assert reply is not None
    assert not any(char.isdigit() for char in reply.text)
    assert [choice.title for choice in reply.choices] == ["找人工"]


def test_every_other_clause_opens(knowledge: Knowledge) -> None:
    catalogue = load_catalogue()
    seen = 0
    for question in ("创业培训", "创业担保贷款", "零工", "孵化基地", "补贴"):
        reply = policy_reply(knowledge, catalogue, question)
        for choice in reply.choices if reply else ():
            if choice.payload.startswith("/ask_policy"):
                clause_id = int("".join(c for c in choice.payload if c.isdigit()))
                assert clause_reply(knowledge, catalogue, clause_id) is not None
                assert len(choice.title) <= 24
                seen += 1
    assert seen


def test_nothing_is_nothing(knowledge: Knowledge) -> None:
    assert policy_reply(knowledge, load_catalogue(), "") is None
    assert clause_reply(knowledge, load_catalogue(), 999_999) is None
