"""Mobile numbers of mainland China, as people type and say them."""

import re
from collections.abc import Sequence
from typing import Any

from models.intake.fields.base import FieldType, Found, Reading, Refused, Said, Taken
from models.private_value import Span

KIND = "手机号"
VALID = re.compile(r"^1[3-9]\d{9}$")

# One character for one, so that positions in the original text stay right: NFKC would change
# lengths elsewhere in a text. 幺, 洞, 拐 and 勾 are how digits are said aloud.
_SPOKEN = (
    "零〇○洞",
    "一壹幺",
    "二贰两俩",
    "三叁",
    "四肆",
    "五伍",
    "六陆",
    "七柒拐",
    "八捌",
    "九玖勾",
)
_DIGITS = str.maketrans({char: str(n) for n, many in enumerate(_SPOKEN) for char in many})
# No comma: it stands between two answers.
_GAP = r"[\s\-－—–‐·.．()（）_]{0,3}"
_PREFIX = rf"(?:(?:[+＋]|00|００)?86{_GAP})?"
_NUMBER = re.compile(rf"(?<!\d){_PREFIX}(?P<number>1(?:{_GAP}\d){{10}})(?!-?\d)")
_MISTYPED = re.compile(rf"\d(?:{_GAP}\d){{6,19}}")
_MORE_BEHIND = re.compile(
    rf"{_GAP}(?P<more>\d{{1,8}})(?!\d|\s*(?:[点号月日天岁个小年元块周:：、.]|{_GAP}\d))"
)
_MORE_BEFORE = re.compile(rf"(?<!\d)(?P<more>\d{{1,8}}){_GAP}$")
_NO_PHONE = re.compile(
    r"(?:没有?|没得|不用|不会用|丢了?|坏了)(?:自己的|个|智能)?(?:手机|电话|号码|号)|手机(?:丢了|坏了|没了|停机)"
)
_NOT_DIGITS = re.compile(r"\D")
_WORD = re.compile(r"[^\W\d_]")
# Fewer digits among words are no number that was meant as one.
_FEWEST = 7


def digits_of(text: str) -> str:
    """Return `text` with every digit, however written or said, as an ASCII digit.

    The result has the length of `text`: positions in one are positions in the other.
    """
    return "".join(str(int(char)) if char.isdecimal() else char for char in text.translate(_DIGITS))


def find_mobiles(text: str) -> list[Span]:
    """Return every mobile number in `text`, spaced, dashed, full-width or in words."""
    found = []
    for match in _NUMBER.finditer(digits_of(text)):
        value = _NOT_DIGITS.sub("", match["number"])
        if VALID.match(value):
            found.append(Span(match.start(), match.end(), KIND, value))
    return found


def mask_mobile(value: str) -> str:
    """Return a number as it may be shown: ``138****0000``."""
    return f"{value[:3]}****{value[-4:]}" if len(value) == 11 else "****"


class Mobile(FieldType):
    """A mobile number, stored as eleven digits."""

    code = "mobile"
    token_kind = KIND
    always_private = True
    is_strong = True

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read a number; a mistake says how many digits were counted."""
        tokens = said.values(KIND)
        values = {value for _, _, value in tokens}
        if len(values) > 1:
            return Refused("several", is_final=True)
        if values:
            start, end, value = tokens[0]
            return _too_long(said.text, start, end, value) or _check(value)
        spans = find_mobiles(said.text)
        if len({span.value for span in spans}) > 1:
            return Refused("several", is_final=True)
        if spans:
            span = spans[0]
            return _too_long(said.text, span.start, span.end, span.value) or Taken(span.value)
        digits = _NOT_DIGITS.sub("", digits_of(said.text))
        if len(digits) < _FEWEST and _WORD.search(digits_of(said.text)):
            digits = ""  # 「一天两百」 has numbers in it, and none of a phone
        return Refused("no_phone") if not digits and _NO_PHONE.search(said.text) else _check(digits)

    def near_miss(self, said: Said) -> Refused | None:
        """Hear a number that was meant as one and has too many or too few digits."""
        if not said.values(KIND) and not _MISTYPED.search(digits_of(said.text)):
            return None
        reading = self.read(said)
        return reading if isinstance(reading, Refused) else None

    def find(self, said: Said) -> Sequence[Found]:
        """Find every number."""
        numbers = said.values(KIND) or [
            (span.start, span.end, span.value) for span in find_mobiles(said.text)
        ]
        return [
            Found(((start, end),), Taken(value))
            for start, end, value in numbers
            if VALID.match(value) and not _too_long(said.text, start, end, value)
        ]

    def show(self, value: Any) -> str:
        """Return the number masked."""
        return mask_mobile(str(value))

    def private_spans(self, text: str) -> list[Span]:
        """Hide mistyped numbers too: all but a digit of somebody's number is still private."""
        right = find_mobiles(text)
        taken = [(span.start, span.end) for span in right]
        wrong = [
            Span(match.start(), match.end(), KIND, _NOT_DIGITS.sub("", match[0]))
            for match in _MISTYPED.finditer(digits_of(text))
            if not any(match.start() < end and start < match.end() for start, end in taken)
        ]
        return right + wrong


def _too_long(text: str, start: int, end: int, value: str) -> Refused | None:
    """Return the mistake of a number with more digits around it: which ones are meant is asked."""
    digits = digits_of(text)
    behind = _MORE_BEHIND.match(digits, end)
    before = _MORE_BEFORE.search(digits, 0, start)
    more = sum(len(one["more"]) for one in (behind, before) if one)
    return Refused("count", {"count": len(value) + more}, is_final=True) if more else None


def _check(digits: str) -> Reading:
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and len(digits) == 11 + len(prefix):
            digits = digits.removeprefix(prefix)
    if not digits:
        return Refused("none")
    if VALID.match(digits):
        return Taken(digits)
    if digits[0] == "0" and 10 <= len(digits) <= 12:
        return Refused("landline")
    if len(digits) != 11:
        return Refused("count", {"count": len(digits)})
    return Refused("start")
