"""Bring the many ways of writing one question together before it is compared with anything.

The rules are those of Rasa's own step (``bot/components/normalisation.py``; the two environments
cannot share code, but they read the same signs): equal results mean that both processes share one
cached embedding. A difference costs 20 ms, never an answer.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

import opencc
from opencc import OpenCC

from models.private_value import KINDS
from models.settings import ROOT

_PRIVATE_TOKEN = re.compile(rf"〔({'|'.join(KINDS)})(?:#\d+)?〕")
_SIGNS_FILE = ROOT / "nlu_data" / "signs.txt"


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
_REPEATED_LETTER = re.compile(r"([^\W\d_])\1{2,}")
_UNREADABLE = frozenset(("Cc", "Cf", "Co", "Cs", "Cn", "So", "Sk", "Mn", "Me"))
_SIMPLIFY = OpenCC("t2s")
_PASSES = 4


class _Visible(dict[int, str]):
    """What becomes of each character: breaks are spaces, decoration is gone; for `translate`."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        if char in "\t\n\r" or category in ("Zs", "Zl", "Zp"):
            kept = " "
        else:
            kept = "" if category in _UNREADABLE else char
        self[code] = kept
        return kept


_VISIBLE = _Visible()


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Return the one form that differently written texts share; possibly empty.

    Width (NFKC), case, traditional characters, invisible marks, emoji, spaces beside Chinese
    characters and repeated characters are levelled; numbers never change.
    """
    # One rule may open the way for another (a space gone brings equal letters together).
    for _ in range(_PASSES):
        again = _normalise_once(text)
        if again == text:
            break
        text = again
    return text


def _normalise_once(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    # A decoration leaves a gap, or what stood around it might make a new sign.
    text = _SIGN.sub(lambda sign: _SIGNS[sign[0]] or " ", text)
    text = text.translate(_VISIBLE)
    text = _STICKER.sub(" ", text)
    # Converting is slow and most texts have nothing to convert.
    if not _traditional().isdisjoint(text):
        text = _SIMPLIFY.convert(text)
    text = _PRIVATE_TOKEN.sub(r"〔\1〕", text)
    text = _SPACE.sub(" ", text)
    text = _SPACE_BESIDE_HAN.sub("", text)
    text = _REPEATED_PUNCTUATION.sub(r"\1", text)
    text = _REPEATED_LETTER.sub(r"\1", text)
    return text.strip()


@cache
def _traditional() -> frozenset[str]:
    """Return the characters without which OpenCC has nothing to convert."""
    folder = Path(opencc.__file__).parent / "dictionary"
    found: set[str] = set()
    for name in ("TSCharacters.txt", "TSPhrases.txt"):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            written, _, simplified = line.partition("\t")
            found |= set(written) - set(simplified.split(" ")[0])
    return frozenset(found)
