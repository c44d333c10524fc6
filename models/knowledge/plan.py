"""The plan 就创通 ships: its first document, imported at the first run."""

from pathlib import Path

import yaml
from sqlalchemy import select

from models.database import Database
from models.knowledge.corrections import Correction
from models.knowledge.document import Clause, DocumentStatus, PolicyDocument
from models.knowledge.draft import About, Draft
from models.knowledge.editing import set_questions
from models.knowledge.edits import PolicyEdit
from models.knowledge.embedder import Embedder, EmbedderError
from models.knowledge.importing import Imported, bring_in, import_document, read_document
from models.knowledge.vectors import Progress

_US = "就创通"
FOLDER = Path(__file__).resolve().parent / "plan"


def plan_draft() -> Draft:
    """Read the shipped plan, corrected as ``document.yml`` lists, with its sample questions.

    Raises:
        CorrectionError: the original is not the text the corrections were made for.
    """
    data = yaml.safe_load((FOLDER / "document.yml").read_text(encoding="utf-8"))
    about = About(
        title=data["title"],
        issuer=data["issuer"],
        number=data["number"],
        region=data["region"],
        issued_on=data["issued_on"],
        valid_until=data["valid_until"],
        source=data["source"],
    )
    corrections = [Correction.from_data(entry) for entry in data["corrections"]]
    draft = read_document(FOLDER / "original.txt", about, corrections=corrections)
    _add_questions(draft)
    return draft


def _add_questions(draft: Draft) -> None:
    """Put each list of sample questions beside the one sentence it belongs to.

    Raises:
        ValueError: a list names no sentence, or several.
    """
    for entry in yaml.safe_load((FOLDER / "questions.yml").read_text(encoding="utf-8")):
        says = entry["says"]
        owners = [
            piece
            for piece in draft.pieces
            if (piece.text == says if entry.get("exact") else says in piece.text)
        ]
        if len(owners) != 1:
            raise ValueError(f"sample questions for {says!r} fit {len(owners)} sentences")
        owners[0].question = "\n".join(entry["asks"])


def ensure_plan(
    database: Database, embedder: Embedder, progress: Progress | None = None
) -> Imported | None:
    """Import the shipped plan unless it is known; return None when there was nothing to do.

    A plan that staff have withdrawn stays withdrawn, and one they corrected further stays so:
    only a changed text or a new correction of ours is imported again. New sample questions reach
    a plan that is known, but for the clauses whose questions staff have changed.
    """
    draft = plan_draft()
    with database.reading() as session:
        stored = session.scalars(
            select(PolicyDocument.corrections).where(
                PolicyDocument.content_hash == draft.content_hash
            )
        ).all()
    known = any(all(ours in listed for ours in draft.corrections) for listed in stored)
    if known:
        _renew_questions(database, draft)
        return None
    try:
        return bring_in(database, draft, embedder, progress)
    except EmbedderError:
        with database.unit_of_work() as session:
            import_document(session, draft)
        raise


def _renew_questions(database: Database, draft: Draft) -> None:
    """Give the clauses of the plan in force the sample questions that are shipped now.

    Their vectors no longer fit and are dropped, for `vectors.embed_missing` to make anew.
    """
    shipped = {piece.text: piece.question for piece in draft.pieces}
    with database.unit_of_work() as session:
        edited = select(PolicyEdit.clause_id).where(
            PolicyEdit.field == "questions", PolicyEdit.changed_by != _US
        )
        clauses = session.scalars(
            select(Clause)
            .join(Clause.document)
            .where(
                PolicyDocument.content_hash == draft.content_hash,
                PolicyDocument.status == DocumentStatus.IN_FORCE,
                Clause.id.not_in(edited.where(PolicyEdit.clause_id.is_not(None))),
            )
        ).all()
        for clause in clauses:
            if clause.text in shipped:
                set_questions(session, clause.id, shipped[clause.text] or "", _US)
