"""Own answers: what editors write for questions that no document answered.

Each is a document of its own with one question-answer entry, so it has a status, a region, a
period and versions like any other; asked again in other words it stays one entry.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from models.database import Database
from models.knowledge.document import DocumentStatus, PolicyDocument
from models.knowledge.draft import About, ImportRefused
from models.knowledge.embedder import Embedder
from models.knowledge.faq import draft_faq
from models.knowledge.gaps import close_gaps, questions_of
from models.knowledge.importing import Imported, bring_in


def answer_gaps(
    database: Database,
    embedder: Embedder | None,
    gap_ids: Sequence[int],
    answer: str,
    about: About,
    by: str,
    *,
    status: DocumentStatus = DocumentStatus.IN_FORCE,
) -> Imported:
    """Keep an editor's answer and close the questions it answers.

    Args:
        database: where it is kept.
        embedder: makes its vectors; None leaves that for later.
        gap_ids: the questions it answers; their wording helps to find it.
        answer: the answer, quoted word for word from now on.
        about: its title is the question, its source says what the answer rests on.
        by: the editor.
        status: whether it answers at once; the questions stay open while it is a draft.

    Raises:
        ImportRefused: the answer or its source is missing, or a field is too long.
        EmbedderError: the embedder cannot be used; nothing is kept.
    """
    if not answer.strip():
        raise ImportRefused("请写上答案。")
    if not about.source.strip():
        raise ImportRefused("请写上依据：哪份文件、哪个单位答复的。没有依据的话不能当作答案。")
    with database.reading() as session:
        asked = questions_of(session, gap_ids)
    questions = list(dict.fromkeys((about.title.strip(), *asked)))
    entry = {"question": "\n".join(questions), "answer": answer, "source": about.source}
    draft = draft_faq(
        json.dumps(entry, ensure_ascii=False), replace(about, title=about.title.strip()),
        status=status,
    )  # fmt: skip
    imported = bring_in(database, draft, embedder, by=by)
    if status is DocumentStatus.IN_FORCE:
        with database.unit_of_work() as session:
            document = session.get_one(PolicyDocument, imported.document_id)
            close_gaps(session, gap_ids, document.clauses[0].id)
    return imported
