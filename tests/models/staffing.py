"""What tests of the staff's side share: officials at their desks, people who write."""

import itertools

from sqlalchemy.orm import Session

from models.contact import meet_contact
from models.conversation import Conversation, open_conversation
from models.database import utc_now
from models.message import Inbound, Message, record_inbound
from models.staff import Presence, Role, Staff, create_staff

_COUNTER = itertools.count(1)
PASSWORD = "correct-horse-battery"


def official(session: Session, name: str, role: Role = Role.AGENT, **more: object) -> Staff:
    """Somebody who sits at the console and takes chats."""
    staff = create_staff(session, name, role, password=PASSWORD)
    staff.presence, staff.seen_at = Presence.ONLINE, utc_now()
    for field, value in more.items():
        setattr(staff, field, value)
    session.flush()
    return staff


def talk(session: Session, person: str, channel: str = "web") -> Conversation:
    """A person's conversation, locked."""
    return open_conversation(session, meet_contact(session, channel, "gh", person).id)


def writes(session: Session, conversation: Conversation, text: str) -> Message:
    """A message from the person."""
    inbound = Inbound(f"staffing-{next(_COUNTER)}", text=text)
    return record_inbound(session, conversation, inbound, safe_text=text, awaited_until=utc_now())
