"""What one process changes counts in the others: seen with real processes of their own."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from models.database import Database
from models.knowledge.document import DocumentStatus
from models.knowledge.draft import About, draft_text
from models.knowledge.editing import set_status
from models.knowledge.importing import import_document
from models.knowledge.synonyms import set_synonym
from models.settings import ROOT, Settings

# It takes well under a second; a busy machine that starts three of them gets more.
_PATIENCE = 20.0
_NOTHING = "-"
_PROCESS = f"""
import sys
from models import tables
from models.database import Database
from models.knowledge.search import Knowledge
from models.knowledge.words import words
words("预热")
knowledge = Knowledge(Database(sys.argv[1]), None)
for question in sys.stdin:
    hits = knowledge.search(question.strip(), 1)
    print(hits[0].citation.text if hits and hits[0].words else "{_NOTHING}", flush=True)
"""


class Process:
    """A process that answers one question a line, as a web or action process does."""

    def __init__(self, url: str) -> None:
        self._running = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-c", _PROCESS, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
        )

    def ask(self, question: str) -> str:
        assert self._running.stdin and self._running.stdout
        print(question, file=self._running.stdin, flush=True)
        return self._running.stdout.readline().strip()

    def end(self) -> None:
        self._running.communicate(timeout=10)


@pytest.fixture
def processes(database: Database, settings: Settings) -> Iterator[list[Process]]:
    running = [Process(settings.database_url) for _ in range(3)]
    yield running
    for one in running:
        one.end()


def bring(database: Database, days: int) -> int:
    text = f"一、租房\n青年驿站免费住{days}天。\n"
    with database.unit_of_work() as session:
        return import_document(session, draft_text(text, About("青年办法"))).document_id


def wait_for(processes: list[Process], question: str, answer: str) -> None:
    until = time.monotonic() + _PATIENCE
    waiting = list(processes)
    while waiting and time.monotonic() < until:
        waiting = [one for one in waiting if one.ask(question) != answer]
    assert not waiting, f"{len(waiting)} of {len(processes)} processes did not learn of it"


def test_what_is_new_and_what_is_gone_counts_in_every_process(
    database: Database, processes: list[Process]
) -> None:
    assert [one.ask("青年驿站住几天") for one in processes] == [_NOTHING] * 3
    first = bring(database, 7)
    wait_for(processes, "青年驿站住几天", "青年驿站免费住7天。")
    second = bring(database, 10)
    # The replaced text may not be given again by anybody, not even while indexes are built anew.
    assert "青年驿站免费住7天。" not in {one.ask("青年驿站住几天") for one in processes}
    wait_for(processes, "青年驿站住几天", "青年驿站免费住10天。")
    with database.unit_of_work() as session:
        set_status(session, second, DocumentStatus.WITHDRAWN, "王")
    # At once: the very next question of each.
    assert [one.ask("青年驿站住几天") for one in processes] == [_NOTHING] * 3
    with database.unit_of_work() as session:
        set_status(session, first, DocumentStatus.IN_FORCE, "王")
    wait_for(processes, "青年驿站住几天", "青年驿站免费住7天。")


def test_a_synonym_counts_in_every_process(database: Database, processes: list[Process]) -> None:
    bring(database, 7)
    assert [one.ask("落脚点") for one in processes] == [_NOTHING] * 3
    with database.unit_of_work() as session:
        set_synonym(session, "落脚点", "青年驿站", "王")
    wait_for(processes, "落脚点", "青年驿站免费住7天。")
