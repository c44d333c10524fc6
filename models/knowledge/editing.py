"""Editing: what staff change about documents and clauses, with who did it and when.

Every change raises the knowledge version, so it counts in every process with the next question.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from models.knowledge.document import (
    Clause,
    DocumentStatus,
    PolicyDocument,
    bump_knowledge_version,
)
from models.knowledge.draft import About
from models.knowledge.edits import note_edit, told
from models.knowledge.figures import FigureError, check_figures

_LEAD_LENGTH = 200
_PICTURE_LENGTH = 500
_QUESTION_LENGTH = 200
_QUESTIONS = 30


class EditError(ValueError):
    """A change cannot be made; the message says why, in words for staff."""


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
    note_edit(session, by, "status", document.status.value, status.value, document=document)
    document.status, document.replaced_by_id = status, replaced_by_id
    bump_knowledge_version(session, document)
    return document


def set_facts(session: Session, document_id: int, about: About, by: str) -> PolicyDocument:
    """Change what is known about a document; what is empty is unknown from then on.

    Raises:
        EditError: there is no such document.
    """
    document = session.get(PolicyDocument, document_id)
    if document is None:
        raise EditError(f"没有编号为 {document_id} 的文件。")
    for name, value in about.columns().items():
        former = getattr(document, name)
        if former != value:
            note_edit(session, by, name, told(former), told(value), document=document)
            setattr(document, name, value)
    bump_knowledge_version(session, document)
    return document


def set_questions(session: Session, clause_id: int, questions: str, by: str) -> Clause:
    """Keep what people ask about a clause, one question a line; they help to find it.

    The clause's vectors no longer fit: they are dropped, for `vectors.embed_missing` to make anew.

    Raises:
        EditError: there is no such clause, or there are too many questions or too long ones.
    """
    clause = _clause(session, clause_id)
    lines = list(dict.fromkeys(filter(None, (" ".join(q.split()) for q in questions.split("\n")))))
    if len(lines) > _QUESTIONS:
        raise EditError(f"常见问法最多 {_QUESTIONS} 条。")
    if any(len(line) > _QUESTION_LENGTH for line in lines):
        raise EditError(f"每条问法最多 {_QUESTION_LENGTH} 个字。")
    kept = "\n".join(lines) or None
    if kept != clause.question:
        note_edit(session, by, "questions", clause.question or "", kept or "", clause=clause)
        clause.question, clause.embedding, clause.embedder = kept, None, None
        bump_knowledge_version(session, clause.document)
    return clause


def add_questions(session: Session, clause_id: int, questions: Sequence[str], by: str) -> Clause:
    """Add to what people ask about a clause; one that is full keeps what it has.

    Raises:
        EditError: there is no such clause.
    """
    known = (_clause(session, clause_id).question or "").split("\n")
    together = list(dict.fromkeys((*filter(None, known), *questions)))[:_QUESTIONS]
    return set_questions(session, clause_id, "\n".join(together), by)


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
    note_edit(session, by, "lead", clause.lead or "", words, clause=clause)
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
    note_edit(session, by, "picture", clause.picture or "", picture, clause=clause)
    clause.picture = picture or None
    bump_knowledge_version(session, clause.document)
    return clause


def _clause(session: Session, clause_id: int) -> Clause:
    clause = session.get(Clause, clause_id)
    if clause is None:
        raise EditError(f"没有编号为 {clause_id} 的条款。")
    return clause
