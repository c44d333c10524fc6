"""A policy answer as a reply: the answer's text, and the next steps as choices.

The next step is the service whose catalogue entry fits the nearest sentence, another clause about
the question, the whole section, a word on the answer, or a person. The choices carry along what
was talked of, so that a follow-up may leave out its subject.
"""

import json
from datetime import timedelta

from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue
from models.catalogue.service import Offer, Service
from models.database import utc_now
from models.intake.fields.place import named_place
from models.intake.fields.yes_no import leading_yes_or_no
from models.intake.form import human_choice
from models.intake.wording import phrase, title
from models.knowledge.answer import Answer, AnswerOutcome, answer_question
from models.knowledge.bodies import desk_of
from models.knowledge.citation import Citation
from models.knowledge.details import asked_detail
from models.knowledge.follow_up import Topic, follow_up
from models.knowledge.normalisation import normalise
from models.knowledge.search import Knowledge
from models.knowledge.words import pairs
from models.message import last_said
from models.reply import Choice, Reply

_COMMAND = "/ask_policy"
_LONGEST_TITLE = 18
_LONGEST_SUBJECT = 100
_STARTS = 2
_REMEMBERED = timedelta(minutes=30)
_LOOKED_BACK = 3


def policy_reply(
    knowledge: Knowledge, catalogue: Catalogue, question: str, *, offers: bool = True
) -> Reply | None:
    """Answer a question from the policy text. None when nothing in force is about it.

    Args:
        knowledge: the policy text.
        catalogue: the services that may be the next step.
        question: as the person wrote it.
        offers: False while a form is open: it is no time to start another.
    """
    return reply_of(answer_question(knowledge, question), catalogue, offers=offers)


def reply_of(answer: Answer, catalogue: Catalogue, *, offers: bool = True) -> Reply | None:
    """Return an answer with its next steps. None when nothing in force is about the question."""
    cited = answer.citation
    if cited is None:
        return None
    fitting = _fitting(answer, cited, catalogue) if offers else []
    starts = tuple(Choice(offer.title, f"/{service.start_intent}") for service, offer in fitting)
    page = f"/m/clause/{cited.clause_id}"
    whole = Choice(
        title("see_whole"), _payload(answer, whole="1"), path=page, picture=cited.picture or ""
    )
    person = human_choice()
    said = [answer.text]
    if answer.outcome is AnswerOutcome.NOT_STATED:
        said.append(phrase("hotline", number=desk_of(cited.responsible).hotline))
    if fitting:
        said += ["", *(offer.say for _, offer in fitting)]
    text = "\n".join(said)
    if answer.outcome is AnswerOutcome.NOT_STATED:
        # The detail is not in the text: a person may know it, another clause does not.
        return Reply(text, (*starts, whole, person))
    # A list that is too long is not read: the fewer services, the more clauses.
    others = tuple(
        Choice(_short(other.text), _payload(answer, clause=str(other.clause_id)))
        for other in answer.other[: 1 if starts else 2]
    )
    words = (
        Choice(title("useful"), _payload(answer, useful="1")),
        Choice(title("useless"), _payload(answer, useful="0")),
    )
    return Reply(text, (*starts, *others, whole, *words, person))


def topic_of(
    session: Session, conversation_id: int, looked_back: int = _LOOKED_BACK
) -> Topic | None:
    """Return what was talked of last in a conversation; None when that is too long ago.

    Args:
        session: an open session.
        conversation_id: which conversation.
        looked_back: in how many of the messages last said.
    """
    since = utc_now() - _REMEMBERED
    for said in last_said(session, conversation_id, looked_back):
        if said.at < since:
            break
        for choice in said.reply.choices:
            told = _told(choice.payload)
            # Other clauses are offered too; the whole section is that of the clause quoted.
            if told.get("whole") and told.get("about") and told.get("clause", "").isdecimal():
                return Topic(int(told["clause"]), told["about"])
    return None


def continues(session: Session, conversation_id: int, said: str) -> bool:
    """Check whether a message asks on about the policy answer before it, naming no subject.

    It asks for a detail, for other people or another place. What is said to us (「你们收费吗」) is
    about us, and what begins with a yes or a no (「行，我在沈阳」) is about what was offered.
    """
    # Behind anything else, such as a list of places, it goes on with that.
    topic = topic_of(session, conversation_id, looked_back=1)
    if topic is None or "你" in said or "您" in said:
        return False
    if leading_yes_or_no(said)[0] is not None:
        return False
    place = named_place(said)
    left = said[: place.start] + " " + said[place.end :] if place else said
    further = follow_up(left, topic)
    if further is None:
        return False
    return bool(place or further.who or asked_detail(left))


def nearest_clause(knowledge: Knowledge, text: str) -> Choice | None:
    """Return the clause nearest to some words, as a choice. None when no word of it fits."""
    hits = knowledge.search(text, top=1)
    if not hits or hits[0].score <= 0:
        return None
    cited = hits[0].citation
    return Choice(_short(cited.text), _command(clause=str(cited.clause_id)))


def _fitting(answer: Answer, cited: Citation, catalogue: Catalogue) -> list[tuple[Service, Offer]]:
    """Return the services that are a next step, the one nearest to the question's words first."""
    asked = {*pairs(normalise(answer.subject))}

    def shared(one: tuple[Service, Offer]) -> int:
        service, offer = one
        return len(asked & {*pairs(normalise(f"{service.name} {offer.title} {offer.say}"))})

    return sorted(catalogue.offers(cited.clause_path, cited.text), key=shared, reverse=True)[
        :_STARTS
    ]


def _payload(answer: Answer, **told: str) -> str:
    """Return what a choice of this answer says: its clause, unless another, and its subject."""
    assert answer.citation is not None
    return _command(
        **{"clause": str(answer.citation.clause_id), "about": answer.subject[:_LONGEST_SUBJECT]}
        | told
    )


def _command(**told: str) -> str:
    return f"{_COMMAND}{json.dumps(told, ensure_ascii=False)}"


def _told(payload: str) -> dict[str, str]:
    if not payload.startswith(f"{_COMMAND}{{"):
        return {}
    told: dict[str, str] = json.loads(payload.removeprefix(_COMMAND))
    return told


def _short(sentence: str) -> str:
    """Return the beginning of a sentence as the title of a choice."""
    if len(sentence) <= _LONGEST_TITLE:
        return phrase("see_clause", words=sentence.rstrip("。"))
    return phrase("see_clause", words=f"{sentence[:_LONGEST_TITLE]}…")
