"""The words of the form itself, read from ``wording.yml``: questions around questions.

What a service asks is worded in its own file; here is what every form says and understands.
"""

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from opencc import OpenCC

from models.private_value import KINDS

_FILE = Path(__file__).with_name("wording.yml")
_TOKEN = re.compile(rf"〔({'|'.join(KINDS)})#\d+〕")
_INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Cn", "So", "Sk", "Mn", "Me")
# What may stand behind a command without changing it: 「算了吧。」「好的呀！」.
_TAIL = re.compile(r"[\s,.!;:~，。！；：～…、]+$")
_LONGEST_PATTERN = 30
_PARTICLES = re.compile(r"(?:吧|了吧|呀|啊|哈|呗|哦|噢|嘛|啦|咯|喽|哎|唉)+$")


@cache
def _wording() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return words


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def phrase(name: str, **values: object) -> str:
    """Return one of the form's phrases, filled in.

    Raises:
        KeyError: there is no such phrase, or a value for it is missing.
    """
    text: str = _wording()["phrases"][name]
    return text.format(**values)


def title(name: str) -> str:
    """Return the words on a choice that every form offers."""
    text: str = _wording()["titles"][name]
    return text


def error_text(type_code: str, error: str, **values: object) -> str:
    """Return a field type's own words for a mistake."""
    text: str = _wording()["errors"][type_code][error]
    return text.format(**values)


def error_names(type_code: str) -> frozenset[str]:
    """Return the mistakes a field type can name."""
    return frozenset(_wording()["errors"][type_code])


@cache
def words(name: str) -> tuple[str, ...]:
    """Return one of the word lists, the longest words first."""
    return tuple(sorted(_wording()["words"][name], key=len, reverse=True))


@lru_cache(maxsize=256)  # one message is folded by every kind of answer in turn
def fold(text: str) -> str:
    """Return `text` as it is compared: half width, simplified, no signs that cannot be read."""
    # The circle that stands for a zero is a sign by Unicode, and would be dropped as one.
    text = unicodedata.normalize("NFKC", text).replace("○", "〇")
    kept = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or unicodedata.category(char) not in _INVISIBLE
    )
    return " ".join(_simplifier().convert(kept).lower().split())


def bare(text: str) -> str:
    """Return `text` folded, without spaces, closing punctuation and particles."""
    said = fold(text).replace(" ", "")
    previous = None
    while said != previous:
        previous = said
        said = _TAIL.sub("", said)
        if len(said) > 2:
            said = _PARTICLES.sub("", said) or said
    return said


@cache
def _commands() -> dict[str, str]:
    return {
        said: intent for intent, many in _wording()["commands"].items() for said in map(bare, many)
    }


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (intent, re.compile("|".join(f"(?:{one})" for one in many)))
        for intent, many in _wording()["patterns"].items()
    )


def command(text: str) -> str | None:
    """Return the intent that `text` as a whole names beyond doubt, such as 「算了」.

    A token counts by its kind: 〔查询码〕.
    """
    said = bare(_TOKEN.sub(r"〔\1〕", text))
    named = _commands().get(said)
    if named is None and len(said) <= _LONGEST_PATTERN:
        named = next((name for name, shape in _patterns() if shape.fullmatch(said)), None)
    return named


_SOFT_TAIL = re.compile(r"[,，]?(?:行|可以|对|好|成|中|能行)(?:吗|么|不|不行|嘛)?[?？]*$")
# 「照还没办呢」, 「正找着呢」, 「没啥生意」 tell how things are.
_TOLD = re.compile(
    r"(?<!有)没(?:啥|什么|多少|谁|几[个天家年])|"
    r"(?:还|没|正|在|着)[^,，。;；吗?？]{0,8}呢(?=[,，。;；]|$)|着呢$"
)
_ANY = re.compile(
    r"(?:哪|啥|什么|几|多少|怎么|咋|谁)[^,，。;；?？]{0,6}?(?:都|也)(?:行|可以|成|中|好|干|能|会|去|有|没)"
)
_QUESTION = re.compile(
    r"[?？]|吗|多少|多久|多长|怎么|怎样|咋|啥|什么|哪|谁|几(?:点|号|天|个|时|家|年|月)|为何|如何|"
    r"能不能|可不可以|是不是|有没有|要不要|用不用|行不行|会不会|需不需要|呢$|么$"
)
# 「大学生也能办不」, 「有补贴没，我想问问」: a no that closes a clause asks; 「还没」 answers.
_ASKS_AT_END = re.compile(r"(?P<before>[^,，。;；]+)(?:不|没)(?=[,，。;；]|$)")


def is_question(text: str) -> bool:
    """Whether somebody asks here; 「哪都行」 and 「沈阳铁西行吗」 are answers."""
    said = _TOLD.sub("", _SOFT_TAIL.sub("", _ANY.sub("", bare(text))))
    if _QUESTION.search(said) is not None:
        return True
    return any(
        not match["before"].endswith(words("plain_no_behind"))
        for match in _ASKS_AT_END.finditer(said)
    )


def without_tokens(text: str) -> str:
    """Return `text` with the tokens of private values taken out."""
    return _TOKEN.sub("", text)
