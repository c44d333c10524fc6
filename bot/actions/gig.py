"""Gig work: wanting to do what was found, and choosing among those who want it."""

from bot.actions.hand_off import received
from bot.actions.topic import Spoken, TopicAction, Turn
from models.gig_application import answers_by_itself
from models.handoff import HandoffReason
from models.intake.gig_choosing import applicants, choose
from models.intake.gig_wish import (
    applied,
    ask,
    gone,
    has_agreed,
    is_registered,
    noted,
    register_first,
    wanted,
)
from models.intake.my_data import progress
from models.intake.wording import phrase
from models.reply import Reply


class WantPosting(TopicAction):
    """Takes the wish for a posting, with the yes to what its side sees of the person."""

    action_name = "topic_want_posting"
    intents = ("want_posting",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Register first, ask for the yes, store the wish; a bureau's posting goes to staff."""
        text = turn.call.heard.text
        posting = wanted(turn.session, text)
        if posting is None:
            return turn.interrupt(gone())
        if not is_registered(turn.session, turn.contact_id):
            return turn.interrupt(register_first(posting))
        if not answers_by_itself(turn.session, posting):
            return turn.say(noted(posting), received(turn, HandoffReason.ASKED))
        if has_agreed(text):
            return turn.interrupt(applied(turn.session, posting, turn.contact_id))
        # A yes to this question must not be one to an open form.
        return turn.say(ask(posting))


class SeeApplicants(TopicAction):
    """Shows who wants to do what somebody posted."""

    action_name = "topic_see_applicants"
    intents = ("see_applicants",)
    # What is shown of people is kept for its delivery alone.
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """List them; a yes or no names its application, so an open form may wait."""
        said = turn.call.heard.text
        listed = applicants(turn.session, turn.contact_id, said)
        # 「看看报名」 is said by those who signed up for something, too.
        mine = listed or progress(turn.session, turn.catalogue, turn.contact_id)
        return turn.say(mine or Reply(phrase("applicants_no_posting")))


class ChooseApplicant(TopicAction):
    """Takes the yes or no of who posted the work."""

    action_name = "topic_choose_applicant"
    intents = ("choose_applicant",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Give the place, or say no; then the next who waits."""
        return turn.say(choose(turn.session, turn.contact_id, turn.call.heard.text))
