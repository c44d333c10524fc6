"""Finds the private values in a message, before anybody but us sees it (DESIGN section 9).

The message road swaps what is found here for tokens. Positions are those of the text as it came:
everything is compared through translations that keep one character for one.
"""

import re
from datetime import date

from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue, load_catalogue
from models.draft import WHICH, active_draft
from models.intake.fields import FIELD_TYPES
from models.intake.fields.mobile import digits_of, find_mobiles
from models.intake.fields.person_name import find_names, has_surname
from models.private_value import TOKEN, Span

_GAP = r"[\s\-－—.．·]?"
_IDENTITY = re.compile(rf"(?<![0-9])[1-9](?:{_GAP}[0-9]){{16}}{_GAP}[0-9XxＸｘ](?![0-9])")
_CARD = re.compile(rf"(?<![0-9])[1-9](?:{_GAP}[0-9]){{15,18}}(?![0-9])")
_CLEAN = re.compile(r"[^0-9Xx]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def private_spans(
    session: Session, contact_id: int, text: str, catalogue: Catalogue | None = None
) -> list[Span]:
    """Return the private values in a person's message; they do not overlap.

    Mobile numbers, identity-card numbers (18 characters, GB 11643 check), bank cards (Luhn) and
    names that people introduce themselves with are always found; while a form asks for a private
    field, the answer to it is found too, even a mistyped one.

    Args:
        session: an open unit of work, or one that only reads.
        contact_id: the person who wrote it.
        text: the message as it came.
        catalogue: the services in force; those of the product when left out.
    """
    asked = _asked_type(session, contact_id, catalogue or load_catalogue())
    found = [
        *_identities(text),
        *_cards(text),
        *find_mobiles(text),
        *(FIELD_TYPES[asked].private_spans(text) if asked else ()),
        *find_names(text),
    ]
    if asked is None and _asks_which(session, contact_id):
        # The new name may come alone, as the answer to which one is to be changed.
        found += [
            span
            for span in FIELD_TYPES["person_name"].private_spans(text)
            if has_surname(span.value)
        ]
    kept = [(match.start(), match.end()) for match in TOKEN.finditer(text)]
    spans: list[Span] = []
    for span in found:
        if not any(span.start < end and start < span.end for start, end in kept):
            spans.append(span)
            kept.append((span.start, span.end))
    return sorted(spans, key=lambda span: span.start)


def _asks_which(session: Session, contact_id: int) -> bool:
    """Whether it is being asked which answer of a form is to be changed."""
    draft = active_draft(session, contact_id)
    return draft is not None and bool(draft.answers.get(WHICH))


def _asked_type(session: Session, contact_id: int, catalogue: Catalogue) -> str | None:
    """Return the type of the private field whose question is open, if one is."""
    draft = active_draft(session, contact_id)
    if draft is None or draft.service not in catalogue:
        return None
    for field in catalogue.service(draft.service).fields:
        if field.name == draft.asked and field.private:
            return field.type
    return None


def _identities(text: str) -> list[Span]:
    folded = digits_of(text)
    found = []
    for match in _IDENTITY.finditer(folded):
        number = _CLEAN.sub("", match[0].replace("Ｘ", "X").replace("ｘ", "X")).upper()
        if is_identity_number(number) or _has_birthday(number):
            found.append(Span(match.start(), match.end(), "身份证号", number))
    return found


def is_identity_number(number: str) -> bool:
    """Whether `number` is an identity-card number with its right last character (GB 11643)."""
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number) or not _has_birthday(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[17]


def _has_birthday(number: str) -> bool:
    """Whether a birthday stands where one belongs: a mistyped number is private all the same."""
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return 1900 <= born.year <= date.today().year


def _cards(text: str) -> list[Span]:
    found = []
    for match in _CARD.finditer(digits_of(text)):
        number = _CLEAN.sub("", match[0])
        if _passes_luhn(number):
            found.append(Span(match.start(), match.end(), "银行卡号", number))
    return found


def _passes_luhn(number: str) -> bool:
    doubled = (int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(number)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
