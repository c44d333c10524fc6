"""The road and the desk of one process, with an assistant that hands over when told to."""

import threading
from datetime import timedelta
from typing import ClassVar

from sqlalchemy import select, update

from models import handoff, reception
from models.conversation import Conversation, ConversationState, lock_conversation
from models.database import Database, utc_now
from models.delivery import Delivery
from models.handoff import HandoffReason
from models.message import Author, Inbound, Message
from models.office_hours import Calendar, load_calendar
from models.reply import Reply
from models.settings import Settings
from models.staff import Staff
from tests.models.staffing import official
from webhook.assistant import Turn
from webhook.channel import Channel
from webhook.road import Road, Sender
from webhook.services import WEB, Services

ALWAYS = {day: ["00:00-23:59"] for day in range(1, 8)}
NEVER = {1: ["03:00-03:01"]}


def calendar_of(days: dict[int, list[str]]) -> Calendar:
    told = load_calendar().model_dump()
    told["offices"] = [{"region": None, "name": "人工服务", "days": days}]
    return Calendar.model_validate(
        told | {k: v.total_seconds() / 60 for k, v in told.items() if isinstance(v, timedelta)}
    )


class HandingOver:
    """An assistant that hands over on two words, in one transaction as the action server does."""

    reasons: ClassVar = {"人工": HandoffReason.ASKED, "危急": HandoffReason.DISTRESS}

    def __init__(self, database: Database, calendar: Calendar) -> None:
        self.database, self.calendar = database, calendar
        self.turns: list[str] = []

    def reply(self, turn: Turn) -> Reply:
        self.turns.append(turn.text)
        if turn.text not in self.reasons:
            return Reply(f"听到：{turn.text}")
        with self.database.unit_of_work() as session:
            conversation = lock_conversation(session, turn.conversation_id)
            return reception.receive(
                session, self.calendar, conversation, self.reasons[turn.text], turn.message_id
            )

    def is_ready(self) -> bool:
        return True


class House:
    """The road and the desk of one process, on one database."""

    def __init__(self, settings: Settings, database: Database, days: dict[int, list[str]]) -> None:
        settings.database_url = database.url.render_as_string(hide_password=False)
        self.services = Services(settings, push=lambda: None)
        self.database = self.services.database
        self.calendar = calendar_of(days)
        self.assistant = HandingOver(self.database, self.calendar)
        self.services.desk._calendar = self.calendar
        self.desk = self.services.desk
        self.road: Road = self.services.road
        self.road._answerer._assistant = self.assistant
        self.road._calendar = self.calendar
        with self.database.unit_of_work() as session:
            self.agent = official(session, "agent").id
        self._count = 0
        self._lock = threading.Lock()

    def hears(self, text: str, person: str = "person", channel: Channel = WEB) -> str | None:
        with self._lock:
            self._count += 1
            key = f"desk-{self._count}"
        return self.road.travel(Sender(channel, "gh", person), Inbound(key, text=text)).text

    def claims(self, conversation_id: int = 1) -> int:
        """Claim, and return the position of the last message before it."""
        with self.database.unit_of_work() as session:
            handoff.claim(session, conversation_id, session.get_one(Staff, self.agent))
            return session.get_one(Conversation, conversation_id).last_position

    def state(self) -> ConversationState:
        with self.database.reading() as session:
            return session.get_one(Conversation, 1).state

    def said(self, author: Author) -> list[str]:
        with self.database.reading() as session:
            return list(
                session.scalars(
                    select(Message.text).where(Message.author == author).order_by(Message.id)
                )
            )

    def pieces(self) -> list[Delivery]:
        with self.database.reading() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def time_passes(self) -> None:
        with self.database.unit_of_work() as session:
            session.execute(update(Delivery).values(due_at=utc_now() - timedelta(seconds=1)))
