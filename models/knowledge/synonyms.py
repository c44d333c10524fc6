"""Synonyms: how people say it, and how policies write it. Data that editors change at any time.

``synonyms.yml`` is what the product ships. As long as nobody has changed anything, it holds; the
first change copies it into the table, which holds from then on. Every change counts in every
process at once, since it raises the knowledge version.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml
from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.knowledge.document import bump_knowledge_version
from models.knowledge.edits import note_edit
from models.knowledge.normalisation import normalise

_FILE = Path(__file__).resolve().parent / "synonyms.yml"
_LENGTH = 50


class SynonymError(ValueError):
    """A synonym cannot be kept; the message says why, in words for staff."""


class Synonym(Base):
    """What people say (`says`, normalised) and the policy words it stands for (`means`).

    With an empty `means` it names another matter, and no part of it counts: 结婚登记 is no 登记.
    """

    __tablename__ = "synonym"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    says: Mapped[str] = mapped_column(String(_LENGTH), unique=True)
    means: Mapped[str] = mapped_column(String(200), default="")
    changed_by: Mapped[str] = mapped_column(String(100), default="")
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


@dataclass(frozen=True)
class Synonyms:
    """One state of the synonyms: `entries` maps what is said to what policies call it.

    `taught` are those that editors have added or changed.
    """

    entries: dict[str, str]
    taught: frozenset[str] = frozenset()
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        longest_first = sorted(self.entries, key=len, reverse=True)
        matched = "|".join(map(re.escape, longest_first)) or r"(?!)"
        object.__setattr__(self, "pattern", re.compile(matched))

    def spelt_out(self, asked: str) -> str:
        """Return a normalised question with what was taught in the policies' own words.

        What editors teach finds what its own name finds: no model has heard of it.
        """
        return self.pattern.sub(
            lambda said: self.entries[said[0]] if said[0] in self.taught else said[0], asked
        )

    def names_other_matter(self, said: str) -> bool:
        """Check whether this is the name of a matter that only sounds like ours."""
        return not self.entries[said]


@cache
def shipped_synonyms() -> Synonyms:
    """Return what the product ships."""
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return Synonyms({said: entry["means"] for entry in entries for said in entry["says"]})


def read_synonyms(session: Session) -> Synonyms:
    """Return the synonyms that hold now."""
    rows = session.scalars(select(Synonym)).all()
    if not rows:
        return shipped_synonyms()
    return Synonyms(
        {row.says: row.means for row in rows},
        # The name of another matter has no words of ours to stand for it.
        frozenset(row.says for row in rows if row.changed_by and row.means),
    )


def set_synonym(session: Session, says: str, means: str, by: str) -> Synonym:
    """Add a synonym, or change what it means.

    Args:
        session: the open unit of work.
        says: how people say it.
        means: the words of policies, parted by spaces; empty for another matter's name.
        by: who changes it.

    Raises:
        SynonymError: there is nothing in it that could be looked for, or too much.
    """
    said, meant = normalise(says), " ".join(means.split())
    if len(said) < 2 or len(said) > _LENGTH:
        raise SynonymError(f"说法要有 2 到 {_LENGTH} 个字。")
    if len(meant) > 200:
        raise SynonymError("对应的政策用语最多 200 个字。")
    _copy_shipped(session)
    row = session.scalar(select(Synonym).where(Synonym.says == said))
    former = "" if row is None else _as_line(row.says, row.means)
    if row is None:
        row = Synonym(says=said)
        session.add(row)
    row.means, row.changed_by = meant, by
    note_edit(session, by, "synonym", former, _as_line(said, meant))
    bump_knowledge_version(session)
    return row


def remove_synonym(session: Session, says: str, by: str) -> bool:
    """Take a synonym away; return whether it was there.

    Args:
        session: the open unit of work.
        says: how people say it.
        by: who takes it away.
    """
    _copy_shipped(session)
    row = session.scalar(select(Synonym).where(Synonym.says == normalise(says)))
    if row is None:
        return False
    note_edit(session, by, "synonym", _as_line(row.says, row.means))
    session.delete(row)
    bump_knowledge_version(session)
    return True


def list_synonyms(session: Session) -> list[tuple[str, list[str]]]:
    """Return what policies call it with all the ways people say it, in a fixed order."""
    by_meaning: dict[str, list[str]] = {}
    for says, means in read_synonyms(session).entries.items():
        by_meaning.setdefault(means, []).append(says)
    return sorted((means, sorted(says)) for means, says in by_meaning.items())


def _as_line(says: str, means: str) -> str:
    return f"{says} → {means}"


def _copy_shipped(session: Session) -> None:
    if session.scalar(select(func.count(Synonym.id))):
        return
    session.add_all(
        Synonym(says=said, means=means) for said, means in shipped_synonyms().entries.items()
    )
    session.flush()
