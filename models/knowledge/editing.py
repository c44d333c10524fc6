"""Editing: what staff change about documents and clauses, with who did it and when.

Every change raises the knowledge version, so it counts in every process with the next question.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.knowledge.document import (
    Clause,
    DocumentStatus,
    PolicyDocument,
    bump_knowledge_version,
)
from models.knowledge.figures import FigureError, check_figures

_LEAD_LENGTH = 200
_PICTURE_LENGTH = 500


class EditError(ValueError):
    """A change cannot be made; the message says why, in words for staff."""


class PolicyEdit(Base):
    """Who changed what and when: `field` of a document or clause went from `former` to `now`."""

    __tablename__ = "policy_edit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(
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


def set_status(
    session: Session,
    document_id: int,
    status: DocumentStatus,
    by: str,
    *,
    replaced_by_id: int | None = None,
) -> PolicyDocument:
    """Put a document in force or take it out of force; it stops answering at once.

    Args:
        session: the open unit of work.
        document_id: which document.
        status: what it becomes.
        by: who changes it.
        replaced_by_id: the document after it; only with ``REPLACED``, and then needed.

    Raises:
        EditError: there is no such document, or its successor is missing or itself.
    """
    document = session.get(PolicyDocument, document_id)
    if document is None:
        raise EditError(f"没有编号为 {document_id} 的文件。")
    is_replaced = status is DocumentStatus.REPLACED
    if is_replaced != (replaced_by_id is not None):
        raise EditError("被替换的文件要写明由哪份文件替换；其他状态不用写。")
    if replaced_by_id is not None:
        successor = session.get(PolicyDocument, replaced_by_id)
        if successor is None or successor.id == document.id:
            raise EditError(f"没有编号为 {replaced_by_id} 的另一份文件。")
    _note(session, document, None, "status", document.status.value, status.value, by)
    document.status, document.replaced_by_id = status, replaced_by_id
    bump_knowledge_version(session, document)
    return document


def set_lead(session: Session, clause_id: int, lead: str, by: str) -> Clause:
    """Keep the plain words that stand before a clause's quotation; empty takes them away.

    Raises:
        EditError: there is no such clause, or the words are too long or hold a figure that the
            clause does not.
    """
    clause = _clause(session, clause_id)
    words = lead.strip()
    if len(words) > _LEAD_LENGTH:
        raise EditError(f"白话说明最多 {_LEAD_LENGTH} 个字。")
    try:
        check_figures(words, clause.text)
    except FigureError as error:
        raise EditError("白话说明里有原文没有的数字，请按原文改。") from error
    _note(session, clause.document, clause, "lead", clause.lead or "", words, by)
    clause.lead = words or None
    bump_knowledge_version(session, clause.document)
    return clause


def set_picture(session: Session, clause_id: int, address: str, by: str) -> Clause:
    """Keep the address of a clause's picture; empty takes it away.

    Raises:
        EditError: there is no such clause, or the address is none on this site or https.
    """
    clause = _clause(session, clause_id)
    picture = address.strip()
    is_ours = picture.startswith("/") and not picture.startswith("//")
    if picture and not (is_ours or picture.startswith("https://")):
        raise EditError("图片地址要以 https:// 或 / 开头。")
    if len(picture) > _PICTURE_LENGTH:
        raise EditError(f"图片地址最多 {_PICTURE_LENGTH} 个字符。")
    _note(session, clause.document, clause, "picture", clause.picture or "", picture, by)
    clause.picture = picture or None
    bump_knowledge_version(session, clause.document)
    return clause


def edits_of(session: Session, document_id: int) -> list[PolicyEdit]:
    """Return what was changed about a document and its clauses, newest first."""
    return list(
        session.scalars(
            select(PolicyEdit)
            .where(PolicyEdit.document_id == document_id)
            .order_by(PolicyEdit.id.desc())
        )
    )


def _clause(session: Session, clause_id: int) -> Clause:
    clause = session.get(Clause, clause_id)
    if clause is None:
        raise EditError(f"没有编号为 {clause_id} 的条款。")
    return clause


def _note(
    session: Session,
    document: PolicyDocument,
    clause: Clause | None,
    field: str,
    former: str,
    now: str,
    by: str,
) -> None:
    session.add(
        PolicyEdit(
            document_id=document.id,
            clause_id=clause.id if clause else None,
            field=field,
            former=former,
            now=now,
            changed_by=by,
        )
    )
