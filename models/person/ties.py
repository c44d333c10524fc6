"""Which rows of which tables are a person's: found by following the foreign keys to a contact."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import ColumnElement, Table, or_, select

from models.tables import metadata

# Along these a row is somebody's: to the contact itself, or to what they said and asked for.
_OWNERS = ("contact", "conversation", "request", "message", "note", "handoff")
_CONTACT = metadata.tables["contact"]
_REQUEST = metadata.tables["request"]


def tied() -> list[Table]:
    """Return every table with rows of people, owners before what refers to them."""
    return [table for table in metadata.sorted_tables if table is _CONTACT or _ties(table)]


def is_of_request(table: Table) -> bool:
    """Whether its rows belong to a request: whoever stores requests also erases these."""
    return table is _REQUEST or any(key.column.table is _REQUEST for key in table.foreign_keys)


def theirs(table: Table, contact_ids: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition under which a row of `table` is these contacts'."""
    if table is _CONTACT:
        return table.c.id.in_(contact_ids)
    ways = [
        column.in_(contact_ids)
        if owner is _CONTACT
        else column.in_(select(owner.c.id).where(theirs(owner, contact_ids)))
        for column, owner in _ties(table)
    ]
    return or_(*ways)


@cache
def _ties(table: Table) -> tuple[tuple[ColumnElement[int], Table], ...]:
    """Return the columns by which a row is somebody's; the shortest way to the contact alone."""
    for name in _OWNERS:
        found = tuple(
            (key.parent, key.column.table)
            for key in table.foreign_keys
            if key.column.table.name == name and key.column.table is not table
        )
        if found and table is not _CONTACT:
            return found
    return ()
