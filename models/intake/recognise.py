"""Finds the private values in a message, before anybody but us sees it (DESIGN section 9).

The message road swaps what is found here for tokens. Positions are those of the text as it came:
everything is compared through translations that keep one character for one.
"""

from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue, load_catalogue
from models.catalogue.service import ServiceField
from models.draft import WHICH, active_draft
from models.intake.answers import type_of
from models.intake.fields.address import find_addresses
from models.intake.fields.bank_card import find_bank_cards
from models.intake.fields.id_number import find_id_numbers
from models.intake.fields.mobile import find_mobiles
from models.intake.fields.person_name import (
    find_names,
    find_names_beside_numbers,
    has_surname,
)
from models.passing_value import CODE_KIND
from models.private_value import TOKEN, Span
from models.query_code import codes_in

_NAME = "person_name"


def private_spans(
    session: Session, contact_id: int, text: str, catalogue: Catalogue | None = None
) -> list[Span]:
    """Return the private values in a person's message; they do not overlap.

    Query codes, identity-card numbers, bank cards, mobile numbers, full addresses and names that
    people introduce themselves with are always found; while a form asks for a private field, the
    answer to it is found too, even a mistyped one.

    Args:
        session: an open unit of work, or one that only reads.
        contact_id: the person who wrote it.
        text: the message as it came.
        catalogue: the services in force; those of the product when left out.
    """
    catalogue = catalogue or load_catalogue()
    codes = [Span(one.start, one.end, CODE_KIND, one.code) for one in codes_in(text)]
    found = [*find_id_numbers(text), *find_bank_cards(text), *codes]
    asked = [] if catalogue.named(text) else _asked_fields(session, contact_id, catalogue)
    for field, is_open in asked:
        spans = type_of(field).private_spans(text)
        if not is_open and field.type == _NAME:
            # The new name may come alone, as the answer to which one is to be changed.
            spans = [span for span in spans if has_surname(span.value)]
        found += spans
    numbers = [*find_mobiles(text), *find_id_numbers(text)]
    found += [*numbers, *find_addresses(text), *find_names(text)]
    if numbers:
        found += find_names_beside_numbers(text)
    kept = [(match.start(), match.end()) for match in TOKEN.finditer(text)]
    spans = []
    for span in found:
        if not any(span.start < end and start < span.end for start, end in kept):
            spans.append(span)
            kept.append((span.start, span.end))
    return sorted(spans, key=lambda span: span.start)


def _asked_fields(
    session: Session, contact_id: int, catalogue: Catalogue
) -> list[tuple[ServiceField, bool]]:
    """Return the private fields that the message may answer, each with whether it is asked.

    That is the one whose question is open; and while it is asked which answer is to be changed,
    every one whose answers are known by their form, and the name.
    """
    draft = active_draft(session, contact_id)
    if draft is None or draft.service not in catalogue:
        return []
    private = [field for field in catalogue.service(draft.service).fields if field.private]
    if draft.answers.get(WHICH):
        return [(f, False) for f in private if type_of(f).is_strong or f.type == _NAME]
    return [(field, True) for field in private if field.name == draft.asked]
