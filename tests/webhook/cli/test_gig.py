"""`jct gig import`: what is kept, what is told, what is left to mend."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.database import Database
from models.gig import GigRegistration
from models.staff import Role, create_staff, disable
from tests.webhook.cli.conftest import Jct

HEADINGS = "姓名,手机号,干活地点,能干的活,有空的时间,备注"
GOOD = [f"王芳{'甲乙丙丁戊'[n]},1380000000{n},沈阳铁西,保洁,周末," for n in range(5)]
BAD = ["李强,1380000,沈阳铁西,保洁,周末,=1+1", "李强,13900000000,沈阳,保洁,周末,"]


def _file(tmp_path: Path, lines: list[str], encoding: str = "gbk") -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes("\r\n".join([HEADINGS, *lines]).encode(encoding))
    return path


def _registered(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(GigRegistration.id))) or 0


def test_valid_lines_are_kept_and_the_others_left_to_mend(
    jct: Jct, database: Database, tmp_path: Path
) -> None:
    path = _file(tmp_path, [*GOOD[:3], *BAD, *GOOD[3:]])
    told = jct("gig", "import", path)
    assert told.exit_code == 1
    assert "已导入 5 行，要改 2 行" in told.output
    assert "第 5 行" in told.output
    assert "7位" in told.output
    assert "没用到的列：备注" in told.output
    assert _registered(database) == 5
    for secret in ("李强", "13900000000", "王芳"):
        assert secret not in told.output
    mended = tmp_path / "list.待改.csv"
    assert mended.stat().st_mode & 0o077 == 0
    text = mended.read_text(encoding="utf-8-sig")
    assert "'=1+1" in text
    text = text.replace("1380000,", "13700000000,").replace("沈阳,", "沈阳全市都行,")
    mended.write_text(text, encoding="utf-8-sig")
    told = jct("gig", "import", mended)
    assert (told.exit_code, _registered(database)) == (0, 7), told.output


def test_importing_twice_and_only_looking_change_nothing(
    jct: Jct, database: Database, tmp_path: Path
) -> None:
    path = _file(tmp_path, GOOD)
    assert "能导入 5 行" in jct("gig", "import", path, "--check").output
    assert _registered(database) == 0
    assert jct("gig", "import", path).exit_code == 0
    told = jct("gig", "import", path)
    assert told.exit_code == 0
    assert "已有，没变 5 条" in told.output
    assert _registered(database) == 5


@pytest.mark.parametrize("name", ["nobody", "agent", "closed"])
def test_only_a_reviewer_answers_for_postings(
    jct: Jct, database: Database, tmp_path: Path, name: str
) -> None:
    with database.unit_of_work() as session:
        create_staff(session, "agent", Role.AGENT, password="correct-horse")
        disable(session, create_staff(session, "closed", Role.REVIEWER, password="correct-horse"))
    told = jct("gig", "import", _file(tmp_path, GOOD), "--granted-by", name)
    assert told.exit_code == 1
    assert _registered(database) == 0


def test_what_is_no_list_is_told(jct: Jct, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"PK\x03\x04")
    told = jct("gig", "import", path)
    assert told.exit_code == 1
    assert "另存为" in told.output
