"""Noise: words that came into a text from the web page around it; suspected, never just removed.

A suspicion is shown to an editor. What the editor confirms becomes a correction of the document,
and with it a new version; the original stays as it came.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.database import Database
from models.knowledge.corrections import Correction, apply
from models.knowledge.document import DocumentKind, DocumentStatus, PolicyDocument
from models.knowledge.draft import About, draft_text
from models.knowledge.editing import EditError
from models.knowledge.embedder import Embedder
from models.knowledge.importing import Imported, bring_in
from models.knowledge.vectors import Progress

_FILE = Path(__file__).resolve().parent / "noise.yml"
_CONTEXT = 12
_REPEATED_LINES = 3
_LINE_LENGTH = 40
_PHRASE = range(5, 13)
_STEM = 4
_LINES = re.compile(r"^[^\n]*\S[^\n]*$", re.MULTILINE)
_SEGMENT = re.compile(r"[^\s,，。；;：:、“”（）()！？!?]+")
_ANSWERING = (DocumentStatus.IN_FORCE, DocumentStatus.DRAFT)


@dataclass(frozen=True)
class Suspicion:
    """One place that may be noise: `text` at `start`..`end` of the published text, and why."""

    text: str
    start: int
    end: int
    why: str
    before: str
    after: str


def suspected(text: str) -> list[Suspicion]:
    """Return the places of a published text that may be noise, in order, none within another."""
    found: list[Suspicion] = []
    done = 0
    for start, end, why in sorted(_places(text), key=lambda place: (place[0], -place[1])):
        if start >= done:
            before, after = text[max(start - _CONTEXT, 0) : start], text[end : end + _CONTEXT]
            found.append(Suspicion(text[start:end], start, end, why, before, after))
            done = end
    return found


def remove(
    database: Database,
    document_id: int,
    numbers: Sequence[int],
    embedder: Embedder,
    progress: Progress | None = None,
    *,
    by: str = "",
) -> Imported:
    """Remove confirmed suspicions: the document's next version is published without them.

    Args:
        database: where the document is.
        document_id: which document.
        numbers: which suspicions, counted from 1 in the order of `suspected`.
        embedder: what gives the new version its vectors.
        progress: told how far that is.
        by: who confirmed them.

    Raises:
        EditError: there is no such document or number, or it is no text that answers.
        CorrectionError: the places cannot be told from others in the text.
        ImportRefused: nothing would be left to quote.
        EmbedderError: the embedder cannot be used; nothing is changed.
    """
    with database.reading() as session:
        document = session.get(PolicyDocument, document_id)
        if document is None:
            raise EditError(f"没有编号为 {document_id} 的文件。")
        if document.kind is not DocumentKind.POLICY or document.status not in _ANSWERING:
            raise EditError("只能清理现行文件和草稿，问答请直接改源文件。")
        places = suspected(document.published)
        wrong = [number for number in numbers if not 0 < number <= len(places)]
        if wrong or not numbers:
            raise EditError(f"可疑之处只有 1 到 {len(places)} 号。" if places else "没有可疑之处。")
        listed = [Correction.from_data(entry) for entry in document.corrections]
        published = document.published
        # From the end backwards: what is taken out later does not move what stands before.
        for number in sorted(set(numbers), reverse=True):
            correction = _correction(published, places[number - 1])
            published = apply(published, [correction])
            listed.append(correction)
        draft = draft_text(
            document.original, About.of(document), corrections=listed, status=document.status
        )
    return bring_in(database, draft, embedder, progress, by=by)


def _correction(text: str, place: Suspicion) -> Correction:
    """Return the correction that removes this place and no other."""
    width = _CONTEXT
    while True:
        before = text[max(place.start - width, 0) : place.start]
        after = text[place.end : place.end + width]
        if text.count(before + place.text + after) == 1:
            return Correction(place.text, "", 1, place.why, before=before, after=after)
        width *= 2


def _places(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and reason of what is known noise, stands in many lines, or is glued on."""
    for entry in _known():
        tail = r"[^\n]*" if entry.get("line") else ""
        head = r"^[ \t\u3000]*" if entry.get("line") else ""
        for match in re.finditer(head + re.escape(entry["text"]) + tail, text, re.MULTILINE):
            yield match.start(), match.end(), f"{entry['what']}，不是文件的内容"
    lines = [(match.start(), match.end(), match[0].strip()) for match in _LINES.finditer(text)]
    repeated = Counter(line for _, _, line in lines)
    for start, end, line in lines:
        if (
            repeated[line] >= _REPEATED_LINES
            and len(line) <= _LINE_LENGTH
            and line[-1] not in "。；"
        ):
            yield start, end, "多次重复的一行，可能是页眉、页脚或网页导航"
    for phrase in _glued(text):
        for match in re.finditer(re.escape(phrase), text):
            yield match.start(), match.end(), "两处句尾多出同样的词，可能是采集网页时混入的"


def _glued(text: str) -> list[str]:
    """Return phrases that stand at the end of several segments before a comma, and nowhere else."""
    tails: Counter[str] = Counter()
    for match in _SEGMENT.finditer(text):
        segment = match[0]
        if text[match.end() : match.end() + 1] in (",", "，"):
            for length in _PHRASE:
                if len(segment) >= length + _STEM:
                    tails[segment[-length:]] += 1
    found = [tail for tail, count in tails.items() if count > 1 and text.count(tail) == count]
    return [
        tail for tail in found if not any(other != tail and other.endswith(tail) for other in found)
    ]


@cache
def _known() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return entries
