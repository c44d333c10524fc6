"""``jct nlu``: review what was not understood, teach it, and take the new model into service."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from models import sealed
from models.database import Database
from models.settings import Settings
from models.understanding import (
    Cluster,
    UnclearMessage,
    UnknownIntentError,
    clusters,
    dismiss,
    known_intents,
    teach,
    write_taught,
)
from webhook.retraining import Retraining

_SHOWN = 5


@click.group()
def nlu() -> None:
    """Review what was not understood, teach it, retrain."""


@nlu.command()
@click.option("--top", default=20, show_default=True, help="How many groups to show.")
def review(top: int) -> None:
    """Show messages that were not understood, alike ones together."""
    with _opened() as (_, session):
        found = clusters(session)
        for cluster in found[:top]:
            _show(cluster)
        if not found:
            click.echo("没有待看的消息。")
        elif len(found) > top:
            click.echo(f"还有{len(found) - top}组，加 --top 看更多。")


@nlu.command("teach")
@click.argument("number", type=int)
@click.argument("intent")
@click.option("--only", is_flag=True, help="This message alone, not its group.")
def teach_messages(number: int, intent: str, only: bool) -> None:
    """Make a group (or with --only one message) training examples of INTENT."""
    with _opened() as (settings, session):
        chosen = _chosen(session, number, only)
        try:
            teach(session, chosen, intent)
        except UnknownIntentError:
            known = "、".join(sorted(known_intents()))
            raise click.ClickException(f"没有「{intent}」这个意图。可用的有：{known}") from None
        count = write_taught(session, Retraining(settings.var_dir).taught)
        click.echo(f"已教{len(chosen)}条，共{count}条。运行 jct nlu retrain 后生效。")


@nlu.command("dismiss")
@click.argument("number", type=int)
@click.option("--only", is_flag=True, help="This message alone, not its group.")
def dismiss_messages(number: int, only: bool) -> None:
    """Lay a group (or with --only one message) aside."""
    with _opened() as (_, session):
        chosen = _chosen(session, number, only)
        dismiss(session, chosen)
        click.echo(f"已搁置{len(chosen)}条。")


@nlu.command()
@click.option("--force", is_flag=True, help="Train even if nothing changed.")
def retrain(force: bool) -> None:
    """Train with what was taught. A running assistant takes the new model over by itself."""
    with _opened() as (settings, session):
        count = write_taught(session, Retraining(settings.var_dir).taught)
    click.echo(f"带上教过的{count}条，开始训练……")
    retraining = Retraining(settings.var_dir)
    with retraining.alone() as lock:
        if lock is None:
            raise click.ClickException("已经在训练了，等它做完再来。")
        trained = subprocess.run(
            retraining.command(force=force), **retraining.where(), pass_fds=[lock]
        )
    if trained.returncode:
        raise click.ClickException("训练没有成功，原来的模型照常使用。")
    click.echo("训练好了。正在运行的助手几秒内换上新模型，不用重启。")


@contextmanager
def _opened() -> Iterator[tuple[Settings, Session]]:
    settings = Settings()
    sealed.use_key(settings)
    database = Database(settings.database_url)
    try:
        database.migrate()
        with database.unit_of_work() as session:
            yield settings, session
    finally:
        database.dispose()


def _chosen(session: Session, number: int, only: bool) -> Sequence[UnclearMessage]:
    for cluster in clusters(session):
        for message in cluster.messages:
            if message.id == number:
                return (message,) if only else cluster.messages
    raise click.ClickException(f"没有编号{number}的待看消息。")


def _show(cluster: Cluster) -> None:
    click.echo(f"#{cluster.id}  {cluster.times}次  猜：{'、'.join(cluster.guesses)}")
    for message in cluster.messages[:_SHOWN]:
        click.echo(f"   [{message.id}] {message.text}（{message.confidence:.2f}）")
    if len(cluster.messages) > _SHOWN:
        click.echo(f"   ……共{len(cluster.messages)}条")
