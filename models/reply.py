"""What the assistant says in one turn: a text, and choices that can be tapped or named.

One choice model for every door: WeChat shows numbers, the web page buttons, the terminal a list.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Self

_HAN_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_BEFORE = r"(?:我?(?:就|要|选|点|说的是|想要|想办|想问|问的是|还是|那就|办)*)"
_END = r"(?:吧|呀|啊|呗|的)?[\s。.!！,，~～]*$"
_NUMBER = re.compile(
    rf"^{_BEFORE}第?\s*(?P<number>[0-9０-９]{{1,2}}|[一二]?十[一二三四五六七八九]?|[一二三四五六七八九])"
    rf"\s*(?:个|项|条|号|种|样)?(?:那个|那项|那条|那种|这个)?{_END}"
)
_FIRST = re.compile(
    rf"^{_BEFORE}(?:最?(?:前面|上面|前边|上边|前头|上头)(?:的|那)?个?|头一?个|前一个){_END}"
)
_LAST = re.compile(
    rf"^{_BEFORE}(?:最?(?:后面|下面|后边|下边|后头|底下)(?:的|那)?个?|(?:最后|末)(?:那|的|一)*个?|后一个){_END}"
)
_MIDDLE = re.compile(rf"^{_BEFORE}(?:中间|当中)(?:的|那)?个?{_END}")
_THAT_ONE = re.compile(
    rf"^{_BEFORE}(?P<what>.{{1,12}}?)(?:的?(?:那|这)(?:个|项|条|种|样|份)){_END}"
)


@dataclass(frozen=True)
class Choice:
    """A possible answer.

    Attributes:
        title: what a person reads.
        payload: what the assistant gets.
        words: what else names it, when it is the answer to a question (「贷款」).
        path: the page of ours that shows the same; a door with pages links to it.
        picture: the address of a picture on that page: a path of ours, or ``https://…``.
    """

    title: str
    payload: str
    words: tuple[str, ...] = ()
    path: str = ""
    picture: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the form in which a choice is stored and sent between processes."""
        told: dict[str, Any] = {"title": self.title, "payload": self.payload}
        if self.words:
            told["words"] = list(self.words)
        told |= {name: value for name in ("path", "picture") if (value := getattr(self, name))}
        return told

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        words = tuple(data.get("words", ()))
        path, picture = data.get("path", ""), data.get("picture", "")
        return cls(data["title"], data["payload"], words, path, picture)


@dataclass(frozen=True)
class Reply:
    """One turn's answer; `choices` hold for this turn only.

    `begins` is the code of the service whose form it opens: a door that has a form of its own for
    it may show that as well.
    """

    text: str
    choices: tuple[Choice, ...] = field(default=())
    begins: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the form in which a reply is stored and sent between processes."""
        told = {"text": self.text, "choices": [choice.as_json() for choice in self.choices]}
        return {**told, "begins": self.begins} if self.begins else told

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        choices = tuple(map(Choice.from_json, data.get("choices", ())))
        return cls(data["text"], choices, data.get("begins", ""))


def chosen(choices: tuple[Choice, ...], text: str) -> Choice | None:
    """Return the choice that `text` names.

    A lone choice has no number: 「1」 is an answer to what was asked, not a wish for it.

    A choice is named by its number, its place (「第二个」, 「后面那个」), its very title, one of
    its words, or by something that only its title or words hold (「贷款那个」).
    """
    said = text.strip()
    position = _position(said, len(choices))
    if position is not None:
        is_there = len(choices) > 1 and 1 <= position <= len(choices)
        return choices[position - 1] if is_there else None
    plain = re.sub(_END, "", said)
    for name in dict.fromkeys((said, plain)):
        named = [one for one in choices if name == one.title] or [
            one for one in choices if name in one.words
        ]
        if named:
            return named[0]
    that = _THAT_ONE.match(said)
    if that is None:
        return None
    meant = [
        one for one in choices if any(that["what"] in name for name in (one.title, *one.words))
    ]
    return meant[0] if len(meant) == 1 else None


def names_position(text: str) -> bool:
    """Whether `text` is nothing but a number or place on a list (「第二个」, 「后面那个」)."""
    said = text.strip()
    return any(shape.match(said) for shape in (_NUMBER, _FIRST, _LAST, _MIDDLE))


def _position(said: str, last: int) -> int | None:
    """Return the place that `said` names among `last` choices, counted from 1."""
    match = _NUMBER.match(said)
    if match:
        return _number(match["number"])
    if last < 2:
        return None
    if _FIRST.match(said):
        return 1
    if _LAST.match(said):
        return last
    return (last + 1) // 2 if last % 2 and _MIDDLE.match(said) else None


def _number(number: str) -> int:
    if "十" in number:
        tens, _, ones = number.partition("十")
        return 10 * _HAN_DIGITS.get(tens, 1) + _HAN_DIGITS.get(ones, 0)
    return _HAN_DIGITS.get(number) or int(number)
