"""`jct data`: found without leaving a trace in the shell, handed over, erased, written down."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import select

from models.audit import AuditEntry
from models.contact import meet_contact
from models.conversation import open_conversation
from models.database import Database, utc_now
from models.settings import Settings
from models.tracker import PREFIX, TrackerToForget, conversation_keys, forget_trackers
from tests.models.person.life import MOBILE, NAME, SECRETS, live
from tests.models.person.test_erasure import everything
from tests.webhook.cli.conftest import Jct
from webhook.trackers import forget_due


@pytest.fixture
def mine(database: Database, settings: Settings) -> int:
    return live(database, settings.var_dir / "uploads")


def _audited(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    with database.reading() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.action.like("data.%")).order_by(AuditEntry.id)
        )
        return [(one.action, one.reason, one.details) for one in entries]


def test_export_writes_all_for_its_reader_alone(
    jct: Jct, database: Database, mine: int, tmp_path: Path
) -> None:
    path = tmp_path / "mine.zip"
    told = jct("data", "export", "--contact", "mobile", "--to", path, typed=f"{MOBILE}\n")
    assert told.exit_code == 0, told.output
    assert MOBILE not in told.output
    assert path.stat().st_mode & 0o077 == 0
    packed = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    page = packed.read("我的信息.html").decode()
    assert all(secret in page for secret in SECRETS)
    rows = json.loads(packed.read("data.json"))
    assert rows["gig_registration"][0]["name"] == NAME
    photo, sent = [name for name in packed.namelist() if name.startswith("files/")]
    assert packed.read(photo)[:3] == packed.read(sent)[:3] == b"\xff\xd8\xff"
    assert [(deed, why) for deed, why, _ in _audited(database)] == [("data.export", "本人申请")]


def test_erase_asks_and_then_leaves_nothing(
    jct: Jct, database: Database, settings: Settings, mine: int
) -> None:
    with database.reading() as session:
        (key,) = conversation_keys(session, [mine])
    with redis.Redis.from_url(settings.redis_url) as client:
        client.set(PREFIX + key, "what Rasa remembers")
        told = jct("data", "erase", "--contact", mine, typed="n\n")
        assert told.exit_code == 1
        assert client.exists(PREFIX + key)
        told = jct("data", "erase", "--contact", mine, "--reason", "来函申请", "--yes")
        assert told.exit_code == 0, told.output
        assert not client.exists(PREFIX + key)
    left = everything(database)
    assert [secret for secret in (*SECRETS, "openid-of") if secret in left] == []
    ((deed, why, details),) = _audited(database)
    assert (deed, why, details["contacts"]) == ("data.erase", "来函申请", [mine])


def test_several_of_one_number_are_named_without_their_names(
    jct: Jct, database: Database, settings: Settings, mine: int
) -> None:
    live(database, settings.var_dir / "uploads", "other")
    told = jct("data", "erase", "--contact", "mobile", "--yes", typed=f"{MOBILE}\n")
    assert told.exit_code == 1
    assert f"--contact {mine}" in told.output
    assert NAME not in told.output
    assert MOBILE in everything(database)


@pytest.mark.parametrize(
    ("who", "typed"),
    [("999", ""), ("mobile", "123\n"), ("wechat", "nobody\n"), ("张三", ""), ("mobile", "")],
)
def test_who_is_not_found_is_told_plainly(jct: Jct, who: str, typed: str) -> None:
    told = jct("data", "export", "--contact", who, typed=typed)
    assert told.exit_code == 1
    assert "Traceback" not in told.output
    assert told.output.startswith("Error: ")


def test_an_unknown_account_stops_it_before_anything_is_erased(
    jct: Jct, database: Database, mine: int
) -> None:
    told = jct("data", "erase", "--contact", mine, "--by", "nobody", "--yes")
    assert told.exit_code == 1
    assert MOBILE in everything(database)


def test_trackers_wait_for_redis(database: Database, settings: Settings) -> None:
    with database.unit_of_work() as session:
        mine = meet_contact(session, "web", "", "me").id
        open_conversation(session, mine)
        (key,) = forget_trackers(session, [mine])
    with redis.Redis.from_url(settings.redis_url) as client:
        client.set(PREFIX + key, "a turn under way wrote this")
        # A turn may still be under way.
        assert forget_due(database, client) == 0
        with database.unit_of_work() as session:
            session.get_one(TrackerToForget, key).asked_at = utc_now() - timedelta(minutes=2)
        away = redis.Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=1)
        assert forget_due(database, away) == 0
        assert forget_due(database, client) == 1
        assert not client.exists(PREFIX + key)
        assert forget_due(database, client) == 0
