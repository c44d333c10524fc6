"""A FAQ to measure search on: an entry has to be found among many by what people say."""

import json
from typing import Any

import yaml

from models.database import Database
from models.knowledge.draft import About
from models.knowledge.embedder import Embedder
from models.knowledge.faq import draft_faq
from models.knowledge.importing import bring_in
from models.knowledge.search import Knowledge
from models.settings import ROOT

QUESTIONS = ROOT / "tests" / "faq_questions.yml"

FLOOR = {"FAQ entry first": 0.63, "FAQ entry in five": 0.83}
"""What the held-out questions must reach; a change that lowers one of these fails."""

_TOP = 5


def read() -> dict[str, Any]:
    """Return the entries with their questions, and what the others are made of."""
    found: dict[str, Any] = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    return found


def fill(database: Database, embedder: Embedder, data: dict[str, Any]) -> None:
    """Import the FAQ: every entry that is asked for, and every other one."""
    entries = [
        (entry["question"], entry["answer"]) for part in ("fit", "held_out") for entry in data[part]
    ]
    entries += [
        (shape["question"].format(matter), shape["answer"].replace("{}", matter))
        for matter in data["others"]["matters"]
        for shape in data["others"]["shapes"]
    ]
    lines = (
        json.dumps({"question": question, "answer": answer}, ensure_ascii=False)
        for question, answer in entries
    )
    bring_in(database, draft_faq("\n".join(lines), About("问答")), embedder)


def asked(entries: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Return each question with the answer that is right, as `evaluate.is_right` reads it."""
    return [(ask, [f"={entry['answer']}"]) for entry in entries for ask in entry["asks"]]


def measure(
    knowledge: Knowledge, entries: list[dict[str, Any]]
) -> tuple[dict[str, float], list[str]]:
    """Ask every question; return the figures, and a line for each question that went wrong."""
    places, misses = [], []
    questions = [(ask, entry["answer"]) for entry in entries for ask in entry["asks"]]
    for ask, answer in questions:
        found = [hit.citation.text for hit in knowledge.search(ask, _TOP)]
        places.append(found.index(answer) if answer in found else _TOP)
        if places[-1]:
            misses.append(f"FAQ entry first: {ask}")
    return {
        "FAQ entry first": sum(place == 0 for place in places) / len(places),
        "FAQ entry in five": sum(place < _TOP for place in places) / len(places),
    }, misses
