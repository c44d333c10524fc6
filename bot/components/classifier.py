"""Decide what a person wants: one linear model on words, characters and sentence meaning."""

from __future__ import annotations

import json
import logging
import warnings
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import (
    FEATURE_TYPE_SENTENCE,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack, spmatrix
from scipy.special import expit, log_softmax, logit, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

logger = logging.getLogger(__name__)

_ARRAYS_FILE = "model.npz"
_LABELS_FILE = "labels.json"
_FOLDS = 3
_NEIGHBOURS = 3
# Calibration fits six machines more, so of large data it takes a part.
_CALIBRATED_ON = 4000
# How exactly a machine is fitted; ten times finer changes no verdict and takes half as long again.
_TOLERANCE = 0.1
# How much a message of an intent the model has never seen counts against one of its own. More
# makes strangers easier to refuse and ordinary confidence too low.
_STRANGER_WEIGHT = 0.1
_DEFAULT_SHARPNESS = 5.0
_DEFAULT_TRUST = np.array([1.0, 0.0, 0.0])
_DECIDED = "intent_is_decided"


def is_decided(message: Message) -> bool:
    """Tell whether a classifier was sure enough of its intent to need no second look."""
    return bool(message.get(_DECIDED))


@dataclass(frozen=True)
class _Model:
    """Everything a prediction needs, as plain arrays.

    Attributes:
        labels: the k intents, in the order of the columns.
        idf: weight of each of the s counted features, shape (s,).
        centre: mean sentence vector, shape (d,).
        scale: what a centred sentence vector is multiplied with, shape (d,).
        weights: shape (s + d, k).
        offsets: shape (k,).
        examples: placed sentence vectors of the training examples, shape (n, d).
        sharpness: turns margins into probabilities.
        trust: turns the best probability and the nearness of examples into confidence.
        limit: confidence from which a verdict is final.
    """

    labels: list[str]
    idf: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    examples: np.ndarray
    sharpness: np.ndarray
    trust: np.ndarray
    limit: np.ndarray

    def save(self, folder: Path) -> None:
        """Write the arrays without pickling, so that loading can run no code."""
        np.savez(folder / _ARRAYS_FILE, **{name: getattr(self, name) for name in _ARRAYS})
        (folder / _LABELS_FILE).write_text(
            json.dumps(self.labels, ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> _Model:
        """Read what ``save`` wrote."""
        labels = json.loads((folder / _LABELS_FILE).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS_FILE, allow_pickle=False) as arrays:
            return cls(labels, **{name: arrays[name] for name in _ARRAYS})

    def probabilities(self, counts: csr_matrix, meanings: np.ndarray) -> np.ndarray:
        """Return how sure each intent is, shape (n, k); rows sum to 1."""
        sparse = _weigh_counts(counts, self.idf)
        dense = _place(meanings, self.centre, self.scale)
        split = len(self.idf)
        margins = sparse @ self.weights[:split] + dense @ self.weights[split:] + self.offsets
        likely = softmax(margins * self.sharpness, axis=1)
        best = likely.max(axis=1, keepdims=True)
        evidence = np.c_[_logit(best), _nearness(dense, self.examples)]
        trusted = _trusted(evidence, self.trust)[:, np.newaxis]
        # What the best intent gains or loses, the others lose or gain in proportion; the best
        # stays the best.
        shared = likely * (1 - trusted) / np.maximum(1 - best, 1e-9)
        trusted = np.maximum(
            trusted, shared.max(axis=1, keepdims=True, where=likely < best, initial=0)
        )
        result = np.where(likely == best, trusted, shared)
        return result / result.sum(axis=1, keepdims=True)


_ARRAYS = [field.name for field in fields(_Model) if field.name != "labels"]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Linear support vector machine on all features of a message, with honest confidence.

    Counted features (words, character n-grams) are weighed by tf-idf and brought to length 1.
    Sentence vectors are standardised, since e5 vectors all point much the same way, and brought
    to the length ``meaning_weight``. Confidence comes from margins of examples the model was
    not fitted on.

    Settings: ``regularisation`` is the C of the machine, ``evenness`` how much more an example of
    a rare intent weighs (0: as much as any; 1: so that all intents weigh the same),
    ``meaning_weight`` how much meaning counts against wording, ``ranking_length`` how many intents
    are reported, ``featurizers`` the aliases of those it looks at (all if none is named).

    Confidence is learnt, too: from held-out examples and from held-out intents, by the odds of
    the best intent and by how near the message is to anything ever learnt. So a threshold on it
    also holds back what belongs to no intent.

    A cheap classifier may go first and leave only doubtful messages to a dear one. Its verdict
    is final, and featurizers and classifiers after it pass the message by, from the confidence
    ``decides_from``; a confidence lower than that is enough where more than the share
    ``passes_on_at_most`` of the held-out examples would have been passed on. So most messages
    stay cheap, however hard the data are.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Ask for at least one featurizer before this component."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the measured defaults."""
        return {
            "regularisation": 2.0,
            "evenness": 0.5,
            "meaning_weight": 1.4,
            "ranking_length": 5,
            "featurizers": [],
            # Never: confidence stays below it.
            "decides_from": 2.0,
            "passes_on_at_most": 1.0,
            "random_seed": 42,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: _Model | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        """Build an untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        """Build the classifier from what ``train`` stored; untrained if nothing was."""
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, _Model.load(folder))
        except ValueError:
            logger.debug("No stored intent model under %s.", resource.name)
            return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the model on all examples that carry an intent and store it.

        Without an example nothing is stored, and every message stays without an intent.
        """
        examples = [
            example
            for example in training_data.intent_examples
            if example.get(INTENT) and self._sentence_features(example)
        ]
        if examples:
            self._model = self._fit(examples)
            with self._model_storage.write_to(self._resource) as folder:
                self._model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and ranking; a message that says nothing gets no intent and confidence 0."""
        for message in messages:
            if is_decided(message):
                continue
            ranking = self._rank(message)
            top = ranking[0] if ranking else {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
            message.set(INTENT, top, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            if self._model is not None and top[PREDICTED_CONFIDENCE_KEY] >= self._model.limit:
                message.set(_DECIDED, True)
        return messages

    def _rank(self, message: Message) -> list[dict[str, Any]]:
        if self._model is None or not self._sentence_features(message):
            return []
        counts, meanings = self._features([message], len(self._model.idf), len(self._model.centre))
        likely = self._model.probabilities(counts, meanings)[0]
        order = np.argsort(-likely)[: self._config["ranking_length"]]
        return [
            {
                INTENT_NAME_KEY: self._model.labels[column],
                PREDICTED_CONFIDENCE_KEY: float(likely[column]),
            }
            for column in order
        ]

    def _fit(self, examples: list[Message]) -> _Model:
        names = [example.get(INTENT) for example in examples]
        labels = sorted(set(names))
        targets = np.array([labels.index(name) for name in names])
        counts, meanings = self._features(examples)
        seen = np.bincount(counts.indices, minlength=counts.shape[1])
        idf = (np.log((1 + len(examples)) / (1 + seen)) + 1).astype(np.float32)
        centre = meanings.mean(axis=0)
        spread = meanings.std(axis=0)
        # A dimension that never moves says nothing; dividing by its spread would blow it up.
        scale = np.where(spread > 1e-6, 1 / np.maximum(spread, 1e-6), 0).astype(np.float32)
        weight = np.float32(self._config["meaning_weight"])
        placed = _place(meanings, centre, scale)
        inputs = hstack([_weigh_counts(counts, idf), csr_matrix(placed * weight)], format="csr")
        weights, offsets = self._machine(inputs, targets, len(labels))
        some = _spread_over(targets, _CALIBRATED_ON, self._config["random_seed"])
        sharpness, trust, limit = self._calibrate(
            inputs[some], placed[some], targets[some], len(labels)
        )
        # Prediction places sentence vectors at length 1, so their weights carry the factor.
        weights[len(idf) :] *= weight
        logger.info("Learnt %d intents from %d examples.", len(labels), len(examples))
        return _Model(
            labels,
            idf,
            centre,
            scale,
            weights,
            offsets,
            placed,
            np.float64(sharpness),
            trust,
            np.float64(limit),
        )

    def _sentence_features(self, message: Message) -> list[Features]:
        chosen = self._config["featurizers"]
        return [
            one
            for one in message.features
            if one.attribute == TEXT
            and one.type == FEATURE_TYPE_SENTENCE
            and (not chosen or one.origin in chosen)
        ]

    def _features(
        self, messages: list[Message], counted: int | None = None, dimension: int | None = None
    ) -> tuple[csr_matrix, np.ndarray]:
        """Collect the sentence features of messages.

        Args:
            messages: featurized messages.
            counted: width of the counted features, where a message may lack them.
            dimension: width of the sentence vectors, where a message may lack them.

        Returns:
            Counts of shape (n, s) and sentence vectors of shape (n, d), zero where there are none.
        """
        found = [self._sentence_features(message) for message in messages]
        rows = [[one.features for one in each if one.is_sparse()] for each in found]
        vectors = [[one.features for one in each if one.is_dense()] for each in found]
        meanings = np.zeros((len(messages), _width(vectors, dimension)), dtype=np.float32)
        for place, each in enumerate(vectors):
            if each:
                meanings[place] = np.concatenate(each, axis=1)
        return _stacked(rows, _width(rows, counted)), meanings

    def _machine(
        self, inputs: csr_matrix, targets: np.ndarray, classes: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fit one machine; a class without an example keeps the margin -1.

        Returns:
            Weights of shape (features, classes) and offsets of shape (classes,), float32.
        """
        weights = np.zeros((inputs.shape[1], classes), dtype=np.float32)
        offsets = np.full(classes, -1, dtype=np.float32)
        present = np.unique(targets)
        if len(present) == 1:
            offsets[present] = 1
            return weights, offsets
        machine = LinearSVC(
            C=self._config["regularisation"],
            class_weight=_class_weights(targets, self._config["evenness"]),
            tol=_TOLERANCE,
            random_state=self._config["random_seed"],
        ).fit(inputs, targets)
        if len(present) == 2:
            weights[:, present] = np.hstack([-machine.coef_.T, machine.coef_.T])
            offsets[present] = np.hstack([-machine.intercept_, machine.intercept_])
        else:
            weights[:, present] = machine.coef_.T
            offsets[present] = machine.intercept_
        return weights, offsets

    def _calibrate(
        self, inputs: csr_matrix, placed: np.ndarray, targets: np.ndarray, classes: int
    ) -> tuple[float, np.ndarray, float]:
        """Learn how sure to be, from messages that the asked machine was not fitted on.

        Two kinds of them: examples held out of every intent, to know right from wrong, and whole
        intents held out, to know what a message looks like that belongs to no intent at all.

        Returns:
            Sharpness of margins, weights of (log odds of the best intent, nearness, 1), and the
            confidence from which a verdict is final.
        """
        final = self._config["decides_from"]
        folds = min(_FOLDS, int(np.bincount(targets).max()))
        if classes <= _FOLDS or folds < 2:
            return _DEFAULT_SHARPNESS, _DEFAULT_TRUST, final
        seed = self._config["random_seed"]
        margins = np.empty((len(targets), classes))
        near = np.empty(len(targets))
        with warnings.catch_warnings():
            # Intents with fewer examples than folds are fine here.
            warnings.simplefilter("ignore", UserWarning)
            splits = list(
                StratifiedKFold(folds, shuffle=True, random_state=seed).split(placed, targets)
            )
        for known, asked in splits:
            weights, offsets = self._machine(inputs[known], targets[known], classes)
            margins[asked] = inputs[asked] @ weights + offsets
            near[asked] = _nearness(placed[asked], placed[known])
        sharpness = _best_sharpness(margins, targets)
        right = margins.argmax(axis=1) == targets
        if right.all():
            return sharpness, _DEFAULT_TRUST, final

        strange_margins = np.empty_like(margins)
        strange_near = np.empty_like(near)
        for _, group in KFold(_FOLDS, shuffle=True, random_state=seed).split(np.arange(classes)):
            asked = np.isin(targets, group)
            weights, offsets = self._machine(inputs[~asked], targets[~asked], classes)
            strange_margins[asked] = inputs[asked] @ weights + offsets
            strange_near[asked] = _nearness(placed[asked], placed[~asked])

        def evidence(of_margins: np.ndarray, of_near: np.ndarray) -> np.ndarray:
            best = softmax(of_margins * sharpness, axis=1).max(axis=1)
            return np.c_[_logit(best), of_near]

        held_out = evidence(margins, near)
        judge = LogisticRegression(C=100).fit(
            np.vstack([held_out, evidence(strange_margins, strange_near)]),
            np.concatenate([right, np.zeros_like(right)]),
            sample_weight=np.repeat([1, _STRANGER_WEIGHT], len(targets)),
        )
        trust = np.append(judge.coef_[0], judge.intercept_)
        if final <= 1:
            share = self._config["passes_on_at_most"]
            final = min(final, float(np.quantile(_trusted(held_out, trust), share)))
        return sharpness, trust, final


def _width(rows: list[list[Any]], known: int | None) -> int:
    """Return how wide the features of a message are together."""
    if known is not None:
        return known
    return max((sum(one.shape[1] for one in each) for each in rows), default=0)


def _stacked(rows: list[list[spmatrix]], width: int) -> csr_matrix:
    """Put counts of shape (1, s) side by side for each message, and the messages below each other.

    scipy's ``hstack`` and ``vstack`` do the same; for one message they cost more than the verdict.
    """
    columns: list[np.ndarray] = [np.empty(0, dtype=np.int32)]
    values: list[np.ndarray] = [np.empty(0, dtype=np.float32)]
    ends = [0]
    for each in rows:
        offset, end = 0, ends[-1]
        for one in each:
            counts = one.tocoo(copy=False)
            columns.append(counts.col + offset)
            values.append(counts.data)
            offset += counts.shape[1]
            end += counts.nnz
        ends.append(end)
    parts = np.concatenate(values).astype(np.float32), np.concatenate(columns), np.array(ends)
    return csr_matrix(parts, shape=(len(rows), width))


def _spread_over(targets: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Return the places of at most so many examples, each intent with its share of them."""
    if len(targets) <= most:
        return np.arange(len(targets))
    shuffled = np.random.RandomState(seed).permutation(len(targets))
    by_intent = shuffled[np.argsort(targets[shuffled], kind="stable")]
    return by_intent[np.linspace(0, len(by_intent) - 1, most).astype(int)]


def _class_weights(targets: np.ndarray, evenness: float) -> dict[int, float]:
    """Return what an example of each class weighs: 1 in one of mean size, more in a rare one."""
    present, sizes = np.unique(targets, return_counts=True)
    return dict(zip(present, (sizes.mean() / sizes) ** evenness, strict=True))


def _best_sharpness(margins: np.ndarray, targets: np.ndarray) -> float:
    """Find the factor under which margins make the best probabilities."""

    def loss(sharpness: float) -> float:
        likelihood = log_softmax(margins * sharpness, axis=1)
        return -float(likelihood[np.arange(len(targets)), targets].mean())

    return float(minimize_scalar(loss, bounds=(0.1, 30), method="bounded").x)


def _logit(likely: np.ndarray) -> np.ndarray:
    return logit(np.clip(likely, 1e-6, 1 - 1e-6))


def _trusted(evidence: np.ndarray, trust: np.ndarray) -> np.ndarray:
    return expit(evidence @ trust[:-1] + trust[-1])


def _nearness(placed: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """Return the mean cosine of each vector and its nearest examples, shape (n,)."""
    nearest = min(_NEIGHBOURS, len(examples))
    cosines = placed @ examples.T
    return np.partition(cosines, -nearest, axis=1)[:, -nearest:].mean(axis=1)


def _weigh_counts(counts: csr_matrix, idf: np.ndarray) -> csr_matrix:
    weighed = counts.copy()
    weighed.data = (1 + np.log(weighed.data)) * idf[weighed.indices]
    return normalize(weighed, copy=False) if weighed.shape[1] else weighed


def _place(meanings: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    placed = (meanings - centre) * scale
    lengths = np.linalg.norm(placed, axis=1, keepdims=True)
    # A message without a vector stays at the origin instead of opposite the centre.
    known = meanings.any(axis=1, keepdims=True)
    return np.where(known, placed / np.maximum(lengths, 1e-9), 0).astype(np.float32)
