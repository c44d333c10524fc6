"""Kinds of gig work: several may be chosen, by number or by name; other words are kept."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.intake.fields.base import FieldType, Found, Reading, Refused, Said, Taken
from models.intake.wording import bare, command, fold, is_question, without_tokens, words
from models.reply import Choice

OTHER = "其他:"
ANY = "不限"
LONGEST_OTHER = 20
_ONE = r"(?:第)?(?:\d{1,2}|十[一二三四]?|[一二三四五六七八九])\s*(?:个|项|号|条|样)?"
_NUMBERS = re.compile(
    rf"^(?:选|我选|要)?\s*(?P<list>{_ONE}(?:\s*(?:[、,，.和跟与及/;；]|还有|\s)\s*{_ONE})*)"
    r"\s*(?:都行|都可以|都能干|都会)?[。.!！]?$"
)
_ONE_NUMBER = re.compile(r"\d{1,2}|十[一二三四]?|[一二三四五六七八九]")
_HAN_NUMBERS = {word: n for n, word in enumerate("一二三四五六七八九", start=1)}
_SEPARATOR = re.compile(r"[、,，。.;；/\s]|还有|以及|或者|和|跟|与")
_EDGE = re.compile(
    r"^(?:我|俺|咱|还|又|再|会|能|想|可以|也|就|要|干|做|打|找|干点|做点|从事|以前|一直|其他|其它|别的|[:：])+"
    r"|(?:的|活儿|活|之类|啥的|什么的|等|都行|都会|都能干|都可以|了|呢|吧|啊|工作)+$"
)
_HAN = re.compile(r"[\u3400-\u9fff]")


@cache
def _listed() -> dict[str, Any]:
    path = Path(__file__).with_name("work_kinds.yml")
    listed: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return listed


@cache
def _kinds() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((kind["name"], (kind["name"], *kind["words"])) for kind in _listed()["kinds"])


@cache
def _by_word() -> dict[str, str]:
    return {word: name for name, many in _kinds() for word in many}


@cache
def _any_word() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_by_word(), key=len, reverse=True))))


class WorkKinds(FieldType):
    """A list of kinds; what is not on the list is kept as ``其他:…``."""

    code = "work_kinds"

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read numbers of the list, names and synonyms; other short words are taken on trust."""
        text = without_tokens(said.text)
        if bare(text).removeprefix("我") in _listed()["any"]:
            return Taken([ANY])
        numbers = _NUMBERS.match(text)
        if numbers:
            return _by_number([_number(one) for one in _ONE_NUMBER.findall(numbers["list"])])
        found, others = _sorted_out(text)
        if not found and not others:
            return Refused("empty")
        if any(len(other) > LONGEST_OTHER for other in others):
            return Refused("long") if not found else Taken(found)
        return Taken(found + [OTHER + other for other in others], sure=not others)

    def find(self, said: Said) -> Found | None:
        """Find every listed kind that is named."""
        matches = list(_any_word().finditer(said.text))
        if not matches:
            return None
        kinds = _unique([_by_word()[match[0]] for match in matches])
        return Found(tuple(match.span() for match in matches), Taken(kinds))

    def show(self, value: Any) -> str:
        """Return the kinds in one line."""
        return "、".join(str(kind).removeprefix(OTHER) for kind in value)

    def choices(self, known: Any = None, *, missed: bool = False) -> tuple[Choice, ...]:
        """Offer every kind of the list."""
        return tuple(Choice(name, name) for name, _ in _kinds())


def _sorted_out(text: str) -> tuple[list[str], list[str]]:
    """Return the listed kinds in `text`, and the other words that may name a kind."""
    found: list[str] = []
    others: list[str] = []
    for part in _SEPARATOR.split(text):
        named = [_by_word()[match[0]] for match in _any_word().finditer(part)]
        if named:
            found += named
            continue
        other = _EDGE.sub("", _EDGE.sub("", part)).strip()
        if _may_be_work(other, part):
            others.append(other)
    return _unique(found), _unique(others)


def _may_be_work(other: str, part: str) -> bool:
    if not _HAN.search(other) or command(part) or is_question(part):
        return False
    folded = fold(other)
    return not {bare(part), folded} & {*words("not_answers"), *words("agree"), *words("refuse")}


def _by_number(numbers: list[int]) -> Reading:
    kinds = _kinds()
    for number in numbers:
        if not 1 <= number <= len(kinds):
            return Refused("number", {"number": number, "last": len(kinds)})
    return Taken(_unique([kinds[number - 1][0] for number in numbers]))


def _number(word: str) -> int:
    if word.isdecimal():
        return int(word)
    if word.startswith("十"):
        return 10 + _HAN_NUMBERS.get(word[1:], 0)
    return _HAN_NUMBERS[word]


def _unique(many: list[str]) -> list[str]:
    return list(dict.fromkeys(many))
