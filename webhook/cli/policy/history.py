"""``jct policy history``: who changed what of the knowledge, and when."""

import click

from models.knowledge.edits import edits
from models.office_hours import CHINA
from webhook.cli.policy.knowledge import opened

_SHOWN = 80


@click.command()
@click.argument("document_id", metavar="[ID]", required=False, type=int)
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 1000))
def history(document_id: int | None, limit: int) -> None:
    """Show who changed what and when, newest first: of document ID, or of everything."""
    with opened() as database, database.reading() as session:
        found = edits(session, document_id=document_id, limit=limit)
    for one in found:
        about = f"[{one.document_id}] " if one.document_id is not None else ""
        values = " → ".join(_short(value) for value in (one.former, one.now) if value)
        click.echo(
            f"{one.changed_at.astimezone(CHINA):%Y-%m-%d %H:%M}  {one.changed_by}  "
            f"{about}{one.field}：{values}"
        )
    if not found:
        click.echo("还没有改动。")


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
