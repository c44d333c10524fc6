"""The simulator as tests use it: a process of its own, driven as its phone page drives it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from models.settings import ROOT, Settings
from tests.ports import free_port


class Handset:
    """One person's phone."""

    def __init__(self, simulator: "Simulator", openid: str) -> None:
        self.simulator = simulator
        self.openid = openid

    def do(self, deed: str, **told: Any) -> None:
        answer = self.simulator.client.post(f"/sim/phones/{self.openid}/{deed}", json=told)
        assert answer.status_code == 200, answer.text

    def say(self, text: str) -> None:
        self.do("say", text=text)

    def send(self, kind: str, content: bytes, name: str = "photo.jpg") -> None:
        answer = self.simulator.client.post(
            f"/sim/phones/{self.openid}/send",
            data={"kind": kind},
            files={"file": (name, content, "image/jpeg")},
        )
        assert answer.status_code == 200, answer.text

    @property
    def state(self) -> dict[str, Any]:
        told: dict[str, Any] = self.simulator.client.get(f"/sim/phones/{self.openid}").json()
        return told

    @property
    def shown(self) -> list[dict[str, Any]]:
        """What the account, or WeChat in its place, has put on the screen."""
        return [
            one
            for one in self.state["shown"]
            if one["from"] == "account" or one["kind"] == "failure"
        ]

    @property
    def texts(self) -> list[str]:
        return [one.get("text", "") for one in self.shown]

    def wait_for(self, count: int, within: float = 30.0) -> list[dict[str, Any]]:
        """Wait until so many things are shown and no call of the callback is under way."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            state = self.state
            if len(self.shown) >= count and not state["in_flight"]:
                return self.shown
            time.sleep(0.1)
        raise AssertionError(f"shown after {within} s: {self.shown}")

    def wait_for_one(
        self, wanted: Callable[[dict[str, Any]], bool], within: float = 30.0
    ) -> dict[str, Any]:
        """Wait until something that is shown is what is wanted, whatever else came with it."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            for one in self.shown:
                if wanted(one):
                    return one
            time.sleep(0.1)
        raise AssertionError(f"not shown after {within} s; shown: {self.shown}")

    def wait_for_text(self, words: str, within: float = 30.0) -> str:
        """Wait for a message that holds these words: lines sent quickly may come as one."""
        one = self.wait_for_one(lambda shown: words in shown.get("text", ""), within)
        return str(one["text"])

    def wait_for_kind(self, kind: str, within: float = 30.0) -> dict[str, Any]:
        """Wait for a message of this kind: text, image, notice …"""
        return self.wait_for_one(lambda shown: shown["kind"] == kind, within)

    def settle(self, within: float = 30.0) -> None:
        """Wait until WeChat's server has nothing more of this phone to bring."""
        self.wait_for(0, within)


class Simulator:
    """A running simulator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def phone(self, openid: str) -> Handset:
        return Handset(self, openid)

    def set(self, what: str, **told: Any) -> dict[str, Any]:
        """Change clock, account, templates or faults, as the page's settings do."""
        answer = self.client.post(f"/sim/{what}", json=told)
        assert answer.status_code == 200, answer.text
        told_back: dict[str, Any] = answer.json()
        return told_back

    def tries(self, openid: str) -> list[dict[str, Any]]:
        """How WeChat's server called the callback for one phone."""
        return [one for one in self._records()["tries"] if one["openid"] == openid]

    def calls(self, path: str) -> list[dict[str, Any]]:
        """How an API was called."""
        return [one for one in self._records()["calls"] if one["path"] == path]

    @property
    def tokens(self) -> int:
        return int(self._records()["tokens"])

    @property
    def faults_left(self) -> int:
        """How many calls are still to go wrong."""
        return int(self._records()["faults_left"])

    def _records(self) -> dict[str, Any]:
        told: dict[str, Any] = self.client.get("/sim/records").json()
        return told


@contextmanager
def simulating(settings: Settings, port: int = 0, mode: str = "plain") -> Iterator[Simulator]:
    """Run a simulator that knows the account of `settings` and calls its port."""
    port = port or free_port()
    process = subprocess.Popen(
        [
            sys.executable, "-m", "simulator", "--port", str(port), "--mode", mode,
            "--callback", f"http://127.0.0.1:{settings.port}/wechat",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "WECHAT_APP_ID": settings.wechat_app_id,
            "WECHAT_APP_SECRET": settings.wechat_app_secret.get_secret_value(),
            "WECHAT_TOKEN": settings.wechat_token.get_secret_value(),
            "WECHAT_ENCODING_AES_KEY": settings.wechat_encoding_aes_key.get_secret_value(),
        },
    )  # fmt: skip
    made = Simulator(f"http://127.0.0.1:{port}")
    try:
        until = time.monotonic() + 20
        while True:
            assert process.poll() is None, "the simulator did not start"
            assert time.monotonic() < until, "the simulator does not answer"
            try:
                made.client.get("/healthz")
                break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield made
    finally:
        made.client.close()
        process.terminate()
        process.wait(10)
