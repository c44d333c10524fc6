"""Versions: a changed text follows the one before, keeps its editors' work, and shows its changes.

Two documents are versions of one when title, kind and region agree; the earlier one stays stored
as replaced.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.knowledge.corrections import Correction, refit
from models.knowledge.document import Clause, DocumentKind, DocumentStatus, PolicyDocument
from models.knowledge.draft import About, Draft, draft_text
from models.knowledge.editing import EditError, set_status
from models.knowledge.hierarchy import anchors


@dataclass(frozen=True)
class Change:
    """One difference between two versions: `former` or `now` is empty where text came or went."""

    anchor: str
    former: str
    now: str


def current_versions(
    session: Session, kind: DocumentKind, about: About, status: DocumentStatus
) -> Sequence[PolicyDocument]:
    """Return the documents of this status that `about` names, the newest first.

    One of the same title in another city, or that holds everywhere, is another document.
    """
    return session.scalars(
        select(PolicyDocument)
        .where(
            PolicyDocument.title == about.title,
            PolicyDocument.kind == kind,
            PolicyDocument.status == status,
            func.coalesce(PolicyDocument.region, "") == (about.region or ""),
        )
        .order_by(PolicyDocument.id.desc())
    ).all()


def continued(session: Session, draft: Draft) -> Draft:
    """Return `draft` with what editors did to the version before it.

    Who issued it and for whom it holds stay as they were unless the draft says otherwise.
    Corrections that still fit are made again, unless the draft brings its own. A clause whose
    words have not changed keeps its sample questions.
    """
    formers = current_versions(session, draft.kind, draft.about, draft.status)
    if not formers:
        return draft
    former = formers[0]
    if former.corrections and not draft.corrections and draft.kind is DocumentKind.POLICY:
        listed = [Correction.from_data(entry) for entry in former.corrections]
        fitting = refit(draft.original, listed)
        draft = draft_text(draft.original, draft.about, corrections=fitting, status=draft.status)
    about = draft.about
    draft.about = replace(
        about,
        issuer=about.issuer or former.issuer,
        audience=about.audience or tuple(former.audience),
    )
    by_text = {clause.text: clause for clause in reversed(former.clauses)}
    for piece in draft.pieces:
        twin = by_text.get(piece.text)
        if twin is not None:
            piece.question = piece.question or twin.question
    return draft


def carry_over(former: PolicyDocument, document: PolicyDocument) -> None:
    """Give clauses whose words have not changed the leads and pictures they had."""
    by_text = {clause.text: clause for clause in reversed(former.clauses)}
    for clause in document.clauses:
        twin = by_text.get(clause.text)
        if twin is not None:
            clause.lead, clause.picture = twin.lead, twin.picture


def former_of(session: Session, document: PolicyDocument) -> PolicyDocument | None:
    """Return the version before a document; of a draft, the one in force."""
    former = session.scalar(
        select(PolicyDocument)
        .where(PolicyDocument.replaced_by_id == document.id)
        .order_by(PolicyDocument.id.desc())
        .limit(1)
    )
    if former is None and document.status is DocumentStatus.DRAFT:
        about = About.of(document)
        in_force = current_versions(session, document.kind, about, DocumentStatus.IN_FORCE)
        former = in_force[0] if in_force else None
    return former


def versions_of(session: Session, document: PolicyDocument) -> list[PolicyDocument]:
    """Return every version of a document, itself among them, the newest first."""
    return list(
        session.scalars(
            select(PolicyDocument)
            .where(
                PolicyDocument.title == document.title,
                PolicyDocument.kind == document.kind,
                func.coalesce(PolicyDocument.region, "") == (document.region or ""),
            )
            .order_by(PolicyDocument.id.desc())
        )
    )


def changes(former: PolicyDocument, document: PolicyDocument) -> list[Change]:
    """Return what changed from one document to another, clause by clause, in order."""
    before, after = former.clauses, document.clauses
    names_before = anchors(clause.path for clause in before)
    names_after = anchors(clause.path for clause in after)
    found: list[Change] = []
    matcher = SequenceMatcher(None, _words(before), _words(after), autojunk=False)
    for what, start, end, new_start, new_end in matcher.get_opcodes():
        if what == "equal":
            continue
        both = min(end - start, new_end - new_start)
        for offset in range(both):
            old, new = before[start + offset], after[new_start + offset]
            found.append(Change(names_after[new_start + offset], old.text, new.text))
        for index in range(start + both, end):
            found.append(Change(names_before[index], before[index].text, ""))
        for index in range(new_start + both, new_end):
            found.append(Change(names_after[index], "", after[index].text))
    return found


def put_in_force(session: Session, document_id: int, by: str) -> PolicyDocument:
    """Put a document in force; the version that was in force before is replaced by it.

    Raises:
        EditError: there is no such document.
    """
    document = session.get(PolicyDocument, document_id)
    if document is None:
        raise EditError(f"没有编号为 {document_id} 的文件。")
    formers = current_versions(session, document.kind, About.of(document), DocumentStatus.IN_FORCE)
    for former in formers:
        if former.id != document.id:
            replaced = DocumentStatus.REPLACED
            set_status(session, former.id, replaced, by, replaced_by_id=document.id)
    return set_status(session, document.id, DocumentStatus.IN_FORCE, by)


def _words(clauses: Sequence[Clause]) -> list[tuple[str, str]]:
    return [(clause.path, clause.text) for clause in clauses]
