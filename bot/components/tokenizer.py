"""Cut normalised Chinese text into words, knowing the words of this trade."""

from __future__ import annotations

import logging
from typing import Any

import jieba
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.normalisation import NORMALISED_TEXT, PRIVATE_TOKEN, normalise

jieba.setLogLevel(logging.WARNING)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class ChineseTokenizer(JiebaTokenizer):
    """Rasa's jieba tokenizer on the normalised text, with private tokens kept whole.

    ``dictionary_path`` names a folder of jieba dictionaries; they are stored with the model.
    Token positions count in the normalised text.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults of Rasa's jieba tokenizer."""
        return JiebaTokenizer.get_default_config()

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Cut one attribute of a message into tokens that cover all but its spaces."""
        text = message.get(NORMALISED_TEXT) if attribute == TEXT else None
        if text is None:
            text = normalise(message.get(attribute))
        tokens: list[Token] = []
        start = 0
        for private in PRIVATE_TOKEN.finditer(text):
            tokens += _words(text[start : private.start()], start)
            tokens.append(Token(private[0], private.start()))
            start = private.end()
        tokens += _words(text[start:], start)
        return self._apply_token_pattern(tokens)


def _words(text: str, offset: int) -> list[Token]:
    return [Token(word, offset + start) for word, start, _ in jieba.tokenize(text) if word.strip()]
