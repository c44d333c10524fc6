"""Health, errors and metrics."""

import pytest

from tests.standins import RasaStandIn
from tests.webhook.conftest import Door


def test_alive(door: Door) -> None:
    assert door.apps[0].test_client().get("/healthz").json == {"status": "ok"}


def test_ready_names_each_part(door: Door, rasa: RasaStandIn) -> None:
    answer = door.apps[0].test_client().get("/readyz")
    assert answer.status_code == 503  # there is no action server in this test
    assert answer.json["parts"] == {
        "database": "ok", "redis": "ok", "rasa": "ok", "actions": "down",
        "embedder": "ok",
    }  # fmt: skip


def test_metrics_speak_prometheus(door: Door) -> None:
    door.say("你好")
    assert "jct_answer_seconds" in door.apps[0].test_client().get("/metrics").text


def test_an_unknown_address_is_json_for_clients_and_a_page_for_people(door: Door) -> None:
    client = door.apps[0].test_client()
    told = client.get("/nowhere", headers={"Accept": "application/json"})
    assert (told.status_code, told.json["error"]["code"]) == (404, "not_found")
    page = client.get("/nowhere", headers={"Accept": "text/html"})
    assert "没有这个地址" in page.text


def test_the_api_describes_itself(door: Door) -> None:
    client = door.apps[0].test_client()
    assert "/api/v1/policy/search" in client.get("/openapi.json").json["paths"]
    assert client.get("/docs").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/vendor/../pyproject.toml",
        "/vendor/%2e%2e/pyproject.toml",
        "/vendor/weui/../../../pyproject.toml",
        "/vendor/weui/%2e%2e/%2e%2e/%2e%2e/pyproject.toml",
        "/vendor/nothing/x.js",
    ],
)
def test_only_front_end_packages_are_given_out(door: Door, path: str) -> None:
    assert door.apps[0].test_client().get(path).status_code == 404


def test_a_front_end_file_is_given_out(door: Door) -> None:
    found = door.apps[0].test_client().get("/vendor/weui/weui.min.css")
    assert found.status_code == 200
    found.close()
