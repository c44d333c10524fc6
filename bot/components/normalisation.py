"""Bring the many ways of writing one thing together before it is understood.

People write full-width, traditional, spaced-out, shouted and decorated text. Everything that
learns or compares reads the normalised text; the message itself keeps the words as they came.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from opencc import OpenCC
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

NORMALISED_TEXT = "normalised_text"
"""Message key under which later components, and the action server, find the normalised text."""

PRIVATE_TOKEN = re.compile(
    r"〔(手机号|身份证号|银行卡号|姓名|地址|原话|查询码|回执|链接)(?:#\d+)?〕"
)
"""What the message road puts in place of private data; the number names the stored value."""

_SIGNS_FILE = Path(__file__).resolve().parents[2] / "nlu_data" / "signs.txt"


def _signs() -> dict[str, str]:
    """Return what each sign says; a lone emoji or sticker code is an answer, too."""
    lines = _SIGNS_FILE.read_text(encoding="utf-8").splitlines()
    parted = (line.partition("\t") for line in lines if not line.startswith("# "))
    return {sign: meaning for sign, _, meaning in parted}


def _any_of(signs: Iterable[str]) -> re.Pattern[str]:
    """Match any of the signs, the longest first; one that ends in a digit eats no number."""
    longest_first = sorted(signs, key=len, reverse=True)
    return re.compile(
        "|".join(
            re.escape(sign) + (r"(?!\d)" if sign[-1].isdigit() else "") for sign in longest_first
        )
    )


_SIGNS = _signs()
_SIGN = _any_of(_SIGNS)
_STICKER = re.compile(r"\[[a-z\u4e00-\u9fff]{1,4}\]")
_SPACE = re.compile(r"\s+")
_SPACE_BESIDE_HAN = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
# Digits are left alone: 1000 and 138000 mean what they say.
_REPEATED_PUNCTUATION = re.compile(r"([^\w\s〔〕])\1+")
_BUTTON_PAYLOAD = re.compile(r"/[a-z_]+(\{.*\})?\s*$", re.DOTALL)
_REPEATED_LETTER = re.compile(r"([^\W\d_])\1{2,}")

_SIMPLIFY = OpenCC("t2s")
_PASSES = 4


def _visible(char: str) -> str:
    """Keep what can be read, turn breaks into spaces, drop decoration and invisible marks."""
    if char in "\t\n\r":
        return " "
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Co", "Cs", "Cn", "So", "Sk", "Mn", "Me"):
        return ""
    return " " if category in ("Zs", "Zl", "Zp") else char


def _normalise_once(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    # A decoration leaves a gap, or what stood around it might make a new sign.
    text = _SIGN.sub(lambda sign: _SIGNS[sign[0]] or " ", text)
    text = "".join(map(_visible, text))
    text = _STICKER.sub(" ", text)
    text = _SIMPLIFY.convert(text)
    text = PRIVATE_TOKEN.sub(r"〔\1〕", text)
    text = _SPACE.sub(" ", text)
    text = _SPACE_BESIDE_HAN.sub("", text)
    text = _REPEATED_PUNCTUATION.sub(r"\1", text)
    text = _REPEATED_LETTER.sub(r"\1", text)
    return text.strip()


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Return the one form that differently written texts share.

    Width (NFKC), case, traditional characters (OpenCC t2s), invisible marks, emoji, spaces
    around Chinese characters and repeated characters are levelled; digits never change in
    number. A private token such as ``〔手机号#12〕`` becomes ``〔手机号〕``: its kind matters, not
    whose number it is. The brackets tell it from the plain word in 「改一下手机号」.

    Args:
        text: any text a person may send.

    Returns:
        The normalised text, possibly empty. Normalising it again changes nothing.
    """
    # One rule may open the way for another (a space gone brings equal letters together).
    for _ in range(_PASSES):
        again = _normalise_once(text)
        if again == text:
            break
        text = again
    return text


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class TextNormaliser(GraphComponent):
    """Pipeline step that puts the normalised text beside the original one."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TextNormaliser:
        """Build the step; it has nothing to configure or to store."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set ``normalised_text`` on every message that has a text.

        It is an output property: it travels with the parse result to the action server, which
        can look up the embedding of the very same text. The payload of a button, such as
        ``/ask_policy{"clause": "12"}``, has no words to understand: Rasa reads it at the end of
        the pipeline.
        """
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str):
                words = "" if _BUTTON_PAYLOAD.match(text) else normalise(text)
                message.set(NORMALISED_TEXT, words, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalise the training examples in the same way."""
        self.process(training_data.training_examples)
        return training_data
