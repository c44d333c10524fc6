"""What stands in deploy/ names settings, commands and addresses that there are.

Nothing is built here: that would fetch images. What a container would start is looked up instead.
"""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from bot import server
from models.settings import ROOT, Settings
from tests.webhook.conftest import web_process
from webhook.cli import _COMMANDS

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
MANIFESTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((DEPLOY / "kubernetes" / "jct.yml").read_text())
)
# What others than our settings read: Prometheus' client, the numerical libraries.
OF_OTHERS = {"PROMETHEUS_MULTIPROC_DIR", "OMP_NUM_THREADS"}


@dataclass(frozen=True)
class Part:
    """A container of ours, as compose or Kubernetes starts it."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]

    def __str__(self) -> str:
        return self.name


def composed() -> Iterator[Part]:
    for name, one in COMPOSE["services"].items():
        if one["image"] == "jct":
            yield Part(f"compose-{name}", tuple(one["command"]), one["environment"])


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [one for one in MANIFESTS if one["kind"] == kind]


def orchestrated() -> Iterator[Part]:
    (config,) = of_kind("ConfigMap")
    for deployment in of_kind("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        for one in pod["containers"] + pod.get("initContainers", []):
            yield Part(f"kubernetes-{one['name']}", tuple(one["command"]), config["data"])


PARTS = [*composed(), *orchestrated()]


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_its_settings_are_settings(part: Part) -> None:
    known = {name.upper() for name in Settings.model_fields} | set(server._DEFAULTS) | OF_OTHERS
    assert set(part.environment) - known == set()
    assert all(isinstance(value, str) for value in part.environment.values())


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_its_command_is_there(part: Part) -> None:
    steps = [part.command]
    if part.command[0] == "bash":
        steps = [tuple(one.removeprefix("exec ").split()) for one in part.command[2].split(" && ")]
    for program, *words in steps:
        assert os.access(ROOT / program, os.X_OK), program
        if "-m" in words:
            assert importlib.util.find_spec(words[words.index("-m") + 1]) is not None
        if program.endswith("/jct"):
            assert words[0] in _COMMANDS


def test_gunicorn_takes_its_settings(settings: Settings) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", "-c", "deploy/gunicorn.conf.py"],
        cwd=ROOT,
        env=os.environ | {"VAR_DIR": str(settings.var_dir), "HOST": "0.0.0.0", "PORT": "8000"},
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_the_parts_find_each_other(part: Part) -> None:
    """Whatever one part calls another is a name of the network, at the port it listens on."""
    services = {
        *COMPOSE["services"],
        *(one["metadata"]["name"] for one in of_kind("Service")),
    }
    listening = {"rasa": 5005, "actions": 5055}
    for name in ("RASA_URL", "ACTIONS_URL"):
        address = urlsplit(part.environment[name])
        assert address.hostname in services
        assert address.port == listening[str(address.hostname).removeprefix("jct-")]


def test_a_service_of_the_cluster_finds_its_pods() -> None:
    pods = {
        tuple(sorted(one["spec"]["template"]["metadata"]["labels"].items())): {
            port["name"]
            for container in one["spec"]["template"]["spec"]["containers"]
            for port in container.get("ports", [])
        }
        for one in of_kind("Deployment")
    }
    for one in of_kind("Deployment"):
        assert tuple(sorted(one["spec"]["selector"]["matchLabels"].items())) in pods
    for service in of_kind("Service"):
        named = pods[tuple(sorted(service["spec"]["selector"].items()))]
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= named


def test_what_is_mounted_is_declared() -> None:
    named = {
        volume.partition(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
    }
    assert named == set(COMPOSE["volumes"])
    claims = {one["metadata"]["name"] for one in of_kind("PersistentVolumeClaim")}
    for deployment in of_kind("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        assert {one["persistentVolumeClaim"]["claimName"] for one in pod["volumes"]} <= claims


def test_the_addresses_that_are_probed_answer(settings: Settings) -> None:
    (web,) = (one for one in of_kind("Deployment") if one["metadata"]["name"] == "jct-web")
    container = web["spec"]["template"]["spec"]["containers"][0]
    with web_process(settings) as app:
        for probe in ("livenessProbe", "readinessProbe"):
            path = container[probe]["httpGet"]["path"]
            assert app.test_client().get(path).status_code == 200


def test_nothing_of_rasa_faces_the_network() -> None:
    assert "ports" not in COMPOSE["services"]["rasa"]
    assert "ports" not in COMPOSE["services"]["actions"]
    (inside,) = of_kind("NetworkPolicy")
    assert inside["spec"]["podSelector"]["matchExpressions"][0]["values"] == ["rasa", "actions"]
    assert server._DEFAULTS["RASA_HOST"] == "127.0.0.1"


def test_the_image_is_made_of_what_there_is_and_holds_no_secret() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert re.search(r"^USER jct$", text, re.M)
    (script,) = re.findall(r"bash (\S+\.sh)", text)
    assert Path(ROOT, script).is_file()
    kept_out = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert {"**/*.env", "var", ".git"} <= set(kept_out)
    assert "*.env" in (ROOT / ".gitignore").read_text().split()
    unit = (DEPLOY / "systemd" / "jct.service").read_text()
    (command,) = re.findall(r"^ExecStart=/opt/jct/(\S+) (\S+)", unit, re.M)
    assert os.access(ROOT / command[0], os.X_OK) and command[1] in _COMMANDS


def test_the_page_for_when_nothing_answers_stands_alone() -> None:
    page = (DEPLOY / "offline.html").read_text()
    assert re.findall(r'(?:href|src|action)="([^"]+)"', page) == ["tel:12333", "tel:12345"]
    assert "url(" not in page and "@import" not in page and "<script" not in page
    assert 'name="viewport"' in page and "12356" in page
