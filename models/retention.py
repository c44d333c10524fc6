"""Retention: what is kept how long, as data (``retention.yml``), and the nightly end of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import ColumnElement, Table, and_, delete, func, null, or_, select, update

from models.database import Database, utc_now
from models.tables import metadata

# One transaction keeps other writers waiting on SQLite.
_BATCH = 500
_LATE = timedelta(days=2)


class Rule(BaseModel):
    """How long the rows of a table, or some of their columns, are kept.

    Attributes:
        title: what it is, for people.
        since: the column the time is counted from; None where the rule is enforced elsewhere.
        only: the rows it is about, by column.
        clear: the columns that are emptied; without any the rows are deleted.
        enforced: the module that sees to it, where that is not this one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    table: str
    why: str
    days: int | None = Field(None, ge=1)
    hours: int | None = Field(None, ge=1)
    since: str | None = None
    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    clear: tuple[str, ...] = ()
    enforced: str | None = None

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        table = metadata.tables.get(self.table)
        if table is None:
            raise ValueError(f"there is no table {self.table}")
        for name in (self.since, *self.only, *self.clear):
            if name is not None and name not in table.c:
                raise ValueError(f"{self.table} has no column {name}")
        if self.since is not None and self.lasts is None:
            raise ValueError(f"{self.title}: how long?")
        return self

    @property
    def lasts(self) -> timedelta | None:
        """How long it is kept; None for good, or until the person has it erased."""
        if self.days is None and self.hours is None:
            return None
        return timedelta(days=self.days or 0, hours=self.hours or 0)

    @property
    def told(self) -> str:
        """How long, for people."""
        if self.lasts is None:
            return "长期"
        return f"{self.hours} 小时" if self.hours else f"{self.days} 天"


@cache
def load_rules() -> tuple[Rule, ...]:
    """Read the rules once.

    Raises:
        ValueError: a rule names what there is not.
    """
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    return tuple(Rule.model_validate(one) for one in yaml.safe_load(text)["rules"])


def keep_no_longer(database: Database, now: datetime | None = None) -> dict[str, int]:
    """Delete or empty what has had its time; returns how many rows of each table."""
    now = now or utc_now()
    done: dict[str, int] = {}
    for rule in load_rules():
        if rule.since is not None:
            count = sum(_batches(database, rule, now))
            if count:
                done[rule.table] = done.get(rule.table, 0) + count
    return done


def overdue(database: Database, now: datetime | None = None) -> list[Rule]:
    """Return the rules by which something is still there days after its time."""
    late = (now or utc_now()) - _LATE
    with database.reading() as session:
        return [
            rule
            for rule in load_rules()
            if rule.since is not None
            and session.scalar(
                select(func.count()).select_from(_table(rule)).where(_is_over(rule, late))
            )
        ]


def _batches(database: Database, rule: Rule, now: datetime) -> Iterator[int]:
    table = _table(rule)
    key = table.primary_key.columns.values()[0]
    while True:
        with database.unit_of_work() as session:
            found = session.scalars(select(key).where(_is_over(rule, now)).limit(_BATCH)).all()
            if not found:
                return
            if rule.clear:
                nothing: dict[str, Any] = {name: null() for name in rule.clear}
                session.execute(update(table).where(key.in_(found)).values(nothing))
            else:
                session.execute(delete(table).where(key.in_(found)))
            yield len(found)


def _is_over(rule: Rule, now: datetime) -> ColumnElement[bool]:
    table = _table(rule)
    assert rule.since is not None
    assert rule.lasts is not None
    is_over = [table.c[rule.since] < now - rule.lasts]
    is_over += [table.c[name].in_(values) for name, values in rule.only.items()]
    if rule.clear:
        is_over.append(or_(*(table.c[name].is_not(None) for name in rule.clear)))
    return and_(*is_over)


def _table(rule: Rule) -> Table:
    return metadata.tables[rule.table]
