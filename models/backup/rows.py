"""Rows of any table as lines of JSON, and back: by the schema the database itself tells."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Connection, Date, DateTime, LargeBinary, MetaData, Table, cast, select
from sqlalchemy import Text as SqlText

VERSIONS = "alembic_version"


def tables_of(connection: Connection) -> list[Table]:
    """Return every table there is, referred ones first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [one for one in metadata.sorted_tables if one.name != VERSIONS]


def read_rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Yield a table's rows in the order of its key, as JSON values."""
    # JSON as it stands there: a stored null and no value are not the same.
    columns = [
        cast(column, SqlText).label(column.name) if _is_json(column.type) else column
        for column in table.c
    ]
    found = select(*columns).order_by(*table.primary_key.columns)
    for row in connection.execute(found.execution_options(yield_per=1000)).mappings():
        yield {name: _to_json(value) for name, value in row.items()}


def to_row(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `read_rows` gave as a row that can be inserted."""
    return {name: _from_json(table.c[name].type, value) for name, value in values.items()}


def line_of(values: Mapping[str, Any]) -> bytes:
    """Return a row as a line."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _is_json(kind: Any) -> bool:
    return isinstance(kind, JSON)


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value


def _from_json(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if _is_json(kind):
        return JSON.NULL if value == "null" else json.loads(value)
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return value
