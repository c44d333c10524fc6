"""Sentence vectors: right shape, computed once, indifferent to a missing Redis."""

import hashlib
import logging
from collections.abc import Iterator
from unittest.mock import patch

import numpy as np
import pytest
import redis
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import embeddings
from bot.components.embeddings import DIMENSION, QueryEmbedder, cache_key
from bot.components.featurizer import SentenceMeaningFeaturizer


class FakeRedis:
    """As much of Redis as the embedder uses."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.expiries: dict[str, int] = {}
        self.away = False
        self.calls = 0

    def _answer(self) -> None:
        self.calls += 1
        if self.away:
            raise redis.ConnectionError("no Redis here")

    def mget(self, keys: list[str]) -> list[bytes | None]:
        self._answer()
        return [self.values.get(key) for key in keys]

    def pipeline(self, transaction: bool) -> "FakeRedis":
        return self

    def set(self, key: str, value: bytes, ex: int) -> None:
        self.values[key] = value
        self.expiries[key] = ex

    def execute(self) -> None:
        self._answer()


@pytest.fixture
def shared() -> Iterator[FakeRedis]:
    fake = FakeRedis()
    with patch.object(embeddings.redis.Redis, "from_url", return_value=fake):
        yield fake


def test_shape_and_length() -> None:
    vectors = QueryEmbedder().embed(["打零工去哪里登记", "", "我想登记零工"])
    assert vectors.shape == (3, DIMENSION)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1], abs=1e-3)


def test_similar_meanings_are_nearer() -> None:
    ask, same, other = QueryEmbedder().embed(["零工去哪登记", "在哪登记零工", "今天下雨吗"])
    assert ask @ same > ask @ other


def test_a_text_is_computed_once() -> None:
    embedder = QueryEmbedder()
    first = embedder.embed(["同一句话", "同一句话"])
    with patch.object(embeddings.E5, "query", side_effect=AssertionError("must be cached")):
        second = embedder.embed(["同一句话"])
    assert np.array_equal(first[0], second[0])


def test_a_batch_gives_what_single_texts_give() -> None:
    texts = [f"第{number}个问题" for number in range(70)]
    together = QueryEmbedder().embed(texts)
    single = QueryEmbedder()
    assert np.allclose(together[[0, 40, 69]], single.embed([texts[0], texts[40], texts[69]]))


def test_vectors_are_shared_under_the_agreed_key(shared: FakeRedis) -> None:
    text = "贷款能延期吗"
    (vector,) = QueryEmbedder("redis://anywhere").embed([text])
    key = "embedding:query:" + hashlib.sha256(text.encode()).hexdigest()
    assert cache_key(text) == key
    assert np.array_equal(np.frombuffer(shared.values[key], dtype="<f4"), vector)
    assert shared.expiries[key] == 7 * 24 * 3600

    with patch.object(embeddings, "E5", side_effect=AssertionError("must come from Redis")):
        (again,) = QueryEmbedder("redis://anywhere").embed([text])
    assert np.array_equal(again, vector)


def test_a_broken_shared_value_is_ignored(shared: FakeRedis) -> None:
    shared.values[cache_key("你好")] = b"too short"
    (vector,) = QueryEmbedder("redis://anywhere").embed(["你好"])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)


def test_a_missing_redis_costs_one_try_and_one_line(
    shared: FakeRedis, caplog: pytest.LogCaptureFixture
) -> None:
    shared.away = True
    embedder = QueryEmbedder("redis://anywhere")
    with caplog.at_level(logging.WARNING):
        for text in ("一", "二", "三"):
            assert np.linalg.norm(embedder.embed([text])) == pytest.approx(1, abs=1e-3)
    assert shared.calls == 1
    assert len(caplog.records) == 1


def test_featurizer_sets_a_sentence_feature(
    model_storage: LocalModelStorage,
    execution_context: ExecutionContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    featurizer = SentenceMeaningFeaturizer.create(
        SentenceMeaningFeaturizer.get_default_config(),
        model_storage,
        Resource("meaning"),
        execution_context,
    )
    said, silent = Message.build("我想登记零工"), Message.build("😀")
    featurizer.process_training_data(TrainingData([said, silent]))
    sequence, sentence = said.get_dense_features(TEXT)
    assert sequence is None
    assert sentence.features.shape == (1, DIMENSION)
    assert silent.get_dense_features(TEXT) == (None, None)


def test_a_sure_message_is_not_embedded(
    model_storage: LocalModelStorage,
    execution_context: ExecutionContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    config = {**SentenceMeaningFeaturizer.get_default_config(), "unless_surer_than": 0.9}
    featurizer = SentenceMeaningFeaturizer.create(
        config, model_storage, Resource("meaning"), execution_context
    )
    sure, unsure = Message.build("好"), Message.build("也许")
    sure.set("intent", {"name": "affirm", "confidence": 0.95})
    unsure.set("intent", {"name": "affirm", "confidence": 0.85})
    featurizer.process([sure, unsure])
    assert sure.get_dense_features(TEXT) == (None, None)
    assert unsure.get_dense_features(TEXT)[1].features.shape == (1, DIMENSION)
