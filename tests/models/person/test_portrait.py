"""The portrait shows all of one person, and of nobody else."""

import json
from pathlib import Path

from sqlalchemy import select

from models.contact import meet_contact
from models.database import Database, utc_now
from models.person import finding
from models.person.own_page import OwnPageLink, link_for, open_link
from models.person.portrait import Portrait, portrait_of
from models.private_value import open_all
from tests.models.person.life import CATALOGUE, MOBILE, SECRETS, live


def _portrait(database: Database, *ids: int) -> Portrait:
    with database.reading() as session:
        return portrait_of(session, CATALOGUE, ids, utc_now())


def test_everything_is_in_it(database: Database, tmp_path: Path) -> None:
    mine = live(database, tmp_path)
    portrait = _portrait(database, mine)
    shown = str(portrait.sections)
    assert [secret for secret in SECRETS if secret not in shown] == []
    rows = json.dumps(portrait.rows, ensure_ascii=False)
    assert [secret for secret in SECRETS if secret not in rows] == []
    titles = [one.title for one in portrait.sections]
    assert "零工登记" in titles
    assert "给您的通知" in titles
    assert len(portrait.files) == 2
    assert "核对材料" in shown
    assert "hash" not in rows


def test_nothing_of_others_is_in_it(database: Database, tmp_path: Path) -> None:
    live(database, tmp_path, "other")
    with database.unit_of_work() as session:
        nobody = meet_contact(session, "web", "", "nobody").id
    portrait = _portrait(database, nobody)
    assert [one.title for one in portrait.sections] == ["您从哪里来"]
    assert "other" not in json.dumps(portrait.rows)


def test_a_person_is_found_by_number_mobile_and_door(database: Database, tmp_path: Path) -> None:
    mine = live(database, tmp_path)
    other = live(database, tmp_path, "other")
    with database.reading() as session:
        assert [one.ids for one in finding.by_mobile(session, MOBILE)] == [[mine], [other]]
        assert finding.by_mobile(session, "13999999999") == []
        assert [one.ids for one in finding.by_id(session, mine)] == [[mine]]
        assert finding.by_id(session, 10**9) == []
        (found,) = finding.by_channel(session, "wechat", "openid-of-other")
        assert found.ids == [other]


def test_a_link_opens_once_and_only_its_owner_reads_it(database: Database) -> None:
    with database.unit_of_work() as session:
        mine = meet_contact(session, "web", "", "me").id
        other = meet_contact(session, "web", "", "other").id
        token = link_for(session, mine, "https://example.test/m/mine")
        assert open_all(session, other, token) == "（链接）"
        link = open_all(session, mine, token)
        assert link.startswith("https://example.test/m/mine/")
        secret = link.rsplit("/", 1)[1]
        assert secret not in str(session.scalars(select(OwnPageLink.secret_hash)).all())
    with database.unit_of_work() as session:
        assert open_link(session, "wrong") is None
        assert open_link(session, secret) == mine
        assert open_link(session, secret) is None
