"""Answer a question from the knowledge: quote, cite, warn, or say plainly that it is not there.

Three outcomes: a clause is quoted; the nearest clause does not hold the detail asked for
(``not_stated``); nothing in force is about the question (``not_found``). What a person reads is
quotation and citation, which are stored text, and our own few words, which may hold no figure of
their own (`models.knowledge.figures`).
"""

import logging
import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from models.knowledge.bodies import desk_of
from models.knowledge.calibration import QUOTABLE
from models.knowledge.citation import Citation, Hit
from models.knowledge.details import (
    Detail,
    as_question,
    asked_detail,
    holds,
    speaks_of,
    without_detail,
)
from models.knowledge.document import DocumentKind
from models.knowledge.figures import DIGITS, FigureError, check_figures
from models.knowledge.follow_up import FollowUp, Topic, follow_up, goes_on
from models.knowledge.hierarchy import OPENING
from models.knowledge.scope import Reach, Scope, today_in_china
from models.knowledge.search import Knowledge
from models.knowledge.synonyms import Synonyms

logger = logging.getLogger(__name__)

TEXT_BYTES = 1_500
"""Most UTF-8 bytes of an answer's text: WeChat takes 2,048, and choices follow."""

_LOOKED_AT = 8
_NEAR = 0.6
_OTHERS = 2
# 三(五)「支持有条件的市」, 三(八)「鼓励有条件的地方」: rights only where a place chose them.
_LOCAL = re.compile(r"有条件的(?:市|县|地方|地区|区)")
_BREAKS = "。！？；，、,;"
_PARTS = re.compile(r"[^。！？；，,;]+[。！？；，,;]*")
_SHORTEST_SHOWN = 8


class AnswerOutcome(StrEnum):
    """How an answer came out."""

    QUOTED = "quoted"
    NOT_STATED = "not_stated"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Answer:
    """What a person reads, and what it rests on.

    `text` is complete without choices; `citation` is the clause quoted (or the nearest one);
    `other` are further clauses about the question, best first; `detail` is what the text does not
    state; `score` is how sure the search was, 0..1; `subject` is the question that named what is
    talked of, which a follow-up may leave out.
    """

    outcome: AnswerOutcome
    text: str
    citation: Citation | None = None
    other: tuple[Citation, ...] = ()
    age_warning: str = ""
    detail: Detail | None = None
    score: float = 0.0
    subject: str = ""

    @property
    def topic(self) -> Topic | None:
        """What a follow-up to this answer would be about."""
        return Topic(self.citation.clause_id, self.subject) if self.citation else None


def answer_question(
    knowledge: Knowledge,
    question: str,
    today: date | None = None,
    *,
    topic: Topic | None = None,
    scope: Scope | None = None,
) -> Answer:
    """Answer `question` from the documents in force.

    Args:
        knowledge: what can be found.
        question: as the person wrote it.
        today: the day the answer is given, in China; now when left out.
        topic: what was talked of last: a question without a subject is about that.
        scope: for whom the documents must hold.
    """
    day = today or today_in_china()
    scope = scope or Scope(day=day)
    if topic is not None:
        # 「在沈阳呢」 asks the same again for another place.
        asked = question.replace(scope.named, " ") if scope.named else question
        further = follow_up(asked, topic)
        if further is not None and scope.named and not further.who:
            return _for_place(_answer(knowledge, topic.question, scope, day), scope)
        if further is not None:
            return _further(knowledge, further, topic, scope, day)
    answer = _answer(knowledge, question, scope, day)
    if answer.outcome is AnswerOutcome.NOT_FOUND and topic is not None and goes_on(question):
        return _further(knowledge, FollowUp(f"{topic.question} {question}"), topic, scope, day)
    return answer


def answer_clause(
    knowledge: Knowledge, clause_id: int, today: date | None = None, *, subject: str = ""
) -> Answer:
    """Quote one clause, chosen by the person; ``not_found`` when it is no longer in force."""
    citation = knowledge.clause(clause_id)
    if citation is None:
        return _not_found()
    hit = Hit(citation, 1.0, 1.0, 1.0)
    return _quoted(hit, (), today or today_in_china(), subject or citation.text)


def answer_whole(knowledge: Knowledge, clause_id: int, *, subject: str = "") -> Answer:
    """Quote the whole section of a clause; ``not_found`` when it is no longer in force."""
    citation = knowledge.clause(clause_id)
    if citation is None:
        return _not_found()
    section = "".join(clause.text for clause in knowledge.section(citation))
    return Answer(
        AnswerOutcome.QUOTED,
        _text([citation.heading] if citation.heading else [], citation, [], section),
        citation,
        score=1.0,
        subject=subject or citation.text,
    )


def _answer(knowledge: Knowledge, question: str, scope: Scope, day: date) -> Answer:
    asked = as_question(question)
    hits = [hit for hit in knowledge.search(asked, _LOOKED_AT, scope) if hit.score >= QUOTABLE]
    if not hits:
        return _not_found()
    return _of_hits(knowledge, hits, asked, question, day)


def _for_place(answer: Answer, scope: Scope) -> Answer:
    """Say beside a quotation that the place that was asked about has no document of its own."""
    cited = answer.citation
    if answer.outcome is not AnswerOutcome.QUOTED or cited is None:
        return answer
    if scope.is_near(Reach(cited.document_id, cited.region)):
        return answer
    told = f"没有查到{scope.named}自己的规定，适用的文件是这样写的："
    return replace(answer, text=f"{told}\n{answer.text}")


def _further(
    knowledge: Knowledge, further: FollowUp, topic: Topic, scope: Scope, day: date
) -> Answer:
    """Answer a follow-up from the section that was talked of, and from its clause at the least."""
    citation = knowledge.clause(topic.clause_id)
    if citation is None:
        return _answer(knowledge, further.asked, scope, day)
    near = {clause.clause_id for clause in knowledge.section(citation)}
    asked = as_question(further.asked)
    hits = [
        hit
        for hit in knowledge.search(asked, _LOOKED_AT, scope)
        if hit.score >= QUOTABLE and hit.citation.clause_id in near
    ]
    if citation.clause_id not in {hit.citation.clause_id for hit in hits}:
        hits.append(Hit(citation, QUOTABLE, 1.0, 0.0))
    if not further.who:
        if asked_detail(asked) is not None:
            # What no clause states is missing in the one that was talked of.
            hits.sort(key=lambda hit: hit.citation.clause_id != citation.clause_id)
        return _of_hits(knowledge, hits, asked, topic.question, day)
    for hit in hits:
        if speaks_of(hit.citation.text, further.who, knowledge.synonyms):
            return _quoted(hit, _others(hits, hit), day, topic.question)
    about = next(hit for hit in hits if hit.citation.clause_id == citation.clause_id)
    return _not_stated(about, _others(hits, about), Detail.WHO, day, topic.question)


def _of_hits(knowledge: Knowledge, hits: list[Hit], asked: str, subject: str, day: date) -> Answer:
    """Answer from clauses that are about the question, the best of them first."""
    detail = asked_detail(asked)
    if detail is None:
        return _quoted(hits[0], _others(hits, hits[0]), day, subject)
    near = [hit for hit in hits if hit.score >= _NEAR * hits[0].score]
    synonyms = knowledge.synonyms
    for hit in near:
        if _states(hit.citation, detail, asked, synonyms, is_nearest=hit is hits[0]):
            return _quoted(hit, _others(hits, hit), day, subject)
    # A nearest clause that can be shown is worth more than one whose figures must be held back.
    nearest = next((hit for hit in near if without_figures(hit.citation.text)), hits[0])
    return _not_stated(nearest, _others(hits, nearest), detail, day, subject)


def _states(
    citation: Citation, detail: Detail, asked: str, synonyms: Synonyms, *, is_nearest: bool
) -> bool:
    """Whether a clause holds the detail asked for.

    An entry of questions and answers that was written for such a question about the same thing
    does, however it puts it. The questions of a policy's clause tell what it is about, no more.
    """
    written_for = (citation.question or "") if citation.kind is DocumentKind.FAQ else ""
    if asked_detail(as_question(written_for)) is detail and speaks_of(
        f"{written_for} {citation.text}", without_detail(asked), synonyms
    ):
        return True
    context = f"{citation.title} {citation.heading} {citation.question or ''}"
    return holds(citation.text, detail, asked, context, synonyms, is_nearest=is_nearest)


def source_line(citation: Citation, *, dated: bool = True) -> str:
    """Return the line that names document, clause, issuer and date.

    Args:
        citation: what is quoted.
        dated: whether the date of issue is told.
    """
    place = "" if citation.clause_path == OPENING else citation.clause_path
    known = [f"《{citation.title}》{place}", citation.issuer, citation.source]
    if dated and citation.issued_on is not None:
        known.append(f"{citation.issued_on:%Y}年{citation.issued_on.month}月印发")
    line = f"出处：{'，'.join(one for one in known if one)}"
    return f"{line}（已去掉原网页混入的文字）" if citation.corrected else line


def period_warning(
    valid_until: date | None, responsible: str = "", today: date | None = None
) -> str:
    """Return what to tell when a document's period is over; empty while it is not.

    Args:
        valid_until: its last day, None when none is known.
        responsible: the bodies it names, of which one is to be asked.
        today: the day that counts; now when left out.
    """
    if valid_until is None or valid_until >= (today or today_in_china()):
        return ""
    desk = desk_of(responsible)
    return (
        f"这份文件的目标期到{_period(valid_until)}，现在是否继续执行，"
        f"请向当地{desk.name}或 {desk.hotline} 核实。"
    )


def _quoted(hit: Hit, other: tuple[Citation, ...], day: date, subject: str) -> Answer:
    citation = hit.citation
    period = _period(citation.valid_until)
    desk = desk_of(citation.responsible)
    warning = period_warning(citation.valid_until, citation.responsible, day)
    lead = citation.lead or ""
    hint = "这一条各地不一样，请问当地。" if _LOCAL.search(citation.text) else ""
    own = [line for line in (hint, warning) if line]
    text = _text([lead] if lead else [], citation, own)
    try:
        check_figures("\n".join([lead, *own]), citation.text, period, desk.hotline)
    except FigureError:
        logger.error("An answer to clause %d held a figure of its own.", citation.clause_id)
        text = _text([], citation, [])
    return Answer(
        AnswerOutcome.QUOTED, text, citation, other, warning, score=hit.score, subject=subject
    )


def _not_stated(
    hit: Hit, other: tuple[Citation, ...], detail: Detail, day: date, subject: str
) -> Answer:
    """Say that the text does not hold the detail. No digit may stand beside the citation."""
    citation = hit.citation
    document = "这条问答" if citation.kind is DocumentKind.FAQ else "这份文件"
    before = [f"{document}没有写{detail}。"]
    warning = ""
    if _has_ended(citation, day):
        warning = "文件的目标期已过，现在是否继续执行，要向当地核实。"
    whom = f"可以问当地{desk_of(citation.responsible).name}，也可以请工作人员帮您查。"
    after = [line for line in (warning, whom) if line]
    # A figure beside 「没有写具体金额」 would be taken for the answer.
    shown = without_figures(citation.text)
    source = source_line(citation, dated=False)
    if shown:
        text = _text([*before, "最接近的一条："], citation, after, shown, source)
    else:
        text = "\n".join([*before, f"最接近的一条见{source}", *after])
    return Answer(
        AnswerOutcome.NOT_STATED,
        text,
        citation,
        other,
        warning,
        detail=detail,
        score=hit.score,
        subject=subject,
    )


def _not_found() -> Answer:
    return Answer(
        AnswerOutcome.NOT_FOUND,
        "没找到相关政策。您可以换个说法，或者说『能干啥』看我能帮什么。",
    )


def _others(hits: list[Hit], chosen: Hit) -> tuple[Citation, ...]:
    near = [
        hit.citation
        for hit in hits
        if hit is not chosen
        and hit.score >= _NEAR * chosen.score
        and not hit.citation.names_responsible
    ]
    return tuple(near[:_OTHERS])


def _text(
    before: list[str], citation: Citation, after: list[str], shown: str = "", source: str = ""
) -> str:
    """Put an answer together; a quotation too long for one message is cut at a comma, with ….

    `shown` is quoted instead of the whole clause, `source` told instead of its full source line.
    """
    source = source or source_line(citation)
    beside = len("\n".join([*before, "「」", source, *after]).encode())
    return "\n".join(
        [*before, f"「{_cut(shown or citation.text, TEXT_BYTES - beside)}」", source, *after]
    )


def without_figures(text: str) -> str:
    """Return the longest stretch of whole parts of a clause without a digit, with … at its cuts.

    Empty when hardly anything is left.
    """
    if not DIGITS.search(text):
        return text
    parts = _PARTS.findall(text)
    stretches = "".join("\n" if DIGITS.search(part) else part for part in parts).split("\n")
    longest = max(stretches, key=len)
    if len(longest) < _SHORTEST_SHOWN:
        return ""
    start = "" if text.startswith(longest) else "…"
    return f"{start}{longest}{'' if text.endswith(longest) else '…'}"


def _cut(text: str, most: int) -> str:
    if len(text.encode()) <= most:
        return text
    start = text.encode()[: most - len("…".encode())].decode(errors="ignore")
    stop = max(start.rfind(mark) for mark in _BREAKS)
    return f"{start[: stop + 1] if stop > 0 else start}…"


def _has_ended(citation: Citation, day: date) -> bool:
    return citation.valid_until is not None and citation.valid_until < day


def _period(valid_until: date | None) -> str:
    if valid_until is None:
        return ""
    if (valid_until.month, valid_until.day) == (12, 31):
        return f"{valid_until.year}年底"
    return f"{valid_until.year}年{valid_until.month}月{valid_until.day}日"
