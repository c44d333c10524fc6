"""For whom, where and when a document speaks."""

from datetime import date

import pytest

from models.database import Database
from models.knowledge.document import PolicyDocument
from models.knowledge.draft import About, draft_text
from models.knowledge.importing import import_document
from models.knowledge.scope import Scope
from models.knowledge.search import Knowledge

DAY = date(2026, 3, 1)
QUESTION = "租房补贴在哪领"


def found(database: Database, scope: Scope) -> list[str]:
    return [hit.citation.title for hit in Knowledge(database, None).search(QUESTION, 5, scope)]


def bring(database: Database, title: str, **about: object) -> None:
    with database.unit_of_work() as session:
        draft = draft_text(f"{title}的租房补贴在窗口领。", About(title))
        imported = import_document(session, draft)
        document = session.get_one(PolicyDocument, imported.document_id)
        for name, value in about.items():
            setattr(document, name, value)


@pytest.mark.parametrize(
    ("region", "titles"),
    [
        ("", {"省", "沈阳", "大连"}),
        ("辽宁省沈阳市铁西区", {"省", "沈阳"}),
        ("辽宁省大连市", {"省", "大连"}),
        ("辽宁省", {"省", "沈阳", "大连"}),
        ("吉林省", set()),
    ],
)
def test_a_region_hears_its_own_documents(sqlite_database: Database, region: str, titles: set[str]):
    bring(sqlite_database, "省", region="辽宁省")
    bring(sqlite_database, "沈阳", region="辽宁省沈阳市")
    bring(sqlite_database, "大连", region="辽宁省大连市")
    assert set(found(sqlite_database, Scope(region=region, day=DAY))) == titles


def test_an_audience_hears_what_is_for_it_and_for_everybody(sqlite_database: Database):
    bring(sqlite_database, "学生", audience=["高校毕业生"])
    bring(sqlite_database, "大家")
    assert set(found(sqlite_database, Scope(audience=["农民工"], day=DAY))) == {"大家"}
    assert set(found(sqlite_database, Scope(day=DAY))) == {"学生", "大家"}


def test_what_is_not_yet_valid_is_silent_and_what_is_over_stands_behind(
    sqlite_database: Database,
):
    bring(sqlite_database, "旧", valid_until=date(2025, 1, 1))
    bring(sqlite_database, "新", valid_until=date(2027, 1, 1))
    bring(sqlite_database, "将来", valid_from=date(2026, 4, 1))
    assert found(sqlite_database, Scope(day=DAY)) == ["新", "旧"]
