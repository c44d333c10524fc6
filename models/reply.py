"""What the assistant says in one turn: a text, and choices that can be tapped or named.

One choice model for every door: WeChat shows numbers, the web page buttons, the terminal a list.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Self

_ORDINALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMBER = re.compile(r"^(?:第|选)?\s*([1-9一二三四五六七八九])\s*(?:个|项|条|号)?[。.!！]?$")


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
    number = _NUMBER.match(said)
    if number:
        digit = number[1]
        position = _ORDINALS.get(digit) or int(digit)
        return choices[position - 1] if position <= len(choices) else None
    return next((choice for choice in choices if choice.title == said), None)
