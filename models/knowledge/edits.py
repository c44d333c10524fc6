"""Edits: who changed what of the knowledge and when, for everybody who edits to read."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.knowledge.document import Clause, PolicyDocument


class PolicyEdit(Base):
    """Who changed what and when: `field` went from `former` to `now`.

    It is a field of a clause, of a document, or of neither: a synonym.
    """

    __tablename__ = "policy_edit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int | None] = mapped_column(
        ForeignKey("policy_document.id", ondelete="CASCADE"), index=True
    )
    clause_id: Mapped[int | None] = mapped_column(
        ForeignKey("policy_clause.id", ondelete="CASCADE")
    )
    field: Mapped[str] = mapped_column(String(24))
    former: Mapped[str] = mapped_column(Text, default="")
    now: Mapped[str] = mapped_column(Text, default="")
    changed_by: Mapped[str] = mapped_column(String(100))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


def note_edit(
    session: Session,
    by: str,
    field: str,
    former: str = "",
    now: str = "",
    *,
    document: PolicyDocument | None = None,
    clause: Clause | None = None,
) -> None:
    """Keep one change; where nothing has changed, nothing is kept.

    Args:
        session: the open unit of work.
        by: who made it.
        field: what was changed.
        former: what it was.
        now: what it is.
        document: whose field it is.
        clause: whose field it is; its document is known by it.
    """
    if former == now and former:
        return
    owner = clause.document_id if clause is not None else document.id if document else None
    session.add(
        PolicyEdit(
            document_id=owner,
            clause_id=clause.id if clause is not None else None,
            field=field,
            former=former,
            now=now,
            changed_by=by,
        )
    )


def told(value: object) -> str:
    """Return a field's value as an edit keeps it."""
    if isinstance(value, list):
        return "、".join(value)
    return "" if value is None else str(value)


def edits(
    session: Session,
    *,
    document_id: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[PolicyEdit]:
    """Return what was changed, newest first.

    Args:
        session: an open session.
        document_id: of this document and its clauses alone.
        before: an id, to turn the page.
        limit: how many at most.
    """
    query = select(PolicyEdit).order_by(PolicyEdit.id.desc()).limit(limit)
    if document_id is not None:
        query = query.where(PolicyEdit.document_id == document_id)
    if before is not None:
        query = query.where(PolicyEdit.id < before)
    return list(session.scalars(query))
