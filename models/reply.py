"""What the assistant says in one turn: a text, and choices that can be tapped or named.

One choice model for every door: WeChat shows numbers, the web page buttons, the terminal a list.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Self

_HAN_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMBER = re.compile(
    r"^(?:第|选)?\s*(?P<number>[0-9０-９]{1,2}|[一二]?十[一二三四五六七八九]?|[一二三四五六七八九])"
    r"\s*(?:个|项|条|号)?[。.!！]?$"
)


@dataclass(frozen=True)
class Choice:
    """A possible answer: `title` is what a person reads, `payload` what the assistant gets."""

    title: str
    payload: str


@dataclass(frozen=True)
class Reply:
    """One turn's answer; `choices` hold for this turn only."""

    text: str
    choices: tuple[Choice, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the form in which a reply is stored and sent between processes."""
        return {
            "text": self.text,
            "choices": [{"title": c.title, "payload": c.payload} for c in self.choices],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        choices = tuple(Choice(c["title"], c["payload"]) for c in data.get("choices", ()))
        return cls(data["text"], choices)


def chosen(choices: tuple[Choice, ...], text: str) -> Choice | None:
    """Return the choice that `text` names by its number, its ordinal or its very title."""
    said = text.strip()
    match = _NUMBER.match(said)
    if match:
        position = _position(match["number"])
        return choices[position - 1] if 1 <= position <= len(choices) else None
    return next((choice for choice in choices if choice.title == said), None)


def _position(number: str) -> int:
    if "十" in number:
        tens, _, ones = number.partition("十")
        return 10 * _HAN_DIGITS.get(tens, 1) + _HAN_DIGITS.get(ones, 0)
    return _HAN_DIGITS.get(number) or int(number)
