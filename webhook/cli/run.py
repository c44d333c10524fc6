"""``jct run``: everything a conversation needs, from one command."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from types import FrameType

import click
import httpx

from models import sealed
from models.database import Database
from models.settings import ROOT, Settings
from models.staff import has_admin
from webhook.cli import stack
from webhook.cli.migrate import prepare

_READY_WITHIN = 90


@click.command()
@click.option("--no-train", is_flag=True, help="Use the newest trained model as it is.")
def run(no_train: bool) -> None:
    """Start everything: database, Redis, Rasa, actions, web and background work.

    Settings come from the environment or .env (see README). Ctrl-C stops everything.
    """
    began = time.monotonic()
    settings = Settings()
    sealed.use_key(settings)
    _check(settings, no_train)
    database = Database(settings.database_url)
    prepare(database, settings)
    with database.reading() as session:
        is_new = not has_admin(session)
    database.dispose()
    if not no_train:
        _step("对话模型")
        _train(settings)
    _step("启动各部分")
    _supervise(settings, began, is_new)


def _step(name: str) -> None:
    click.secho(f"· {name}", fg="green")


def _check(settings: Settings, no_train: bool) -> None:
    """Stop early, with the remedy, where starting would fail later."""
    if not stack.rasa_python().exists():
        raise click.ClickException(
            "Rasa's environment is missing (bot/.venv). Run `make setup`, then `jct doctor`."
        )
    if settings.redis_is_embedded and stack.embedded_redis_binary() is None:
        raise click.ClickException(
            "There is no embedded Redis for this system. Set REDIS_URL to a Redis of yours."
        )
    if no_train and stack.newest_model(settings) is None:
        raise click.ClickException("No model was trained yet. Leave out --no-train.")
    for process in stack.processes(settings):
        if process.port is not None and _is_taken(process.port):
            raise click.ClickException(
                f"Port {process.port} (for {process.name}) is in use. Is `make run` running "
                f"already? Otherwise set another one: see the settings table in README.md."
            )


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _train(settings: Settings) -> None:
    """Train Rasa if the training data changed; it keeps a fingerprint beside the model."""
    done = subprocess.run(
        [str(stack.rasa_python()), "-m", "bot.train"],
        cwd=ROOT,
        env={**os.environ, "VAR_DIR": str(settings.var_dir)},
        check=False,
    )
    if done.returncode:
        raise click.ClickException("Training failed; see the lines above, and `jct doctor`.")


def _supervise(settings: Settings, began: float, is_new: bool) -> None:
    config = stack.write_supervisor_config(settings)
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)], cwd=ROOT
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            supervisor.terminate()

    signal.signal(signal.SIGTERM, stop)
    # The terminal sends Ctrl-C to supervisord too; this process only waits for it to finish.
    signal.signal(signal.SIGINT, stop)
    _announce(settings, supervisor, began, is_new)
    code = supervisor.wait()
    click.echo("已停止。")
    sys.exit(max(code, 0))


def _announce(
    settings: Settings, supervisor: "subprocess.Popen[bytes]", began: float, is_new: bool
) -> None:
    """Wait until a message would be answered, then say where everything is."""
    base = f"http://{settings.host}:{settings.port}"
    missing = _wait_until_ready(base, supervisor)
    if supervisor.poll() is not None:
        return
    if missing:
        click.secho(
            f"还没就绪：{missing}。日志在 {settings.var_dir / 'log'}，可运行 uv run jct doctor。",
            fg="yellow",
        )
    else:
        click.secho(f"就绪，用了 {time.monotonic() - began:.0f} 秒。", fg="green", bold=True)
    click.echo(f"  网页对话   {base}/chat")
    click.echo(f"  坐席台     {base}/staff/")
    if is_new:
        click.echo("             还没有管理员：uv run jct staff create 用户名 --role admin")
    click.echo(f"  微信回调   {base}/wechat")
    click.echo(f"  接口文档   {base}/docs")
    click.echo("  终端对话   uv run jct chat")
    click.echo(f"  微信配置   AppID {settings.wechat_app_id}")
    click.echo(f"             Token {settings.wechat_token.get_secret_value()}")
    click.echo(f"             EncodingAESKey {settings.wechat_encoding_aes_key.get_secret_value()}")
    click.echo(f"  日志       {settings.var_dir / 'log'}")
    click.echo("按 Ctrl-C 停止。")


def _wait_until_ready(base: str, supervisor: "subprocess.Popen[bytes]") -> str:
    """Return the parts that are still down after the longest wait; empty when all are up."""
    missing = "web"
    until = time.monotonic() + _READY_WITHIN
    with httpx.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < until and supervisor.poll() is None:
            with suppress(httpx.HTTPError, ValueError, KeyError):
                parts = client.get(f"{base}/readyz").json()["parts"]
                missing = ", ".join(name for name, state in parts.items() if state != "ok")
                if not missing:
                    return ""
            time.sleep(0.2)
    return missing
