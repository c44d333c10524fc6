"""``jct wechat simulate``: a phone and a WeChat server on this machine, for a first try."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import click
import httpx

from models.settings import ROOT, Settings, listed
from webhook.wechat.notices import FILE as NOTICES

_STARTS_WITHIN = 15
_STOPS_WITHIN = 40


@click.command()
@click.option("--port", default=8090, show_default=True, help="Where the phone is shown.")
@click.option(
    "--mode",
    type=click.Choice(["plain", "compatible", "safe"]),
    default="plain",
    show_default=True,
    help="How messages travel to us; 明文, 兼容, 安全.",
)
@click.option("--only", is_flag=True, help="Do not start 就创通 too, even where it is not running.")
def simulate(port: int, mode: str, only: bool) -> None:
    """Talk with 就创通 as on a phone, without a WeChat account.

    Starts a stand-in for WeChat's server and, unless it is running already, 就创通 itself.
    Ctrl-C stops what was started.
    """
    settings = Settings()
    product = f"http://127.0.0.1:{settings.port}"
    simulator_url = f"http://127.0.0.1:{port}"
    simulator = _start(
        settings, port, f"{product}/wechat", "safe" if settings.wechat_safe_mode else mode
    )
    started = [simulator]
    # As Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _wait_for(f"{simulator_url}/healthz", simulator)
        click.secho(f"手机：{simulator_url}", fg="green", bold=True)
        is_running = _answers(f"{product}/healthz")
        if is_running or only:
            if settings.wechat_api_base_url.rstrip("/") != simulator_url:
                click.echo(
                    "主动发送的消息要到这里来，需要让就创通认识模拟器：在 .env 里写\n"
                    f"  WECHAT_API_BASE_URL={simulator_url}\n再重新 make run。"
                )
            click.echo("按 Ctrl-C 停止。")
        else:
            click.echo("就创通还没启动，一起启动。")
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "webhook.cli", "run"],
                    cwd=ROOT,
                    env={**os.environ, "WECHAT_API_BASE_URL": simulator_url},
                )
            )
        started[-1].wait()
    except KeyboardInterrupt:
        click.echo("正在停止。")
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(_STOPS_WITHIN)


def _start(settings: Settings, port: int, callback: str, mode: str) -> "subprocess.Popen[bytes]":
    """Start it with the account's secrets, where WeChat's console would hold them."""
    tokens = listed(settings.wechat_token.get_secret_value())
    keys = listed(settings.wechat_encoding_aes_key.get_secret_value())
    menu = settings.var_dir / "simulator" / "menu.json"
    notices = settings.var_dir / NOTICES
    picked = ["--templates", str(notices)] if notices.exists() else []
    return subprocess.Popen(
        [
            sys.executable, "-m", "simulator", "--port", str(port), "--callback", callback,
            "--mode", mode, "--menu-file", str(menu), *picked,
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "WECHAT_APP_ID": settings.wechat_app_id,
            "WECHAT_APP_SECRET": settings.wechat_app_secret.get_secret_value(),
            "WECHAT_TOKEN": tokens[0],
            "WECHAT_ENCODING_AES_KEY": keys[0],
        },
    )  # fmt: skip


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        if _answers(address):
            return
        time.sleep(0.1)
    raise click.ClickException("The simulator did not start. Is its port in use? Try --port.")


def _answers(address: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(address, timeout=2, trust_env=False).status_code == 200
    return False
