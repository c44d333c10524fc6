"""Offerings from a file (CSV or YAML) into the database: all of it, or nothing and what to mend.

A row of a CSV file is an offering with one of its times; rows of the same number are one
offering with several. The same file again changes nothing, a changed one changes what differs.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import utc_now
from models.offering.drafting import (
    COLUMNS,
    SLOT_COLUMNS,
    OfferingDraft,
    SlotDraft,
    overlaps,
    read_offering,
    read_slot,
)
from models.offering.offering import Offering, Slot

FILE_BYTES = 10 * 1024 * 1024
_BY_HEADING = {heading: key for key, heading in (COLUMNS | SLOT_COLUMNS).items()}
_HEADINGS = COLUMNS | SLOT_COLUMNS
_TIMES = "场次"


class UnreadableFileError(ValueError):
    """A file that cannot be read at all; the text is for people."""


class Outcome(StrEnum):
    """What became of one offering of a file."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Problem:
    """One mistake: its line, counted from 1, its column, and what to mend."""

    line: int
    column: str
    why: str

    def __str__(self) -> str:
        return f"第 {self.line} 行「{self.column}」：{self.why}"


def read_file(path: Path) -> tuple[list[OfferingDraft], list[Problem]]:
    """Return the offerings of a file, and every mistake in it.

    Raises:
        UnreadableFileError: it is no CSV or YAML file, or has no such columns.
    """
    return read_content(path.read_bytes(), path.name)


def read_content(content: bytes, name: str) -> tuple[list[OfferingDraft], list[Problem]]:
    """Return the offerings of a file's content, and every mistake in it.

    Raises:
        UnreadableFileError: it is no CSV or YAML file, or has no such columns.
    """
    if len(content) > FILE_BYTES:
        raise UnreadableFileError("文件太大，最多 10 MB。请分成几个文件。")
    text = _decoded(content)
    rows = _yaml_rows(text) if name.lower().endswith((".yml", ".yaml")) else _csv_rows(text)
    return _drafts(list(rows))


def store(session: Session, draft: OfferingDraft, *, is_sample: bool = False) -> Outcome:
    """Store an offering with its times; the one of the same number is changed.

    Times that the draft does not name stay: people may have seats there.

    Raises:
        ValueError: times of a mentor overlap; the text is for people.
    """
    found = session.scalar(select(Offering).where(Offering.code == draft.code).with_for_update())
    outcome = Outcome.UNCHANGED if found is not None else Outcome.CREATED
    offering = found or Offering(is_sample=is_sample)
    changed = {k: v for k, v in draft.values.items() if found is None or getattr(found, k) != v}
    for key, value in changed.items():
        setattr(offering, key, value)
    if found is not None and found.closed_at is not None:
        found.closed_at, changed["closed_at"] = None, None
    session.add(offering)
    session.flush()
    for one in draft.slots:
        changed |= dict.fromkeys(_put_slot(offering, one))
    check_times(offering)
    session.flush()
    return Outcome.UPDATED if changed and outcome is Outcome.UNCHANGED else outcome


def check_times(offering: Offering) -> None:
    """See that one mentor is not in two places at once.

    Raises:
        ValueError: two times overlap; the text is for people.
    """
    if offering.kind != "mentor":
        return
    held = [(s.begins_at, s.ends_at) for s in offering.slots if s.cancelled_at is None]
    twice = overlaps(held)
    if twice is not None:
        raise ValueError(f"{offering.title}：{twice[0]:%Y-%m-%d %H:%M} 和前一个时间重叠了。")


def bring_in(
    session: Session,
    drafts: Sequence[OfferingDraft],
    *,
    is_sample: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[Outcome, int]:
    """Store every offering of a file; returns how many were created, changed or left.

    Raises:
        ValueError: times overlap; nothing of the unit of work may be kept then.
    """
    outcomes = dict.fromkeys(Outcome, 0)
    for done, draft in enumerate(drafts, 1):
        outcomes[store(session, draft, is_sample=is_sample)] += 1
        progress(done, len(drafts))
    return outcomes


def _put_slot(offering: Offering, draft: SlotDraft) -> Iterator[str]:
    """Add a time, or change the one that begins then; yields what changed."""
    slot = next((one for one in offering.slots if one.begins_at == draft.begins_at), None)
    if slot is None:
        offering.slots.append(
            Slot(
                begins_at=draft.begins_at,
                ends_at=draft.ends_at,
                capacity=draft.capacity,
                sign_up_until=draft.sign_up_until,
                note=draft.note,
                # What is over when it is entered is news to nobody.
                announced_at=utc_now() if draft.begins_at <= utc_now() else None,
            )
        )
        yield "slot"
        return
    for key in ("ends_at", "capacity", "sign_up_until", "note"):
        if getattr(slot, key) != getattr(draft, key):
            setattr(slot, key, getattr(draft, key))
            yield key


Row = tuple[int, dict[str, str]]


def _drafts(rows: list[Row]) -> tuple[list[OfferingDraft], list[Problem]]:
    problems: list[Problem] = []
    offerings: dict[str, dict[str, Any]] = {}
    first_told: dict[str, tuple[int, dict[str, str]]] = {}
    slots: dict[str, list[SlotDraft]] = {}
    for line, row in rows:
        code = row.get("code", "").strip()
        known = first_told.get(code) if code else None
        if known is None:
            values, errors = read_offering(row)
            problems += [Problem(line, _HEADINGS[key], why) for key, why in errors.items()]
            first_told[code or f"#{line}"] = (line, row)
            offerings[code or f"#{line}"] = values
        else:
            problems += _contradictions(line, row, *known)
            values = offerings[code]
        slot, errors = read_slot(row, str(values.get("kind")))
        problems += [Problem(line, _HEADINGS[key], why) for key, why in errors.items()]
        if slot is not None:
            mine = slots.setdefault(code, [])
            if any(one.begins_at == slot.begins_at for one in mine):
                problems.append(Problem(line, SLOT_COLUMNS["begins"], "这个时间写了两遍。"))
            mine.append(slot)
    if problems:
        return [], problems
    return [OfferingDraft(v, tuple(slots.get(code, ()))) for code, v in offerings.items()], []


def _contradictions(
    line: int, row: Mapping[str, str], first: int, told: Mapping[str, str]
) -> Iterator[Problem]:
    for key, heading in COLUMNS.items():
        said = row.get(key, "").strip()
        if said and said != told.get(key, "").strip():
            yield Problem(line, heading, f"和第 {first} 行同一编号，这一格却不一样。空着就行。")


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFileError("看不懂文件的编码。请另存为 UTF-8 的 CSV。")


def _csv_rows(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text))
    try:
        headings = [one.strip() for one in next(reader, [])]
        _check_headings(headings)
        keys = [_BY_HEADING[one] for one in headings]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, dict(zip(keys, cells, strict=False))
    except csv.Error as error:
        raise UnreadableFileError(f"第 {reader.line_num} 行不是 CSV：{error}") from error


def _check_headings(headings: Sequence[str]) -> None:
    unknown = [one for one in headings if one not in _BY_HEADING]
    if unknown:
        raise UnreadableFileError(
            f"不认识这些列：{'、'.join(unknown) or '（空）'}。可以用：{'、'.join(_BY_HEADING)}。"
        )
    missing = [COLUMNS[key] for key in ("code", "kind", "title") if COLUMNS[key] not in headings]
    if missing:
        raise UnreadableFileError(f"少了这些列：{'、'.join(missing)}。")


def _yaml_rows(text: str) -> Iterator[Row]:
    try:
        tree = yaml.compose(text, yaml.SafeLoader)
        data = yaml.safe_load(text)
    except RecursionError as error:
        raise UnreadableFileError("YAML 里一层套一层太深，请写成一条一条的列表。") from error
    except ValueError as error:  # a day there is not, say
        raise UnreadableFileError("YAML 里有不成立的日期或数字，请检查。") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"第 {mark.line + 1} 行" if mark else "文件"
        raise UnreadableFileError(
            f"{where}不是 YAML：{getattr(error, 'problem', error)}"
        ) from error
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise UnreadableFileError("YAML 里要是一条一条的列表，每条是「列名: 内容」。")
    assert isinstance(tree, yaml.SequenceNode), "what is loaded as a list is written as one"
    for one, node in zip(data, tree.value, strict=True):
        line = node.start_mark.line + 1
        times = one.pop(_TIMES, None) or []
        if not isinstance(times, list) or not all(isinstance(each, dict) for each in times):
            raise UnreadableFileError(f"第 {line} 行：「{_TIMES}」要是列表。")
        for told in (one, *times):
            unknown = [str(key) for key in told if str(key) not in _BY_HEADING]
            if unknown:
                raise UnreadableFileError(f"第 {line} 行不认识：{'、'.join(unknown)}。")
        told = {_BY_HEADING[str(key)]: _cell(value) for key, value in one.items()}
        first, *more = times or [{}]
        yield line, told | _slot_row(first)
        for each in more:
            yield line, {"code": told.get("code", "")} | _slot_row(each)


def _slot_row(told: Mapping[Any, Any]) -> dict[str, str]:
    return {_BY_HEADING[str(key)]: _cell(value) for key, value in told.items()}


def _cell(value: Any) -> str:
    parts = value if isinstance(value, list) else [value]
    # Written out, a few short lines that name each other would fill the memory.
    if any(isinstance(one, list | dict | set | tuple) for one in parts):
        raise UnreadableFileError("YAML 的一格里只能是文字，或者一列文字。")
    if isinstance(value, list):
        return "、".join(map(str, value))
    return "" if value is None else str(value)
