"""``jct data``: hand a person their data, or erase it, when they ask at the counter."""

import getpass
import os
import sys
from pathlib import Path

import click
from sqlalchemy.orm import Session

from models import audit
from models.catalogue.loader import load_catalogue
from models.contact import Contact
from models.database import Database, utc_now
from models.intake.fields.mobile import find_mobiles
from models.materials import material
from models.materials.store import MaterialStore
from models.person import finding
from models.person.erasure import WithStaffError, check_no_staff, erase_person
from models.person.finding import Person
from models.person.portrait import portrait_of
from models.person.words import word_of
from models.settings import Settings
from models.staff import find_staff
from models.working_days import china_day
from webhook.cli.installation import opened
from webhook.portrait import zip_of

_MOBILE = "mobile"
_DOORS = ("wechat", "miniprogram", "web")
_WHO = click.option(
    "--contact",
    "who",
    required=True,
    metavar="ID|mobile|wechat|miniprogram|web",
    help="Contact number; or a word, and the mobile or the channel's id is asked for, so that it "
    "stays out of the shell's history.",
)
_ANSWERED = click.option(
    "--by", "by", metavar="NAME", help="The staff account that answers for it, for the audit."
)
_REASON = click.option(
    "--reason", default="本人申请", show_default=True, help="Why, for the audit."
)


@click.group()
def data() -> None:
    """Export what is kept of a person, or erase it."""


@data.command()
@_WHO
@_ANSWERED
@_REASON
@click.option(
    "--to", type=click.Path(path_type=Path), help="The zip to write; without it data-ID-DAY.zip."
)
def export(who: str, by: str | None, reason: str, to: Path | None) -> None:
    """Write everything that is kept of a person into a zip: a page to read, JSON, their files."""
    settings = Settings()
    with opened(settings) as database:
        person = _the_one(database, who)
        _check_account(database, by)
        now = utc_now()
        with database.reading() as session:
            portrait = portrait_of(session, load_catalogue(), person.ids, now)
        store = MaterialStore(settings.var_dir / "uploads")
        path = to or Path(f"data-{person.ids[0]}-{china_day(now):%Y%m%d}.zip")
        _write(path, zip_of(portrait, store.content))
        _record(database, "data.export", person, by, reason)
    click.echo(f"已导出：{path}（只有您能读；交给本人后请删掉）")


@data.command()
@_WHO
@_ANSWERED
@_REASON
@click.option("--yes", is_flag=True, help="Do not ask once more.")
def erase(who: str, by: str | None, reason: str, yes: bool) -> None:
    """Erase everything that is kept of a person, but for what the law keeps.

    A case that staff have open has to be ended first.
    """
    settings = Settings()
    with opened(settings) as database:
        person = _the_one(database, who)
        _check_account(database, by)
        if not yes:
            click.confirm(f"删除{_called(person)}的全部信息？删了找不回来", abort=True)
        try:
            with database.unit_of_work() as session:
                check_no_staff(session, person.ids)
                kept = erase_person(session, load_catalogue(), person.ids, forget_door=True)
        except WithStaffError as error:
            raise click.ClickException(str(error)) from error
        _record(database, "data.erase", person, by, reason, kept=len(kept))
        material.sweep(database, MaterialStore(settings.var_dir / "uploads"))
    click.echo("已删除：登记、申请、没办完的表、材料、说过的话、人工接待的备注、通知。")
    click.echo("还留着的：同意与撤回的时间，和不带内容的次数统计。文件在一小时内从磁盘上清掉。")
    if kept:
        click.echo(
            f"依法留存，没删：{'、'.join(kept)}。"
            "已经批下来的申请牵涉公家的钱和权益，由经办机构按档案规定保管。"
        )
    if any(one.channel == "bureau" for one in person.contacts):
        click.echo("线下登记的表格里如果还有这个人，请从表格里删掉，不然再导入又会登记。")
    click.echo("备份里的旧数据到期才会清掉，见 docs/operations.md。")


def _the_one(database: Database, who: str) -> Person:
    with database.reading() as session:
        people = _found(session, who)
        if not people:
            raise click.ClickException("没有找到这个人的信息。请核对后再试。")
        if len(people) > 1:
            lines = "\n".join(f"  --contact {one.ids[0]}  {_called(one)}" for one in people)
            raise click.ClickException(f"找到 {len(people)} 个人，请用编号指明是哪一个：\n{lines}")
    return people[0]


def _found(session: Session, who: str) -> list[Person]:
    if who.isascii() and who.isdigit():
        return finding.by_id(session, min(int(who), 2**63 - 1))
    if who == _MOBILE:
        numbers = find_mobiles(_typed("手机号"))
        if len(numbers) != 1:
            raise click.ClickException("手机号不对：要一个11位的号码。")
        return finding.by_mobile(session, numbers[0].value)
    if who in _DOORS:
        return finding.by_channel(session, who, _typed(f"{word_of('channels', who)}的编号"))
    raise click.ClickException(f"--contact 要联系人编号，或者：{_MOBILE}、{'、'.join(_DOORS)}。")


def _check_account(database: Database, by: str | None) -> None:
    with database.reading() as session:
        if by is not None and find_staff(session, by) is None:
            raise click.ClickException(f"没有这个账号：{by}。运行 jct staff list 查看。")


def _typed(what: str) -> str:
    """Ask for what must not be in the shell's history, nor on the screen."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{what}：").strip()
    return sys.stdin.readline().strip()


def _called(person: Person) -> str:
    """Return how to tell a person from another, without telling who it is."""
    return "、".join(_door(one) for one in person.contacts)


def _door(contact: Contact) -> str:
    since = f"{china_day(contact.created_at):%Y-%m-%d}"
    return f"联系人 {contact.id}（{word_of('channels', contact.channel)}，{since} 起）"


def _record(
    database: Database, deed: str, person: Person, by: str | None, reason: str, **details: int
) -> None:
    with database.unit_of_work() as session:
        staff = None if by is None else find_staff(session, by)
        audit.record(
            session,
            None if staff is None else staff.id,
            deed,
            subject="contact",
            subject_id=person.ids[0],
            reason=reason,
            terminal=getpass.getuser(),
            contacts=person.ids,
            **details,
        )


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
