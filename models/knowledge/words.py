"""Words of texts and questions: jieba words, character pairs, synonyms, how telling a word is.

Search by words compares these terms. A pair of neighbouring characters is a term too (marked by
``#``), because jieba may cut the same phrase in two ways, and so is a single one (``@``), because
people's words and an office's often share no more.
"""

import logging
import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import jieba

from models.knowledge.synonyms import Synonyms, shipped_synonyms

_HERE = Path(__file__).resolve().parent
_TERM = re.compile(r"[0-9a-z\u4e00-\u9fff]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")


@cache
def _tokenizer() -> jieba.Tokenizer:
    # Our own tokenizer: other users of jieba in this process keep their dictionary.
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    for word in (_HERE / "words.txt").read_text(encoding="utf-8").split():
        tokenizer.add_word(word)
    shipped = shipped_synonyms()
    for said in shipped.entries:
        if shipped.names_other_matter(said):
            tokenizer.add_word(said)
    return tokenizer


@dataclass(frozen=True)
class Concept:
    """One thing a question speaks of: its own words, and what policies call it.

    `weight` says how telling it is (0 for words everybody uses, 1 for words nobody knows).
    `is_whole` is set for names of other matters: 结婚登记 is no 登记, so no part of it counts.
    """

    said: str
    words: tuple[str, ...]
    means: tuple[str, ...]
    weight: float
    is_whole: bool = False


def concepts(text: str, synonyms: Synonyms | None = None) -> list[Concept]:
    """Return what a normalised question speaks of; each stretch of it belongs to one concept.

    Args:
        text: a normalised question.
        synonyms: those in force; the shipped ones when left out.
    """
    synonyms = synonyms or shipped_synonyms()
    found: list[Concept] = []
    place = 0
    for match in synonyms.pattern.finditer(text):
        found += _plain(text[place : match.start()])
        said = match[0]
        own = tuple(words(said))
        weight = max((telling(word) for word in own or (said,)), default=0.0)
        means = tuple(dict.fromkeys(words(synonyms.entries[said])))
        is_whole = synonyms.names_other_matter(said)
        found.append(Concept(said, own, means, weight, is_whole))
        place = match.end()
    found += _plain(text[place:])
    return list({concept.said: concept for concept in found}.values())


def words(text: str, *, inner: bool = False) -> list[str]:
    """Return the telling words of a normalised text, in order, repeated as they are.

    Args:
        text: a normalised text.
        inner: also the words inside longer ones, so that 孵化基地 finds 创业孵化基地.
    """
    cut = _tokenizer().cut(text, HMM=False)
    if inner:
        cut = (part for word in cut for part in (word, *_inner(word)))
    stop = _stop_words()
    return [word for word in cut if word not in stop and _TERM.fullmatch(word)]


def han_runs(text: str) -> list[str]:
    """Return the stretches of two or more Chinese characters of a normalised text."""
    return _HAN_RUN.findall(text)


def pairs(text: str) -> list[str]:
    """Return the pairs of neighbouring Chinese characters of a normalised text, marked ``#``."""
    return [
        "#" + run[place : place + 2]
        for run in _HAN_RUN.findall(text)
        for place in range(len(run) - 1)
    ]


def letters(text: str) -> list[str]:
    """Return the telling Chinese characters of a normalised text, each marked ``@``."""
    stop = _stop_letters()
    return ["@" + letter for letter in _HAN.findall(text) if letter not in stop]


def telling(word: str) -> float:
    """Return how much a word says, 0..1, by how rare it is in general Chinese (jieba's counts)."""
    tokenizer = _tokenizer()
    count = tokenizer.FREQ.get(word) or 1
    return math.log(tokenizer.total / count) / math.log(tokenizer.total)


@lru_cache(maxsize=50_000)
def _inner(word: str) -> tuple[str, ...]:
    """Return the dictionary's words inside a longer one."""
    known = _tokenizer().FREQ
    return tuple(
        word[start : start + length]
        for length in range(2, len(word))
        for start in range(len(word) - length + 1)
        if known.get(word[start : start + length])
    )


def _plain(text: str) -> list[Concept]:
    return [Concept(word, (word,), (), telling(word)) for word in words(text)]


@cache
def _stop_letters() -> frozenset[str]:
    """Characters of questions and courtesies, which are in common with anything."""
    return frozenset((_HERE / "stop_letters.txt").read_text(encoding="utf-8").split())


@cache
def _stop_words() -> frozenset[str]:
    """Words that only make a sentence, a question or a courtesy, and name no subject."""
    return frozenset((_HERE / "stop_words.txt").read_text(encoding="utf-8").split())
