"""``jct report``: a month's figures in the terminal, or as a file."""

import unicodedata
from pathlib import Path

import click

from models.catalogue.loader import load_catalogue
from models.report import Month, Report, ReportTable, build_report
from models.report.trail import supplements_of
from webhook.cli.installation import opened
from webhook.spreadsheet import csv_of, xlsx_of

_GAP = 2


@click.command()
@click.option("--month", "written", metavar="YYYY-MM", help="Without it the month before this one.")
@click.option("--city", help="Of one city alone, by its full name.")
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), help="A .csv or .xlsx to write."
)
def report(written: str | None, city: str | None, to: Path | None) -> None:
    """Tell a month's figures: targets, by city, by service. Small numbers by place are hidden."""
    try:
        month = Month.read(written) if written else Month.now().before
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    with opened() as database, database.reading() as session:
        added = supplements_of(session, month.of_year)
        built = build_report(session, load_catalogue(), month, city=city, supplements=added)
    if to is None:
        _print(built)
        return
    tables = [(one.title, one.rows) for one in built.tables]
    if to.suffix not in (".csv", ".xlsx"):
        raise click.ClickException("--to 要以 .csv 或 .xlsx 结尾。")
    to.write_bytes(csv_of(tables) if to.suffix == ".csv" else xlsx_of(tables))
    click.echo(f"已写好：{to}")


def _print(built: Report) -> None:
    click.secho(f"{built.month.title} {built.city or '全省'}", bold=True)
    for table in built.tables:
        click.echo()
        click.secho(table.title, bold=True)
        _print_table(table)


def _print_table(table: ReportTable) -> None:
    rows = table.rows
    if len(rows) == 1:
        click.echo("  没有。")
        return
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        click.echo((" " * _GAP).join(cells).rstrip())


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: Chinese signs take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
