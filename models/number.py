"""The numbers people quote on the phone: two letters, the day in China, five digits."""

import re
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.working_days import china_today

_TRIES = 10
_NUMBER = re.compile(r"[A-Z]{2}\d{6}-\d{5}(?:-\d)?", re.IGNORECASE)
Row = TypeVar("Row", bound=Any)


def store_numbered(
    session: Session,
    row: Row,
    prefix: str,
    take: Callable[[str], None],
    instead: Callable[[], Row | None] = lambda: None,
) -> Row:
    """Store a new row under a number nobody has; numbers tell nothing about how many there are.

    Args:
        session: the open unit of work.
        row: not stored yet.
        prefix: two letters.
        take: writes a drawn number into the row.
        instead: looks for the row that stands in the way when the row cannot be stored.

    Returns:
        The stored row, or what `instead` found.
    """
    for last_try in (*[False] * (_TRIES - 1), True):
        take(f"{prefix}{china_today():%y%m%d}-{secrets.randbelow(100_000):05d}")
        try:
            with session.begin_nested():
                session.add(row)
            return row
        except IntegrityError:
            if row in session:
                session.expunge(row)
            found = instead()
            if found is not None:
                return found
            # Drawing ten taken numbers in a row does not happen: something else is wrong.
            if last_try:
                raise
    raise AssertionError("unreachable")


def number_in(text: str) -> str | None:
    """Return the number that a text names, if it does."""
    match = _NUMBER.search(text)
    return None if match is None else match[0].upper()
