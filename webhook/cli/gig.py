"""``jct gig``: bring in the lists a bureau keeps of gig workers and gig work."""

import csv
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from models.catalogue.loader import load_catalogue
from models.catalogue.service import Service
from models.database import Database
from models.gig_import import (
    Came,
    Counts,
    Importing,
    Landed,
    Sheet,
    SheetUnreadableError,
    read_line,
    read_sheet,
)
from models.gig_import.importing import lines_to_mend
from models.gig_import.sheet import ERRORS
from models.staff import Right, find_staff
from webhook.cli.installation import opened
from webhook.cli.progress import Progress, showing
from webhook.spreadsheet import as_text

_SERVICES = ("gig_registration", "gig_posting")
# A transaction keeps other writers waiting on SQLite: no longer than a blink.
_BATCH = 50
_SHOWN = 20
_CAME = {
    Came.CREATED: "新登记",
    Came.UPDATED: "更新",
    Came.UNCHANGED: "已有，没变",
    Came.BY_THEMSELVES: "本人已在线上登记，以本人的为准",
}


@click.group()
def gig() -> None:
    """Gig work: import a bureau's spreadsheets."""


@gig.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--granted-by",
    metavar="NAME",
    help="The reviewer who has checked the postings: they are published at once.",
)
@click.option(
    "--bad",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the lines to mend go; without it FILE.待改.csv beside FILE.",
)
@click.option("--check", is_flag=True, help="Only look: store nothing.")
def import_file(file: Path, granted_by: str | None, bad: Path | None, check: bool) -> None:
    """Import FILE: gig registrations, postings or both, saved as CSV (UTF-8 or GBK).

    Every valid line is kept; the others go, with what is wrong, into a file to mend and import
    again. Importing the same file twice changes nothing.
    """
    services = [load_catalogue().service(code) for code in _SERVICES]
    try:
        sheet = read_sheet(file, services)
    except SheetUnreadableError as error:
        raise click.ClickException(str(error)) from error
    if sheet.unused:
        click.echo(f"没用到的列：{'、'.join(sheet.unused)}", err=True)
    with opened() as database:
        reviewer = None if granted_by is None else _reviewer(database, granted_by)
        landed = showing(
            f"{len(sheet.rows)} 行",
            lambda tell: _bring_in(
                database, sheet, services, Importing(reviewer), tell, is_check=check
            ),
        )
        counts = Counts()
        for one in landed:
            counts.add(one)
        if not check:
            with database.unit_of_work() as session:
                Importing(reviewer).close(session, file.read_bytes(), counts, reviewer)
    wrong = lines_to_mend(landed)
    _tell(services, counts, wrong, is_check=check)
    if wrong:
        if not check:
            kept = bad or file.with_suffix(".待改.csv")
            _write(kept, sheet, wrong)
            click.echo(f"这些行存到了：{kept}，改好再导入这个文件。")
        sys.exit(1)


def _bring_in(
    database: Database,
    sheet: Sheet,
    services: Sequence[Service],
    importing: Importing,
    tell: Progress,
    *,
    is_check: bool,
) -> list[Landed]:
    landed: list[Landed] = []
    for begin in range(0, len(sheet.rows), _BATCH):
        rows = sheet.rows[begin : begin + _BATCH]
        lines = [read_line(sheet, services, number, cells) for number, cells in rows]
        with database.unit_of_work() as session:
            landed += [importing.store(session, line) for line in lines]
            if is_check:
                session.rollback()
        tell(len(landed), len(sheet.rows))
    return landed


def _reviewer(database: Database, name: str) -> int:
    with database.reading() as session:
        found = find_staff(session, name)
    if found is None or found.disabled_at is not None or not found.may(Right.REVIEW):
        raise click.ClickException(f"没有这个能审核的账号：{name}。运行 jct staff list 查看。")
    return found.id


def _tell(
    services: Sequence[Service], counts: Counts, wrong: Sequence[Landed], *, is_check: bool
) -> None:
    for service in services:
        told = [
            f"{words} {counts.of(came, service=service.code)} 条"
            for came, words in _CAME.items()
            if counts.of(came, service=service.code)
        ]
        if told:
            click.echo(f"{service.name}：{'；'.join(told)}")
    for one in wrong[:_SHOWN]:
        click.echo(f"第 {one.line.number} 行：{' '.join(one.errors)}", err=True)
    if len(wrong) > _SHOWN:
        click.echo(f"……还有 {len(wrong) - _SHOWN} 行有错。", err=True)
    kept = counts.of(*_CAME)
    saved = "能导入" if is_check else "已导入"
    click.echo(f"{saved} {kept} 行，要改 {len(wrong)} 行。")


def _write(path: Path, sheet: Sheet, wrong: Sequence[Landed]) -> None:
    """Write the lines to mend: the file's own columns, and what is wrong behind them."""
    # Readable by its owner only: there are names and numbers in it. The mark is for Excel.
    private = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(private, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        keep = [at for at, head in enumerate(sheet.headings) if head != ERRORS]
        writer.writerow([*(sheet.headings[at] for at in keep), ERRORS])
        for one in wrong:
            cells = [as_text(one.line.cells[at]) for at in keep]
            writer.writerow([*cells, " ".join(one.errors)])
