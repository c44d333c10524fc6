"""Policy answers as replies: the next step, other clauses, a person."""

import json
from collections.abc import Iterator

import pytest

from models.catalogue import load_catalogue
from models.database import Database
from models.intake.policy_answer import policy_reply, reply_of
from models.knowledge.answer import answer_clause
from models.knowledge.editing import set_picture
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
    assert reply.choices[0].payload == "/start_gig_registration"
    assert reply.choices[-1].payload == "/human"


def test_the_whole_section_is_offered_with_its_picture(
    knowledge: Knowledge, sqlite_database: Database
) -> None:
    question = "打零工去哪里登记"
    before = policy_reply(knowledge, load_catalogue(), question)
    assert before is not None
    (whole,) = [one for one in before.choices if one.path]
    assert whole.picture == ""
    with sqlite_database.unit_of_work() as session:
        set_picture(session, int(whole.path.rpartition("/")[2]), "/m/pictures/ab", "xiaoli")
    after = policy_reply(Knowledge(sqlite_database, None), load_catalogue(), question)
    assert after is not None
    assert [(one.path, one.picture) for one in after.choices if one.path] == [
        (whole.path, "/m/pictures/ab")
    ]


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
    assert not any(char.isdigit() for char in reply.text.replace("热线 12333 问", ""))
    assert "热线 12333" in reply.text
    assert [choice.title for choice in reply.choices[-2:]] == ["看整条", "找人工"]


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("服务大厅几点开门", "/start_gig_registration"),
        ("零工市场在哪", "/start_gig_registration"),
        ("创业沙龙在哪办", "/start_event_signup"),
    ],
)
def test_what_is_not_stated_leads_to_the_service_that_fits(
    knowledge: Knowledge, question: str, start: str
) -> None:
    reply = policy_reply(knowledge, load_catalogue(), question)
    assert reply is not None
    assert "没有写" in reply.text
    assert start in [choice.payload for choice in reply.choices]


def test_a_list_of_choices_stays_short(knowledge: Knowledge) -> None:
    for question in ("打零工去哪里登记", "创业培训", "创业担保贷款", "灵活就业有什么政策"):
        reply = policy_reply(knowledge, load_catalogue(), question)
        assert reply is not None
        assert len(reply.choices) <= 7


def test_every_other_clause_opens(knowledge: Knowledge) -> None:
    catalogue = load_catalogue()
    seen = 0
    for question in ("创业培训", "创业担保贷款", "零工", "孵化基地", "补贴"):
        reply = policy_reply(knowledge, catalogue, question)
        for choice in reply.choices if reply else ():
            if choice.payload.startswith("/ask_policy"):
                told = json.loads(choice.payload.removeprefix("/ask_policy"))
                clause_id = int(told["clause"])
                assert told["about"] == question
                assert reply_of(answer_clause(knowledge, clause_id), catalogue) is not None
                assert len(choice.title) <= 24
                seen += 1
    assert seen


def test_nothing_is_nothing(knowledge: Knowledge) -> None:
    assert policy_reply(knowledge, load_catalogue(), "") is None
    assert reply_of(answer_clause(knowledge, 999_999), load_catalogue()) is None
