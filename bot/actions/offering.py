"""Looking for what is on offer, signing up for it, and saying yes to a seat that became free."""

from bot.actions.service import start_service
from bot.actions.topic import Spoken, TopicAction, Turn
from models import message as messages
from models.intake.browsing import browse, browse_there, signed_up_for
from models.intake.form import human_choice
from models.intake.seats import offer_change, take_seat
from models.intake.wording import phrase
from models.offering.offering import find_offering, find_slot
from models.reply import Reply


class BrowseOfferings(TopicAction):
    """Shows sessions, events, mentors and places."""

    action_name = "action_browse_offerings"
    intents = ("browse_offerings",)

    def serve(self, turn: Turn) -> Spoken:
        """List what fits; an open form waits."""
        said = turn.call.heard.text
        if turn.call.heard.is_tapped:
            said = turn.call.heard.arguments.get("about", "")
        reply = browse(turn.session, turn.catalogue, turn.contact_id, said)
        if turn.form is None:
            return turn.say(reply)
        # A number is an answer to the open form: the list is told, not offered.
        listed = [f"· {one.title}" for one in reply.choices if signed_up_for(one.payload)]
        return turn.interrupt(Reply("\n".join([reply.text, *listed])))


def look_there(turn: Turn) -> Spoken | None:
    """Narrow the list that was just shown to the place that was named; None without one."""
    last = messages.last_outbound(turn.session, turn.call.conversation_id)
    if last is None or turn.form is not None:
        return None
    said, shown = turn.call.heard.text, last.reply.choices
    there = browse_there(turn.session, turn.catalogue, turn.contact_id, shown, said)
    return None if there is None else turn.say(there)


class SignUp(TopicAction):
    """Begins the service that takes a sign-up for what was chosen."""

    action_name = "topic_sign_up"
    intents = ("sign_up",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Start its service; the choice is the first answer, once consent stands."""
        named = signed_up_for(turn.call.heard.text)
        offering = None
        if named is not None and named[0] == "场次":
            slot = find_slot(turn.session, named[1])
            offering = slot.offering if slot is not None and slot.is_open() else None
        elif named is not None:
            offering = find_offering(turn.session, named[1])
        code = offering.about_kind.service if offering is not None else None
        if named is None or code is None or code not in turn.catalogue:
            return turn.interrupt(Reply(phrase("offer_gone"), (human_choice(),)))
        return start_service(turn, turn.catalogue.service(code), f"{named[0]}{named[1]}")


class TakeSeat(TopicAction):
    """Takes the yes to a seat that became free."""

    action_name = "topic_take_seat"
    intents = ("take_seat",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Keep the seat for good, or say why it cannot be."""
        said = turn.call.heard.text
        return turn.interrupt(take_seat(turn.session, turn.catalogue, turn.contact_id, said))


class ChangeSession(TopicAction):
    """Moves a sign-up from one session to another."""

    action_name = "topic_change_session"
    intents = ("change_session",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Ask for what is not named yet, then change in one step."""
        said = turn.call.heard.text
        reply = offer_change(turn.session, turn.catalogue, turn.contact_id, said)
        # A number that is chosen must not be an answer to an open form.
        return turn.say(reply) if reply.choices else turn.interrupt(reply)
