"""Health, errors and metrics."""

import pytest
from structlog.testing import capture_logs

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


@pytest.mark.parametrize(
    ("headers", "from_where", "token", "status"),
    [
        ({}, "127.0.0.1", "", 200),
        ({}, "::1", "", 200),
        ({}, "203.0.113.7", "", 403),
        ({"X-Forwarded-For": "203.0.113.7"}, "127.0.0.1", "", 403),
        ({}, "127.0.0.1", "a-token", 403),
        ({"Authorization": "Bearer wrong"}, "203.0.113.7", "a-token", 403),
        ({"Authorization": "Bearer a-token"}, "203.0.113.7", "a-token", 200),
    ],
)
def test_metrics_are_not_for_everybody(
    door: Door, headers: dict[str, str], from_where: str, token: str, status: int
) -> None:
    app = door.apps[0]
    app.extensions["services"].settings.metrics_token = token
    answer = app.test_client().get(
        "/metrics", headers=headers, environ_base={"REMOTE_ADDR": from_where}
    )
    assert answer.status_code == status


def test_what_went_wrong_is_told_without_the_address(door: Door) -> None:
    app = door.apps[0]

    @app.get("/broken/<key>")
    def broken(key: str) -> str:
        raise RuntimeError(key)

    app.config["PROPAGATE_EXCEPTIONS"] = False
    with capture_logs() as told:
        answer = app.test_client().get("/broken/13800000000")
    assert (answer.status_code, answer.json["error"]["code"]) == (500, "internal")
    (entry,) = [one for one in told if one["event"] == "web.unexpected"]
    assert entry["rule"] == "/broken/<key>"
    assert "13800000000" not in str(entry)


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
