"""``jct doctor``: what is missing, and how to mend it."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import httpx
import redis
from alembic.script import ScriptDirectory
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from models.database import Database
from models.retention import load_rules, overdue
from models.settings import ROOT, Settings, wrong_settings
from webhook.cli import stack

_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `remedy` says what to do when it is not right."""

    name: str
    is_right: bool
    told: str
    remedy: str = ""
    is_needed: bool = True


@click.command()
def doctor() -> None:
    """Look at everything the product needs; say what is missing and how to mend it."""
    wrong = 0
    for finding in _examine():
        mark, colour = ("✓", "green") if finding.is_right else ("✗", "red")
        if not finding.is_right and not finding.is_needed:
            mark, colour = "–", "yellow"
        click.echo(f"{click.style(mark, fg=colour)} {finding.name}: {finding.told}")
        if not finding.is_right and finding.remedy:
            click.echo(f"    → {finding.remedy}")
        wrong += not finding.is_right and finding.is_needed
    if wrong:
        click.secho(f"{wrong} thing(s) to mend, see above.", fg="red")
        sys.exit(1)
    click.secho("Everything needed is there. Start with `make run`.", fg="green")


def _examine() -> Iterator[Finding]:
    yield _python()
    try:
        settings = Settings()
    except ValidationError as error:
        told = "; ".join(wrong_settings(error))
        yield Finding("settings", False, told, "mend it in .env or the environment (README)")
        return
    yield Finding("settings", True, f"kept in {settings.var_dir}")
    yield _rasa_environment()
    yield _model(settings)
    yield _front_end()
    yield _disk(settings)
    yield _database(settings)
    yield _retention(settings)
    yield _redis(settings)
    yield from _addresses(settings)
    yield _chromium()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 11), version, "run everything with `uv run`")


def _rasa_environment() -> Finding:
    python = stack.rasa_python()
    remedy = (
        "run `make setup`. It needs Python 3.10: uv downloads it; where it cannot, install "
        "python3.10 (or `pyenv install 3.10`) first"
    )
    return Finding("Rasa's environment", python.exists(), str(python.parent.parent), remedy)


def _model(settings: Settings) -> Finding:
    newest = stack.newest_model(settings)
    told = newest.name if newest else "not trained yet"
    return Finding("trained model", bool(newest), told, "run `make train` (under a minute)")


def _front_end() -> Finding:
    there = all(
        Path(ROOT, "node_modules", name).exists()
        for name in ("weui", "htmx.org", "swagger-ui-dist")
    )
    told = "installed" if there else "pages work, but plainly"
    return Finding("front-end packages", there, told, "run `make setup`", is_needed=False)


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.var_dir).free
    return Finding(
        "disk", free > _FREE_BYTES, f"{free / 1024**3:.1f} GiB free", "make room for at least 2 GiB"
    )


def _database(settings: Settings) -> Finding:
    database = Database(settings.database_url)
    shown = database.url.render_as_string(hide_password=True)
    head = ScriptDirectory(str(ROOT / "models" / "migrations")).get_current_head()
    try:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
        try:
            with database.reading() as session:
                at = session.scalar(text("SELECT version_num FROM alembic_version"))
        except SQLAlchemyError:
            at = None
    except SQLAlchemyError as error:
        return Finding(
            "database", False, f"{shown} does not answer ({type(error).__name__})",
            "start it, or leave DATABASE_URL empty to use SQLite under var/",
        )  # fmt: skip
    finally:
        database.dispose()
    state = "up to date" if at == head else "will be migrated by `make run`"
    return Finding("database", True, f"{shown}, {state}")


def _retention(settings: Settings) -> Finding:
    """See whether what has had its time is gone (`models.retention`)."""
    database = Database(settings.database_url)
    try:
        late = overdue(database)
    except SQLAlchemyError:
        return Finding("retention", False, "cannot be seen: no database", is_needed=False)
    finally:
        database.dispose()
    kept = "; ".join(f"{rule.title} {rule.told}" for rule in load_rules())
    if not late:
        return Finding("retention", True, kept)
    told = "、".join(rule.title for rule in late)
    return Finding(
        "retention", False, f"still there after its time: {told}",
        "the worker ends it every night at 03:10 (China): is it running?", is_needed=False,
    )  # fmt: skip


def _redis(settings: Settings) -> Finding:
    if settings.redis_is_embedded:
        binary = stack.embedded_redis_binary()
        return Finding(
            "Redis", binary is not None, "embedded, started by `make run`",
            "no embedded server for this system: set REDIS_URL to a Redis of yours",
        )  # fmt: skip
    client = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=2)
    try:
        client.ping()
    except redis.RedisError as error:
        return Finding(
            "Redis", False, f"does not answer ({type(error).__name__})",
            "start it, or leave REDIS_URL empty to use the embedded one",
        )  # fmt: skip
    finally:
        client.close()
    return Finding("Redis", True, "answers")


def _addresses(settings: Settings) -> Iterator[Finding]:
    web = f"http://{settings.host}:{settings.port}/healthz"
    for name, url in {
        "web": web,
        "Rasa": f"{settings.rasa_url}/status",
        "actions": f"{settings.actions_url}/health",
    }.items():
        up = _answers(url)
        told = "running" if up else "not running"
        yield Finding(name, up, told, "start it with `make run`", is_needed=False)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _chromium() -> Finding:
    there = shutil.which("chromium") or shutil.which("chromium-browser")
    return Finding(
        "Chromium (for tests)", bool(there), there or "not found",
        "apt-get install chromium; browser tests are left out without it", is_needed=False,
    )  # fmt: skip
