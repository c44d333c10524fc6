"""Query codes: the one key to an anonymous request, drawn here and read however it is written.

People copy a code from a picture: small letters, full width, a space or nothing for the hyphen.
No letter or digit is used that looks like another.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_HALF = 4
_ONE = "[2-9A-HJKMNP-Z]"
# What people write, or their keyboard or a copied text puts, where the hyphen stands.
_BREAK = r"[\s\u200b\u2060\ufeff_.·~\u2010-\u2015\u2212-]{0,3}"
CODE = re.compile(
    rf"(?<![0-9A-Z])(?=[0-9-]*[A-Z]){_ONE}{{4}}-{_ONE}{{4}}(?![0-9A-Z])", re.IGNORECASE | re.ASCII
)
"""A query code as it is shown. One letter at least: four digits and four are a telephone."""
# Without its hyphen a code has a digit, too: eight letters may be a word. Some older codes have
# none; they are read so where the message says that it has a code.
_LOOSE = re.compile(
    rf"(?<![0-9A-Z]){_ONE}{{4}}{_BREAK}{_ONE}{{4}}(?![0-9A-Z])", re.IGNORECASE | re.ASCII
)
_LETTER, _DIGIT = re.compile("[A-Z]"), re.compile("[2-9]")
_NAMED = "查询码"


@dataclass(frozen=True)
class FoundCode:
    """A code in a text: characters `start` to `end`, and the code as it was shown."""

    start: int
    end: int
    code: str


def draw_code() -> str:
    """Return a new code. It has a letter and a digit, so that it is read without its hyphen."""
    while True:
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(2 * _HALF))
        if _LETTER.search(drawn) and _DIGIT.search(drawn):
            return f"{drawn[:_HALF]}-{drawn[_HALF:]}"


def codes_in(text: str) -> list[FoundCode]:
    """Return the query codes in a text, at their places in the text as it came."""
    plain = "".join(map(_narrow, text))
    is_named = _NAMED in text
    found = []
    for match in _LOOSE.finditer(plain):
        signs = "".join(char for char in match[0].upper() if char in _LETTERS)
        has_digit = _DIGIT.search(signs) is not None
        if _LETTER.search(signs) and (has_digit or is_named or CODE.fullmatch(match[0])):
            code = f"{signs[:_HALF]}-{signs[_HALF:]}"
            found.append(FoundCode(match.start(), match.end(), code))
    return found


def _narrow(char: str) -> str:
    """Return a character in half width; one stays one, so that places stay right."""
    narrow = unicodedata.normalize("NFKC", char)
    return narrow if len(narrow) == 1 else char
