"""One person of the mini-program and WeChat: by union id, or by a number WeChat vouches for."""

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from models.contact import Contact, meet_contact, same_person
from models.database import Database
from models.joining import learn_mobile, learn_union_id
from tests.webhook.api.conftest import MiniProgram


def _person(database: Database, openid: str) -> int:
    with database.reading() as session:
        one = session.scalars(select(Contact).where(Contact.external_id == openid)).one()
        return len(same_person(session, one.id))


def test_signing_in_joins_by_union_id(api_app: APIFlask, database: Database) -> None:
    with database.unit_of_work() as session:
        talk = meet_contact(session, "wechat", "gh_1", "openid-of-talk")
        learn_union_id(session, talk, "union-1")
    MiniProgram(api_app, "mini-1+union-1")
    MiniProgram(api_app, "mini-2+union-2")
    MiniProgram(api_app, "mini-3")
    assert [_person(database, name) for name in ("mini-1", "mini-2", "mini-3")] == [2, 1, 1]


def test_a_vouched_number_joins_and_is_not_kept(api_app: APIFlask, database: Database) -> None:
    with database.unit_of_work() as session:
        talk = meet_contact(session, "wechat", "gh_1", "openid-of-talk")
        learn_mobile(session, talk, "13800138000")
    user = MiniProgram(api_app, "mini-1")
    told = user.write("POST", "/phone", json={"code": "phone-13800138000"})
    assert told.json == {"mobile": "138****8000", "joined": True}
    again = user.write("POST", "/phone", json={"code": "phone-13800138000"})
    assert again.json["joined"] is False
    assert _person(database, "mini-1") == 2
    with database.reading() as session:
        rows = session.execute(text("SELECT * FROM contact")).all()
    assert "13800138000" not in str(rows)


@pytest.mark.parametrize(
    ("code", "status"), [("nonsense", 401), ("phone-0411", 401), ("", 422), ("x" * 200, 422)]
)
def test_a_code_that_tells_nothing_joins_nobody(
    api_app: APIFlask, database: Database, code: str, status: int
) -> None:
    user = MiniProgram(api_app, "mini-1")
    assert user.write("POST", "/phone", json={"code": code}).status_code == status
    assert _person(database, "mini-1") == 1


def test_nobody_vouches_without_signing_in(api_app: APIFlask) -> None:
    answer = api_app.test_client().post("/api/v1/phone", json={"code": "phone-13800138000"})
    assert answer.status_code == 401
