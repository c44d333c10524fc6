"""The page of a clause: whole, marked, with what is known of its validity."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.database import Database
from models.knowledge.document import Clause, DocumentStatus
from models.knowledge.draft import About, draft_text
from models.knowledge.editing import set_lead, set_status
from models.knowledge.importing import import_document
from models.settings import Settings
from tests.webhook.conftest import web_process

TEXT = (
    "一、住房\n青年驿站免费住7天。先到先住。（责任单位：市人力资源社会保障局）\n"
    "二、培训\n技能培训按规定给予补贴。\n"
)
ABOUT = About("青年办法", issuer="市团委", valid_until=date(2020, 12, 31))


@pytest.fixture
def phone(settings: Settings, sqlite_database: Database) -> Iterator[FlaskClient]:
    with web_process(settings) as app:
        yield app.test_client()


def bring(database: Database, text: str = TEXT) -> list[int]:
    with database.unit_of_work() as session:
        document_id = import_document(session, draft_text(text, ABOUT)).document_id
        query = select(Clause.id).where(Clause.document_id == document_id)
        return list(session.scalars(query.order_by(Clause.position)))


def test_a_clause_is_shown_whole_and_marked(phone: FlaskClient, sqlite_database: Database) -> None:
    first, second, *_, last = bring(sqlite_database)
    page = phone.get(f"/m/clause/{second}").text
    assert '青年驿站免费住7天。<mark id="quoted">先到先住。</mark>（责任单位：' in page
    assert "保障局）</p>" in page and "技能培训" not in page
    assert "目标期到2020年底" in page and "人社部门或 12333" in page and "市团委" in page
    assert f'href="/m/clause/{last}"' in page
    assert f'href="/m/clause/{first}"' in phone.get(f"/m/clause/{last}").text


def test_the_plain_words_stand_above(phone: FlaskClient, sqlite_database: Database) -> None:
    first = bring(sqlite_database)[0]
    with sqlite_database.unit_of_work() as session:
        set_lead(session, first, "来找工作的能先住下。", "王")
    assert "来找工作的能先住下。" in phone.get(f"/m/clause/{first}").text


@pytest.mark.parametrize("status", [DocumentStatus.WITHDRAWN, DocumentStatus.DRAFT])
def test_what_was_taken_back_is_not_shown(
    phone: FlaskClient, sqlite_database: Database, status: DocumentStatus
) -> None:
    first = bring(sqlite_database)[0]
    with sqlite_database.unit_of_work() as session:
        document = session.get_one(Clause, first).document
        set_status(session, document.id, status, "王")
    answer = phone.get(f"/m/clause/{first}")
    assert answer.status_code == 410
    assert "已经撤下" in answer.text and "青年驿站" not in answer.text


def test_an_old_text_says_so_and_leads_to_the_new_one(
    phone: FlaskClient, sqlite_database: Database
) -> None:
    old = bring(sqlite_database)[0]
    new = bring(sqlite_database, TEXT.replace("7天", "10天"))[0]
    page = phone.get(f"/m/clause/{old}").text
    assert "已被新的替换" in page and f'href="/m/clause/{new}"' in page
    with sqlite_database.unit_of_work() as session:
        document = session.get_one(Clause, new).document
        set_status(session, document.id, DocumentStatus.EXPIRED, "王")
    assert "已经失效" in phone.get(f"/m/clause/{new}").text


def test_what_is_not_there_is_a_clear_no(phone: FlaskClient) -> None:
    assert phone.get("/m/clause/1").status_code == 404
    assert phone.get(f"/m/clause/{10**30}").status_code == 404
    assert phone.get("/m/pictures/none").status_code == 404
