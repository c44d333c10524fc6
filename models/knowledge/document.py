"""Policy document and clause: the text an answer may rest on, and nothing else.

The original is kept as it came. What is quoted is the published text, and every difference
between the two is listed as a correction (DESIGN section 1).
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.database import Base, BigId, UtcDateTime, one_of, utc_now


class DocumentStatus(StrEnum):
    """Whether a document answers: only documents in force do."""

    DRAFT = "draft"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class DocumentKind(StrEnum):
    """A policy text cut along its hierarchy, or question-answer entries of a FAQ."""

    POLICY = "policy"
    FAQ = "faq"


class PolicyDocument(Base):
    """One imported text. `published` equals `original` but for the listed `corrections`.

    `audience` names whom it is for (empty: everybody); `region` is written from the province down
    (none: everywhere); `replaced_by_id` is the version after it; `changed_in` the knowledge
    version of its last change, by which readers know what to read anew.
    """

    __tablename__ = "policy_document"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(
        one_of(DocumentKind),
        default=DocumentKind.POLICY,
    )
    title: Mapped[str] = mapped_column(String(300))
    issuer: Mapped[str | None] = mapped_column(String(200))
    number: Mapped[str | None] = mapped_column(String(100))
    region: Mapped[str | None] = mapped_column(String(50))
    issued_on: Mapped[date | None] = mapped_column(Date)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    audience: Mapped[list[str]] = mapped_column(JSON, default=list)
    status: Mapped[DocumentStatus] = mapped_column(
        one_of(DocumentStatus),
        default=DocumentStatus.IN_FORCE,
    )
    replaced_by_id: Mapped[int | None] = mapped_column(BigId)
    changed_in: Mapped[int] = mapped_column(default=0)
    source: Mapped[str] = mapped_column(String(500), default="")
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    original: Mapped[str] = mapped_column(Text)
    published: Mapped[str] = mapped_column(Text)
    corrections: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    clauses: Mapped[list["Clause"]] = relationship(
        back_populates="document", order_by="Clause.position", cascade="all, delete-orphan"
    )


class Clause(Base):
    """A quotable piece of a document: one sentence of a policy, or one FAQ entry.

    `question` holds what people ask about the clause, one sample a line (used for finding only).
    `path` is how the clause is cited, e.g. ``三(八)``; `heading` the heading it stands under;
    `start` and `end` its character range in the published text; `embedding` its passage vectors
    one after another (little-endian float32) with the name of the embedder that made them.
    `lead` says in an editor's plain words what it means; `picture` is the address of its picture.
    """

    __tablename__ = "policy_clause"
    __table_args__ = (UniqueConstraint("document_id", "position"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("policy_document.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    path: Mapped[str] = mapped_column(String(100), default="")
    heading: Mapped[str] = mapped_column(String(300), default="")
    text: Mapped[str] = mapped_column(Text)
    question: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(String(500))
    lead: Mapped[str | None] = mapped_column(Text)
    picture: Mapped[str | None] = mapped_column(String(500))
    start: Mapped[int] = mapped_column(default=0)
    end: Mapped[int] = mapped_column(default=0)
    embedding: Mapped[bytes | None] = mapped_column(LargeBinary)
    embedder: Mapped[str | None] = mapped_column(String(64))

    document: Mapped[PolicyDocument] = relationship(back_populates="clauses")


class KnowledgeVersion(Base):
    """One row whose number grows with every change of the knowledge: readers reload by it."""

    __tablename__ = "knowledge_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


_VERSION = select(KnowledgeVersion.number).where(KnowledgeVersion.id == 1)


def knowledge_version(session: Session) -> int:
    """Return the number of the knowledge as it stands; 0 before the first import."""
    return session.scalar(_VERSION) or 0


def bump_knowledge_version(session: Session, *changed: PolicyDocument) -> int:
    """Tell every process that the knowledge has changed, and in which documents."""
    row = session.get(KnowledgeVersion, 1, with_for_update=True)
    if row is None:
        row = KnowledgeVersion(id=1, number=0)
        session.add(row)
    row.number += 1
    for document in changed:
        document.changed_in = row.number
    session.flush()
    return row.number
