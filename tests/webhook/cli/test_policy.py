"""``jct policy``: what a command changes is written down with who and when."""

import getpass
from pathlib import Path

from sqlalchemy import select

from models.database import Database
from models.knowledge.edits import PolicyEdit
from tests.webhook.cli.conftest import Jct


def test_every_change_by_a_command_is_kept_with_who_made_it(
    jct: Jct, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "办法.txt"
    file.write_text("一、事项\n网上就能办理这件事情。\n", encoding="utf-8")
    for words in (
        ("import", file),
        ("import", file),
        ("import", file, "--issuer", "省厅"),
    ):
        assert jct("policy", *words).exit_code == 0
    file.write_text("一、事项\n窗口也能办理这件事情。\n", encoding="utf-8")
    assert jct("policy", "import", file).exit_code == 0
    assert jct("policy", "status", 2, "withdrawn").exit_code == 0
    with database.reading() as session:
        kept = session.execute(
            select(
                PolicyEdit.document_id, PolicyEdit.field, PolicyEdit.former, PolicyEdit.now
            ).order_by(PolicyEdit.id)
        ).all()
        who = set(session.scalars(select(PolicyEdit.changed_by)))
    assert kept == [
        (1, "import", "", "办法.txt"),
        (1, "issuer", "", "省厅"),
        (1, "status", "in_force", "replaced"),
        (2, "import", "", "办法.txt"),
        (2, "status", "in_force", "withdrawn"),
    ]
    assert who == {f"jct ({getpass.getuser()})"}
    told = jct("policy", "history", 2).output.splitlines()
    assert len(told) == 2
    assert "in_force → withdrawn" in told[0]
