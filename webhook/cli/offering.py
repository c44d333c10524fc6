"""``jct offering``: bring in sessions, events, mentors and places; list them; a sample to try."""

import csv
import sys
from pathlib import Path

import click

from models.offering.drafting import COLUMNS, SLOT_COLUMNS, OfferingDraft
from models.offering.importing import (
    Outcome,
    UnreadableFileError,
    bring_in,
    read_file,
)
from models.offering.kinds import kind_called, kinds
from models.offering.lines import day_and_time
from models.offering.offering import search
from models.offering.sample import close_samples, sample
from webhook.cli.policy.knowledge import opened

_TOLD = {Outcome.CREATED: "新建", Outcome.UPDATED: "更新", Outcome.UNCHANGED: "没变"}
_SHOWN = 500


@click.group()
def offering() -> None:
    """Offerings: sessions, events, mentors, places. Import, list, try a sample."""


@offering.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Read the file and store nothing.")
def import_file(file: Path, check: bool) -> None:
    """Import FILE (CSV or YAML): all of it, or nothing where a line is wrong.

    `jct offering template` prints the columns. Rows of one 编号 are one offering with several
    times. The same file again changes nothing.
    """
    try:
        drafts, problems = read_file(file)
    except UnreadableFileError as error:
        raise click.ClickException(str(error)) from error
    for problem in problems:
        click.echo(f"{file.name}：{problem}", err=True)
    if problems:
        raise click.ClickException(f"有 {len(problems)} 处要改，一条也没有导入。")
    times = sum(len(one.slots) for one in drafts)
    if check:
        click.echo(f"没问题：{len(drafts)} 条，{times} 个时间。")
        return
    _store(drafts, is_sample=False)


@offering.command("sample")
@click.option("--city", default="沈阳", show_default=True, help="Where they are.")
@click.option("--district", default="铁西区", show_default=True)
@click.option("--remove", is_flag=True, help="Show none of them any more.")
def try_sample(city: str, district: str, remove: bool) -> None:
    """Enter invented offerings to try the product with. They are marked 示例 everywhere."""
    if remove:
        with opened() as database, database.unit_of_work() as session:
            click.echo(f"不再显示 {close_samples(session)} 条示例。")
        return
    try:
        drafts = sample(city, district)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    _store(drafts, is_sample=True)
    click.echo("都是编的，标着「示例」。试完了运行：jct offering sample --remove")


@offering.command("list")
@click.option("--kind", help="One kind, by code or name.")
@click.option("--city", help="One city, such as 沈阳市.")
def list_offerings(kind: str | None, city: str | None) -> None:
    """List what is shown, with the times still on the calendar."""
    wanted = kind_called(kind) if kind else None
    if kind and wanted is None:
        raise click.ClickException(f"没有这一类。可以填：{'、'.join(kinds())}。")
    with opened() as database, database.reading() as session:
        found = search(session, [wanted.code] if wanted else [], city=city, limit=_SHOWN)
        for one in found:
            click.echo(f"{one.code}  {one.about_kind.name}  {one.name}  {one.place}")
            for slot in one.slots:
                state = "，已取消" if slot.cancelled_at else ""
                click.echo(f"    {day_and_time(slot)}  {slot.capacity} 个名额{state}")
    if not found:
        click.echo("还没有录入。导入：jct offering import 文件.csv；试用：jct offering sample")


@offering.command()
def template() -> None:
    """Print the columns as CSV, with a row that shows how they are filled in."""
    writer = csv.writer(sys.stdout)
    writer.writerow([*COLUMNS.values(), *SLOT_COLUMNS.values()])
    writer.writerow(
        ["SYB-01", "培训班", "创办你的企业培训班", "创办你的企业", "沈阳", "铁西区", "某某路1号",
         "想创业的人", "高校毕业生、农民工", "十天课", "024-12345678", "", "区人社局",
         "", "2027-03-03 09:00", "16:00", "30", "2027-03-01", "三楼教室"]
    )  # fmt: skip


def _store(drafts: list[OfferingDraft], *, is_sample: bool) -> None:
    with opened() as database, click.progressbar(length=len(drafts), label="导入") as bar:
        try:
            with database.unit_of_work() as session:
                outcomes = bring_in(
                    session, drafts, is_sample=is_sample, progress=lambda done, _: bar.update(1)
                )
        except ValueError as error:
            raise click.ClickException(f"{error}一条也没有导入。") from error
    told = "，".join(f"{_TOLD[one]} {number} 条" for one, number in outcomes.items() if number)
    click.echo(f"{told or '文件里没有内容'}。")
