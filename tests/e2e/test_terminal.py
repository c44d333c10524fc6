"""`jct chat` and `jct doctor` against the running stack."""

import os
import subprocess
import sys

import pytest

from models.settings import ROOT
from tests.e2e.stack import Stack

pytestmark = pytest.mark.e2e


def jct(stack: Stack, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "webhook.cli", *words],
        cwd=ROOT,
        env={**os.environ, **stack.environment, "PYTHONIOENCODING": "utf-8"},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_talking_in_the_terminal(stack: Stack) -> None:
    told = jct(stack, "chat", "--as", "tester", typed="打零工去哪里登记\n现在登记\n\n")
    assert told.returncode == 0, told.stderr
    assert "零工服务专区" in told.stdout
    assert "同意" in told.stdout


def test_doctor_finds_nothing_missing(stack: Stack) -> None:
    told = jct(stack, "doctor")
    assert told.returncode == 0, told.stdout
    assert "✗" not in told.stdout
