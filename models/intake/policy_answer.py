"""A policy answer as a reply: the answer's text, and the next steps as choices.

The next step is the service whose catalogue entry fits the quoted sentence, a person, or another
clause about the question.
"""

from models.catalogue.loader import Catalogue
from models.intake.form import human_choice
from models.intake.wording import phrase
from models.knowledge.answer import Answer, AnswerOutcome, answer_clause, answer_question
from models.knowledge.search import Knowledge
from models.reply import Choice, Reply

_LONGEST_TITLE = 18


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
    return _as_reply(answer_question(knowledge, question), catalogue, offers)


def clause_reply(
    knowledge: Knowledge, catalogue: Catalogue, clause_id: int, *, offers: bool = True
) -> Reply | None:
    """Quote a clause that the person chose. None when it is no longer in force."""
    return _as_reply(answer_clause(knowledge, clause_id), catalogue, offers)


def nearest_clause(knowledge: Knowledge, text: str) -> Choice | None:
    """Return the clause nearest to some words, as a choice. None when no word of it fits."""
    hits = knowledge.search(text, top=1)
    if not hits or hits[0].score <= 0:
        return None
    return _see(hits[0].citation.text, hits[0].citation.clause_id)


def _see(sentence: str, clause_id: int) -> Choice:
    return Choice(_short(sentence), f'/ask_policy{{"clause": "{clause_id}"}}')


def _as_reply(answer: Answer, catalogue: Catalogue, offers: bool) -> Reply | None:
    if answer.outcome is AnswerOutcome.NOT_FOUND:
        return None
    person = human_choice()
    if answer.citation is None or answer.outcome is AnswerOutcome.NOT_STATED:
        # The detail is not in the text: a person may know it, another clause does not.
        return Reply(answer.text, (person,))
    others = tuple(_see(other.text, other.clause_id) for other in answer.other)
    cited = answer.citation
    fitting = catalogue.offers(cited.clause_path, cited.text) if offers else []
    if not fitting:
        return Reply(answer.text, (*others, person))
    text = "\n".join([answer.text, "", *(offer.say for _, offer in fitting)])
    starts = tuple(Choice(offer.title, f"/{service.start_intent}") for service, offer in fitting)
    return Reply(text, (*starts, *others, person))


def _short(sentence: str) -> str:
    """Return the beginning of a sentence as the title of a choice."""
    if len(sentence) <= _LONGEST_TITLE:
        return phrase("see_clause", words=sentence.rstrip("。"))
    return phrase("see_clause", words=f"{sentence[:_LONGEST_TITLE]}…")
