"""Portrait: everything that is kept of a person, in sections for reading and as bare rows.

Here it is unmasked: it is for the person alone, or for the office that hands it to them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from models.attachment import Attachment
from models.audit import AuditEntry
from models.catalogue.loader import Catalogue
from models.catalogue.service import Service, ServiceField
from models.contact import Consent, Contact
from models.conversation import Conversation
from models.draft import Draft
from models.gig import GigRegistration
from models.gig_application import GigApplication
from models.gig_application import state_name as state_of
from models.handoff import Handoff
from models.intake.answers import plain
from models.materials.material import Material
from models.message import Author, Direction, Message
from models.note import Note
from models.person.ties import theirs, tied
from models.person.words import word, word_of
from models.private_value import PrivateValue, open_all
from models.request import Request, RequestEvent
from models.request_notice import state_name
from models.working_days import CHINA

# Told in sections of their own below, or nothing to anybody: hashes, leases, our own keys.
_TOLD = frozenset(
    {
        "contact",
        "consent",
        "conversation",
        "draft",
        "gig_application",
        "gig_registration",
        "handoff",
        "material",
        "message",
        "note",
        "private_value",
        "request",
        "request_event",
    }
)
_OURS = frozenset(
    {
        "answer_feedback",
        "contact_tag",
        "conversation_change",
        "delivery",
        "gig_posting",
        "handoff_guest",
        "idempotent_call",
        "mention",
        "own_page_link",
    }
)
_TECHNICAL = ("_hash", "lease_owner", "lease_until", "duplicate_key", "source_key", "turn", "tries")


@dataclass(frozen=True)
class Section:
    """A part of the portrait: a title, the heads of its columns, and its lines."""

    title: str
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Portrait:
    """What is kept of a person.

    Attributes:
        taken_at: when.
        sections: for reading; only those that hold something.
        rows: the bare rows, by table, as JSON values.
        files: key, and the name under which each file is handed over.
    """

    taken_at: datetime
    sections: tuple[Section, ...]
    rows: dict[str, list[dict[str, Any]]]
    files: tuple[tuple[str, str], ...]


def portrait_of(
    session: Session, catalogue: Catalogue, contact_ids: Sequence[int], taken_at: datetime
) -> Portrait:
    """Gather everything of these contacts, who are one person."""
    painter = _Painter(session, catalogue, contact_ids)
    sections = [one for one in painter.sections() if one.lines]
    rows = {table.name: painter.rows(table) for table in tied() if table.name not in _OURS}
    return Portrait(
        taken_at,
        tuple(sections),
        {name: found for name, found in rows.items() if found},
        painter.files(),
    )


class _Painter:
    """Reads a person's rows, section by section."""

    def __init__(self, session: Session, catalogue: Catalogue, contact_ids: Sequence[int]) -> None:
        self._session = session
        self._catalogue = catalogue
        self._ids = contact_ids
        self.materials = self._all(Material)

    def sections(self) -> Iterator[Section]:
        """Yield the sections in the order in which a person would ask."""
        yield self._section("contact", self._contacts())
        yield self._section("private_value", self._values())
        yield self._section("gig_registration", self._registrations())
        yield self._section("gig_application", self._applications())
        yield self._section("request", self._requests())
        yield self._section("draft", self._drafts())
        yield self._section("material", self._files())
        yield self._section("consent", self._consents())
        yield self._section("message", self._words())
        yield self._section("handoff", self._cases())
        yield self._section("note", self._notes())
        yield self._section("audit_entry", self._looks())
        for table in tied():
            if table.name not in _TOLD | _OURS:
                yield self._anything(table)

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Return a table's rows of this person as JSON values."""
        shown = [c for c in table.c if not c.name.endswith(_TECHNICAL)]
        found = self._session.execute(select(*shown).where(theirs(table, self._ids)))
        return [{name: _json(value) for name, value in row.items()} for row in found.mappings()]

    def files(self) -> tuple[tuple[str, str], ...]:
        """Return the key and the name of every file: what the person gave, and was sent."""
        given = [(one.key, f"{one.id}-{one.name}.{one.kind}") for one in self.materials]
        sent = [(one.key, f"s{one.id}-{one.title}") for one in self._all(Attachment)]
        return (*given, *sent)

    def _section(self, name: str, lines: Iterable[tuple[str, ...]]) -> Section:
        heads = word("heads", name)
        assert isinstance(heads, list)
        return Section(word_of("tables", name), tuple(heads), tuple(lines))

    def _all(self, entity: Any) -> list[Any]:
        table = entity.__table__
        mine = select(entity).where(theirs(table, self._ids)).order_by(*table.primary_key.columns)
        return list(self._session.scalars(mine))

    def _contacts(self) -> Iterator[tuple[str, ...]]:
        for one in self._all(Contact):
            yield word_of("channels", one.channel), one.external_id, _when(one.created_at)

    def _values(self) -> Iterator[tuple[str, ...]]:
        for one in self._all(PrivateValue):
            yield one.kind, one.value, _when(one.created_at)

    def _registrations(self) -> Iterator[tuple[str, ...]]:
        for one in self._all(GigRegistration):
            about = "，".join(
                (one.name, one.mobile, f"{one.city}{one.district or ''}",
                 "、".join(one.work_kinds), one.available)
            )  # fmt: skip
            yield one.number, about, _when(one.updated_at)

    def _applications(self) -> Iterator[tuple[str, ...]]:
        for one in self._all(GigApplication):
            told = f"{one.posting.work}（{one.posting.request.number}）：{state_of(one)}"
            yield one.number, told, _when(one.created_at)

    def _requests(self) -> Iterator[tuple[str, ...]]:
        for one in self._all(Request):
            service = (
                self._catalogue.service(one.service) if one.service in self._catalogue else None
            )
            steps = "；".join(_step(service, step) for step in one.events)
            yield one.number, self._service(one.service), self._answers(one), steps

    def _drafts(self) -> Iterator[tuple[str, ...]]:
        for one in self._all(Draft):
            yield self._service(one.service), self._answers(one), _when(one.updated_at)

    def _answers(self, one: Request | Draft) -> str:
        fields: dict[str, ServiceField] = {}
        if one.service in self._catalogue:
            fields = {field.name: field for field in self._catalogue.service(one.service).fields}
        return "；".join(
            f"{fields[name].label}：{plain(fields[name], value)}" if name in fields else str(value)
            for name, value in one.answers.items()
            if value is not None and not name.startswith("_")
        )

    def _files(self) -> Iterator[tuple[str, ...]]:
        for one in self.materials:
            yield (
                self._service(one.service),
                one.name,
                f"{one.bytes // 1024} KB",
                _when(one.created_at),
            )

    def _consents(self) -> Iterator[tuple[str, ...]]:
        for one in self._all(Consent):
            gone = _when(one.withdrawn_at) if one.withdrawn_at else ""
            yield self._purpose(one.purpose), _when(one.given_at), gone

    def _words(self) -> Iterator[tuple[str, ...]]:
        talks = {one.id: one.contact_id for one in self._all(Conversation)}
        for one in self._all(Message):
            if one.kind == "event" and not one.text:
                continue
            who = Author.CONTACT if one.direction is Direction.IN else one.author
            said = one.original or open_all(self._session, talks[one.conversation_id], one.text)
            yield _when(one.created_at), word_of("authors", who.value), said or f"［{one.kind}］"

    def _cases(self) -> Iterator[tuple[str, ...]]:
        for one in self._all(Handoff):
            ended = _when(one.ended_at) if one.ended_at else ""
            why = word_of("reasons", one.reason.value)
            yield _when(one.created_at), why, ended, str(one.rating or "")

    def _notes(self) -> Iterator[tuple[str, ...]]:
        for one in self._all(Note):
            yield _when(one.created_at), one.text

    def _looks(self) -> Iterator[tuple[str, ...]]:
        """Yield who looked at the person's data, and why: it is theirs to know."""
        talks = [one.id for one in self._all(Conversation)]
        looked = select(AuditEntry).where(
            ((AuditEntry.subject == "contact") & AuditEntry.subject_id.in_(self._ids))
            | ((AuditEntry.subject == "conversation") & AuditEntry.subject_id.in_(talks))
        )
        for one in self._session.scalars(looked.order_by(AuditEntry.id)):
            yield _when(one.at), word_of("deeds", one.action), one.reason

    def _anything(self, table: Table) -> Section:
        """Tell of a table nobody has worded: its columns by name, its values as they are."""
        rows = self.rows(table)
        heads = tuple(rows[0]) if rows else ()
        lines = tuple(tuple(_text(value) for value in row.values()) for row in rows)
        return Section(word_of("tables", table.name), heads, lines)

    def _purpose(self, code: str) -> str:
        return self._service(code) if code in self._catalogue else word_of("purposes", code)

    def _service(self, code: str) -> str:
        return self._catalogue.service(code).name if code in self._catalogue else code


def _step(service: Service | None, step: RequestEvent) -> str:
    why = f"（{step.reason}）" if step.reason else ""
    return f"{_when(step.at)} {state_name(service, step.state)}{why}"


def _when(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(CHINA).isoformat(timespec="seconds")
    if isinstance(value, Enum):
        return value.value
    return (
        value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)
