"""`jct data`: found without leaving a trace in the shell, handed over, erased, written down."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.audit import AuditEntry
from models.database import Database
from models.settings import Settings
from tests.models.person.life import MOBILE, NAME, SECRETS, live
from tests.models.person.test_erasure import everything
from tests.webhook.cli.conftest import Jct


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


def test_erase_asks_and_then_leaves_nothing(jct: Jct, database: Database, mine: int) -> None:
    told = jct("data", "erase", "--contact", mine, typed="n\n")
    assert told.exit_code == 1
    assert MOBILE in everything(database)
    told = jct("data", "erase", "--contact", mine, "--reason", "来函申请", "--yes")
    assert told.exit_code == 0, told.output
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
