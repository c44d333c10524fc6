"""``jct staff``: accounts of the console, for the first admin and for when nobody gets in."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit
from models.staff import Role, Staff, StaffError, create_staff, disable, draw_password, find_staff
from models.staff_session import end_sessions, start_over
from webhook.cli.installation import opened
from webhook.staff.wording import ROLES


@click.group()
def staff() -> None:
    """Staff accounts: create, list, disable, reset."""


@staff.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--display-name", default="", help="What people read; without it the name.")
def create(name: str, role: str, display_name: str) -> None:
    """Open an account and print its first password."""
    password = draw_password()
    with _opened() as session:
        try:
            made = create_staff(
                session, name, Role(role), display_name=display_name, password=password
            )
        except StaffError as error:
            raise click.ClickException(str(error)) from error
        name = made.name
        _record(session, "staff.create", made, role=made.role.value)
    click.echo(f"已建好：{name}（{ROLES[Role(role)]}）")
    _tell(password)


@staff.command("list")
def list_accounts() -> None:
    """List all accounts."""
    with _opened() as session:
        rows = session.scalars(select(Staff).order_by(Staff.id)).all()
    for row in rows:
        notes = [ROLES[row.role]]
        if row.has_second_factor:
            notes.append("两步验证")
        if row.must_change_password:
            notes.append("还没改首次密码")
        if row.disabled_at:
            notes.append("已停用")
        click.echo(f"{row.name}  {row.display_name}  {'，'.join(notes)}")
    if not rows:
        click.echo("还没有账号。建第一个管理员：uv run jct staff create 用户名 --role admin")


@staff.command("disable")
@click.argument("name")
def close(name: str) -> None:
    """Close an account and sign it out everywhere."""
    with _opened() as session:
        found = _known(session, name)
        try:
            disable(session, found)
        except StaffError as error:
            raise click.ClickException(str(error)) from error
        end_sessions(session, found.id)
        _record(session, "staff.disable", found)
    click.echo(f"已停用：{name}")


@staff.command()
@click.argument("name")
def reset(name: str) -> None:
    """Draw a new first password, drop the second factor, open a closed account again."""
    password = draw_password()
    with _opened() as session:
        found = _known(session, name)
        start_over(session, found, password)
        found.disabled_at = None
        _record(session, "staff.reset", found)
    click.echo(f"已重设：{name}")
    _tell(password)


def _record(session: Session, action: str, staff: Staff, **details: str) -> None:
    """Put on the record what was done at the machine's own command line: nobody is signed in."""
    audit.record(session, None, action, subject="staff", subject_id=staff.id, via="jct", **details)


def _tell(password: str) -> None:
    click.echo(f"首次密码：{password}")
    click.echo("请当面告诉本人，第一次登录要改掉。")


def _known(session: Session, name: str) -> Staff:
    found = find_staff(session, name)
    if found is None:
        raise click.ClickException(f"没有这个账号：{name}。运行 jct staff list 查看。")
    return found


@contextmanager
def _opened() -> Iterator[Session]:
    with opened() as database, database.unit_of_work() as session:
        yield session
