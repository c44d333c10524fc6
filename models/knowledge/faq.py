"""FAQ: question-answer entries, one JSON object ``{"question","answer","source"}`` a line."""

import json

from models.knowledge.document import DocumentKind, DocumentStatus
from models.knowledge.draft import About, Draft, DraftClause, ImportRefused

_LIMITS = {"question": 2_000, "answer": 20_000, "source": 500}
_FAULTS_TOLD = 5


def is_faq(text: str) -> bool:
    """Whether a text is FAQ entries: its first line that holds anything is one."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    try:
        data = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and "answer" in data


def draft_faq(
    original: str, about: About, *, status: DocumentStatus = DocumentStatus.IN_FORCE
) -> Draft:
    """Make a draft of FAQ entries; each is a clause.

    ``question`` and ``source`` may be empty: an answer without a question is found by its text.

    Raises:
        ImportRefused: a line cannot be used (the message names the lines), or there is none.
    """
    pieces: list[DraftClause] = []
    faults: list[str] = []
    start = 0
    for number, line in enumerate(original.split("\n"), 1):
        if line.strip():
            try:
                question, answer, source = _entry(line)
            except ValueError as error:
                faults.append(f"第 {number} 行：{error}")
            else:
                end = start + len(answer)
                pieces.append(DraftClause("", "", answer, start, end, question or None, source))
                start = end + 1
    if faults:
        more = f"；另有 {len(faults) - _FAULTS_TOLD} 行" if len(faults) > _FAULTS_TOLD else ""
        raise ImportRefused(f"没有导入。{'；'.join(faults[:_FAULTS_TOLD])}{more}。")
    if not pieces:
        raise ImportRefused("里面没有问答。")
    # Answers one under the other: an entry is cited by its range like any clause.
    published = "\n".join(piece.text for piece in pieces)
    return Draft(DocumentKind.FAQ, about, original, published, [], pieces, status=status)


def _entry(line: str) -> tuple[str, str, str]:
    """Read one line into question, answer and source.

    Raises:
        ValueError: it is no JSON object, has no answer, or a field is too long or not a text.
    """
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("不是一个 JSON 对象") from error
    if not isinstance(data, dict):
        raise ValueError("不是一个 JSON 对象")
    values = []
    for name, limit in _LIMITS.items():
        value = data.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise ValueError(f"{name} 不是文字")
        if len(value) > limit:
            raise ValueError(f"{name} 超过 {limit} 字")
        # Neither NUL nor half a surrogate pair can be stored.
        values.append(value.replace("\0", "").encode("utf-8", "ignore").decode().strip())
    question, answer, source = values
    if not answer:
        raise ValueError("没有 answer")
    return question, answer, source
