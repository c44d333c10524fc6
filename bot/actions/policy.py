"""Questions about the plan."""

from dataclasses import replace
from functools import partial

from bot.actions.topic import Response, Spoken, TopicAction, Turn
from models.intake.clarify import clarify_inside
from models.intake.elsewhere import who_handles
from models.intake.form import human_choice
from models.intake.policy_answer import reply_of, topic_of
from models.intake.who_asks import scope_of
from models.intake.wording import phrase
from models.knowledge.answer import (
    Answer,
    AnswerOutcome,
    answer_clause,
    answer_question,
    answer_whole,
)
from models.knowledge.calibration import SURE
from models.knowledge.feedback import rate_answer
from models.knowledge.gaps import file_gap
from models.reply import Reply


class AnswerPolicy(TopicAction):
    """Quotes the clause that answers, or says plainly that there is none."""

    action_name = "action_answer_policy"
    intents = ("ask_policy",)

    def serve(self, turn: Turn) -> Spoken:
        """Answer the question, quote the clause that was chosen, or take a word on an answer."""
        heard = turn.call.heard
        clause, question = heard.arguments.get("clause", ""), heard.arguments.get("choice", "")
        if clause.isdecimal():
            return _about_clause(turn, int(clause))
        if heard.is_tapped and not question:
            return turn.interrupt(Response("utter_help"))
        return answer_about(turn, question or heard.text)


def answer_about(turn: Turn, question: str) -> Spoken:
    """Answer a question from the documents, with what was talked of last as its subject."""
    topic = topic_of(turn.session, turn.call.conversation_id)
    scope = scope_of(turn.session, turn.desk.knowledge, turn.call.conversation_id, question)
    answer = answer_question(turn.desk.knowledge, question, topic=topic, scope=scope)
    if answer.outcome is AnswerOutcome.NOT_FOUND:
        handled = who_handles(question)
        if handled is not None:
            return turn.interrupt(Reply(handled, (human_choice(),)))
    spoken = _said(turn, answer, question)
    if answer.outcome is AnswerOutcome.QUOTED:
        return spoken
    return replace(
        spoken,
        keeps=partial(
            file_gap,
            question=question,
            outcome=answer.outcome.value,
            detail=answer.detail,
            clause_id=answer.citation.clause_id if answer.citation else None,
            message_id=turn.call.message_id,
        ),
    )


def said_in_documents(turn: Turn, question: str) -> Spoken | None:
    """Answer a question that is taken for none of ours: what a bureau has loaded may say it.

    None unless a document surely does.
    """
    scope = scope_of(turn.session, turn.desk.knowledge, turn.call.conversation_id, question)
    answer = answer_question(turn.desk.knowledge, question, scope=scope)
    if answer.outcome is not AnswerOutcome.QUOTED or answer.score < SURE:
        return None
    return _said(turn, answer)


def _about_clause(turn: Turn, clause_id: int) -> Spoken:
    told, knowledge = turn.call.heard.arguments, turn.desk.knowledge
    about, useful = told.get("about", ""), told.get("useful", "")
    if told.get("whole"):
        return _said(turn, answer_whole(knowledge, clause_id, subject=about))
    answer = answer_clause(knowledge, clause_id, subject=about)
    if not useful or answer.citation is None:
        return _said(turn, answer)
    keeps = partial(
        rate_answer,
        clause_id=clause_id,
        useful=useful == "1",
        question=about,
        message_id=turn.call.message_id,
    )
    thanks = Reply(phrase("rated_useful"))
    if useful != "1":
        thanks = Reply(phrase("rated_useless"), (human_choice(),))
    return replace(turn.interrupt(thanks), keeps=keeps)


def _said(turn: Turn, answer: Answer, question: str = "") -> Spoken:
    reply = reply_of(answer, turn.catalogue, offers=turn.form is None)
    if reply is None:
        asked = clarify_inside(turn.catalogue, question)
        if asked is not None and turn.form is not None:
            return turn.say(Reply(phrase("not_found")), asked)
        if asked is not None:
            return replace(turn.say(Reply(phrase("not_found")), asked), is_miss=True)
        # Who asks for help with a start of their own is often served by a service instead.
        return turn.miss(Reply(phrase("not_found")), suggests=True)
    return turn.interrupt(reply)
