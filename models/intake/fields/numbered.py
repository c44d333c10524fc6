"""Answers that name lines of a list: 「2」, 「第二个」, 「B」, 「最后一个」, 「1、3和5」."""

import re

_HAN = {word: n for n, word in enumerate("一二三四五六七八九", start=1)}
_ORDINAL = r"\d{1,2}|[一二]?十[一二三四五六七八九]?|[一二三四五六七八九]"
_ONE = rf"第?(?:{_ORDINAL})\s*(?:个|项|号|条|样|种|款|类)?"
_LIST = re.compile(
    rf"^(?:我?选|我?要)?\s*(?P<list>{_ONE}(?:\s*(?:[、,，.和跟与及/;；+]|还有|\s)\s*{_ONE})*)"
    r"\s*(?:都行|都可以|都能干|都会|都有|都是|都要|吧|那个)?[。.!！]?$"
)
_NUMBER = re.compile(_ORDINAL)
_ALONE = re.compile(rf"^(?:我?选|我?要|就?是)?\s*(?P<one>{_ONE})(?:吧|那个|的)*[。.!！,，]?$")
_LETTER = re.compile(r"^(?:我?选|我?要)?\s*(?P<letter>[a-i])(?:项|选项|吧)?[。.!！]?$")
_LAST = re.compile(r"^(?:我?选|要|就)?(?:最后|末尾)(?:一|那)?[个项条样种]?(?:吧)?[。.!！]?$")
_BEHIND = re.compile(
    r"^(?:我?选|要|就)?(?:后面|后边|下面|后)(?:的|那|那一)?[个项条样种]?(?:吧)?[。.!！]?$"
)
_BEFORE = re.compile(
    r"^(?:我?选|要|就)?(?:前面|前边|上面|头)(?:的|那|那一|一)?[个项条样种]?(?:吧)?[。.!！]?$"
)


def numbers_listed(text: str) -> list[int] | None:
    """Return the numbers that folded `text` lists and consists of; None where it does not."""
    match = _LIST.match(text)
    return [_number(one) for one in _NUMBER.findall(match["list"])] if match else None


def number_named(text: str, length: int) -> int | None:
    """Return the line that folded `text` names, in a list of `length` lines."""
    if match := _ALONE.match(text):
        return _number(_NUMBER.search(match["one"])[0])  # type: ignore[index]
    if match := _LETTER.match(text):
        return ord(match["letter"]) - ord("a") + 1
    if _LAST.match(text):
        return length
    if length == 2 and _BEHIND.match(text):
        return 2
    return 1 if _BEFORE.match(text) else None


def _number(word: str) -> int:
    if word.isdecimal():
        return int(word)
    if "十" in word:
        tens, _, ones = word.partition("十")
        return 10 * _HAN.get(tens, 1) + _HAN.get(ones, 0)
    return _HAN[word]
