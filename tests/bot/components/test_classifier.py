"""The classifier learns, persists, and knows what it does not know."""

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from bot.components.classifier import LinearIntentClassifier, _spread_over, is_decided

_WORDS = 20
_DIMENSION = 8
_RESOURCE = Resource("intents")


def message(intent: int | None, seed: int, dense: bool = True) -> Message:
    """Build a featurized message whose features point to its intent; ``None`` is a stranger."""
    random = np.random.RandomState(seed)
    made = Message.build(f"text {seed}", intent=None if intent is None else f"intent_{intent}")
    counts = np.zeros((1, _WORDS))
    if intent is not None:
        counts[0, [intent, 10 + random.randint(10)]] = 1
    made.add_features(Features(csr_matrix(counts), "sentence", TEXT, "words"))
    if dense:
        vector = random.normal(0, 0.3, (1, _DIMENSION))
        vector[0, 7 if intent is None else intent % 7] += -5 if intent is None else 2
        made.add_features(Features(vector, "sentence", TEXT, "meaning"))
    return made


def trained(
    storage: LocalModelStorage,
    context: ExecutionContext,
    intents: int = 5,
    each: int = 12,
    dense: bool = True,
) -> LinearIntentClassifier:
    classifier = LinearIntentClassifier.create({}, storage, _RESOURCE, context)
    examples = [
        message(intent, 100 * intent + number, dense)
        for intent in range(intents)
        for number in range(each)
    ]
    classifier.train(TrainingData(examples))
    return classifier


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize(("intents", "each"), [(5, 12), (2, 6), (4, 3), (1, 3)])
def test_recognises_what_it_learnt(
    model_storage: LocalModelStorage,
    execution_context: ExecutionContext,
    intents: int,
    each: int,
    dense: bool,
) -> None:
    classifier = trained(model_storage, execution_context, intents, each, dense)
    for intent in range(intents):
        (asked,) = classifier.process([message(intent, 9000 + intent, dense)])
        assert asked.get(INTENT)["name"] == f"intent_{intent}"
        ranking = asked.get(INTENT_RANKING_KEY)
        confidences = [entry["confidence"] for entry in ranking]
        assert confidences == sorted(confidences, reverse=True)
        assert 0 <= confidences[-1] <= confidences[0] <= 1
        assert len(ranking) == min(intents, 5)


def test_a_rare_intent_is_not_drowned_by_a_frequent_one(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> None:
    common = [_in_between(0, number) for number in range(120)]
    rare = [_in_between(1, 500 + number) for number in range(4)]
    found = {}
    for evenness in (0.0, 0.5):
        classifier = LinearIntentClassifier.create(
            {"evenness": evenness}, model_storage, _RESOURCE, execution_context
        )
        classifier.train(TrainingData(common + rare))
        asked = classifier.process([_in_between(1, 9500 + number) for number in range(60)])
        found[evenness] = sum(one.get(INTENT)["name"] == "intent_1" for one in asked)
    assert found[0.5] > found[0.0]


def _in_between(intent: int, seed: int) -> Message:
    """Build a message whose only hint is a vector that leans to its intent."""
    made = Message.build(f"text {seed}", intent=f"intent_{intent}")
    vector = np.random.RandomState(seed).normal(0, 1, (1, _DIMENSION))
    vector[0, intent] += 2
    made.add_features(Features(vector, "sentence", TEXT, "meaning"))
    return made


def test_the_stored_model_answers_the_same(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> None:
    classifier = trained(model_storage, execution_context)
    loaded = LinearIntentClassifier.load({}, model_storage, _RESOURCE, execution_context)
    for intent in range(5):
        (first,) = classifier.process([message(intent, 9100 + intent)])
        (second,) = loaded.process([message(intent, 9100 + intent)])
        assert first.get(INTENT_RANKING_KEY) == second.get(INTENT_RANKING_KEY)


def test_training_is_repeatable(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> None:
    rankings = []
    for _ in range(2):
        classifier = trained(model_storage, execution_context)
        (asked,) = classifier.process([message(3, 9200)])
        rankings.append(asked.get(INTENT_RANKING_KEY))
    assert rankings[0] == rankings[1]


def test_silence_has_no_intent(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> None:
    classifier = trained(model_storage, execution_context)
    (asked,) = classifier.process([Message.build("")])
    assert asked.get(INTENT) == {"name": None, "confidence": 0.0}
    assert asked.get(INTENT_RANKING_KEY) == []


def test_without_examples_nothing_is_stored(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> None:
    untrained = LinearIntentClassifier.create({}, model_storage, _RESOURCE, execution_context)
    untrained.train(TrainingData([]))
    loaded = LinearIntentClassifier.load({}, model_storage, _RESOURCE, execution_context)
    (asked,) = loaded.process([message(1, 9300)])
    assert asked.get(INTENT)["name"] is None


def test_a_stranger_is_trusted_less(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> None:
    classifier = trained(model_storage, execution_context)
    known, stranger = classifier.process([message(2, 9400), message(None, 9401)])
    assert stranger.get(INTENT)["confidence"] < known.get(INTENT)["confidence"]


def gatekeeper(
    storage: LocalModelStorage, context: ExecutionContext, **settings: object
) -> LinearIntentClassifier:
    classifier = LinearIntentClassifier.create(settings, storage, _RESOURCE, context)
    classifier.train(TrainingData(_overlapping(examples_each=40)))
    return classifier


def _overlapping(examples_each: int, seed: int = 0) -> list[Message]:
    """Build examples of which some point to another intent than their own."""
    random = np.random.RandomState(seed)
    made = []
    for intent in range(5):
        for number in range(examples_each):
            shown = (intent + 1) % 5 if random.rand() < 0.2 else intent
            example = message(shown, seed + 1000 * intent + number)
            example.set(INTENT, f"intent_{intent}")
            made.append(example)
    return made


def test_a_sure_verdict_is_final(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> None:
    first = gatekeeper(model_storage, execution_context, decides_from=0.05)
    second = trained(model_storage, execution_context)
    (asked,) = first.process([message(1, 9500)])
    verdict = asked.get(INTENT)
    assert is_decided(asked)
    asked.features.clear()
    second.process([asked])
    assert asked.get(INTENT) == verdict


def test_an_unsure_verdict_is_looked_at_again(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> None:
    first = gatekeeper(model_storage, execution_context)
    asked = message(1, 9501)
    first.process([asked])
    assert not is_decided(asked)


def test_no_more_than_the_share_is_passed_on(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> None:
    """Where nothing is sure, as much as said is passed on, and no more than sampling allows."""
    first = gatekeeper(model_storage, execution_context, decides_from=1.0, passes_on_at_most=0.4)
    asked = [message(number % 5, 9600 + number) for number in range(200)]
    first.process(asked)
    passed_on = sum(not is_decided(each) for each in asked)
    assert passed_on / len(asked) < 0.5


def test_large_data_is_calibrated_on_a_part_of_every_intent() -> None:
    targets = np.repeat(np.arange(4), [10, 200, 3000, 50])
    some = _spread_over(targets, 326, seed=1)
    assert len(set(some)) == 326
    assert np.bincount(targets[some]) == pytest.approx([1, 20, 300, 5], abs=1)


def test_only_the_named_featurizers_count(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> None:
    classifier = LinearIntentClassifier.create(
        {"featurizers": ["words"]}, model_storage, _RESOURCE, execution_context
    )
    classifier.train(
        TrainingData([message(intent, number) for intent in range(5) for number in range(12)])
    )
    with_meaning, without = message(2, 9700), message(2, 9700, dense=False)
    classifier.process([with_meaning, without])
    assert with_meaning.get(INTENT_RANKING_KEY) == without.get(INTENT_RANKING_KEY)
