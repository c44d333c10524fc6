"""Handoff: a case in which a person of the staff answers instead of the assistant.

A case begins when somebody asks for a person (or is in danger, or a member of staff steps in), and
ends when it is resolved or given back to the assistant; where somebody is in danger, by staff only.
Every move locks the conversation's row first, so that two people never get the same chat, and the
assistant never talks over one of them: the road reads the state again under the same lock before
anything it says is stored.
"""

from models.handoff.beginning import RIGHTS_SKILL, reopen, request
from models.handoff.case import (
    Handoff,
    HandoffError,
    HandoffReason,
    Outcome,
    TakenError,
    cases_of,
    current,
)
from models.handoff.guests import HandoffGuest, guests_of, invite, leave
from models.handoff.moves import claim, release, resolve, return_to_bot, talk_on, transfer
from models.handoff.talk import may_write, note_contact_message, note_staff_message, rate

__all__ = [
    "RIGHTS_SKILL",
    "Handoff",
    "HandoffError",
    "HandoffGuest",
    "HandoffReason",
    "Outcome",
    "TakenError",
    "cases_of",
    "claim",
    "current",
    "guests_of",
    "invite",
    "leave",
    "may_write",
    "note_contact_message",
    "note_staff_message",
    "rate",
    "release",
    "reopen",
    "request",
    "resolve",
    "return_to_bot",
    "talk_on",
    "transfer",
]
