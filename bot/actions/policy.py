"""Questions about the plan."""

from bot.actions.topic import Response, Spoken, TopicAction, Turn
from models.intake.elsewhere import who_handles
from models.intake.form import human_choice
from models.intake.policy_answer import clause_reply, policy_reply
from models.intake.wording import phrase
from models.reply import Reply


class AnswerPolicy(TopicAction):
    """Quotes the clause that answers, or says plainly that there is none."""

    action_name = "action_answer_policy"
    intents = ("ask_policy",)

    def serve(self, turn: Turn) -> Spoken:
        """Answer the question, or quote the clause that was chosen."""
        heard, desk = turn.call.heard, turn.desk
        offers = turn.form is None
        clause, question = heard.arguments.get("clause", ""), heard.arguments.get("choice", "")
        if clause.isdecimal():
            reply = clause_reply(desk.knowledge, desk.catalogue, int(clause), offers=offers)
        elif heard.is_tapped and not question:
            return turn.interrupt(Response("utter_help"))
        else:
            asked = question or heard.text
            reply = policy_reply(desk.knowledge, desk.catalogue, asked, offers=offers)
        if reply is None:
            handled = who_handles(heard.text)
            if handled is None:
                return turn.miss(Reply(phrase("not_found")))
            reply = Reply(handled, (human_choice(),))
        return turn.interrupt(reply)
