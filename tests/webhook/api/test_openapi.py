"""Every call that the OpenAPI document allows, and many it does not: no 5xx, no surprise."""

import contextlib
import itertools

import pytest
import schemathesis
from apiflask import APIFlask
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.webhook.api.conftest import MiniProgram

_KEYS = itertools.count(20_000_000)
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_SEARCH = "/api/v1/policy/search"


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_wild_calls_end_in_no_surprise(
    api_app: APIFlask, user: MiniProgram, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", api_app)
    operations = [
        found.ok()
        for found in schema.get_all_operations()
        if found.ok().path.startswith("/api/v1/") and found.ok().path != _SEARCH
    ]
    assert len(operations) >= 14
    for operation in operations:
        _try(operation.as_strategy(mode), user)


def _try(cases: SearchStrategy[Case], user: MiniProgram) -> None:
    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def attempt(case: Case) -> None:
        if case.path_parameters and "code" in case.path_parameters:
            case.path_parameters["code"] = "gig_registration"
        headers = user.headers | {"Idempotency-Key": f"wild-{next(_KEYS)}"}
        case.call_and_validate(headers=headers, checks=_CHECKS)

    with contextlib.suppress(Unsatisfiable):  # nothing about this call can be wrong
        attempt()


@pytest.mark.parametrize("path", ["/api/v1/no-such-thing", "/api/v1/services/no_such"])
def test_what_is_not_there_is_told_as_json(user: MiniProgram, path: str) -> None:
    answer = user.client.get(path)
    assert answer.status_code == 404
    assert set(answer.json["error"]) == {"code", "message", "fields"}
