"""The parts a process of this room works with, built from the settings in one place."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue, load_catalogue
from models.contact import BUREAU
from models.database import Database
from models.intake.policy_answer import policy_reply
from models.knowledge.embedder import build_embedder
from models.knowledge.search import Knowledge
from models.materials.store import MaterialStore
from models.office_calendar import in_force
from models.office_hours import Calendar, load_calendar
from models.reply import Reply
from models.settings import Settings
from webhook.assistant import RasaAssistant
from webhook.brisk_redis import BriskRedis, connect_redis
from webhook.channel import Channel, PageChannel
from webhook.desk import Desk
from webhook.feed import Feed
from webhook.road import Road
from webhook.wake import Wake
from webhook.wechat.channel import WeChatChannel
from webhook.wechat.miniprogram import ServiceCards
from webhook.wechat.notices import Notices

WEB = PageChannel("web")
TERMINAL = PageChannel("terminal")
MINIPROGRAM = PageChannel("miniprogram")
DESK = PageChannel(BUREAU)
"""Of those registered at a bureau's desk: what is to be told them waits until somebody asks."""


class Services:
    """Database, Redis, assistant, knowledge and the road of one process.

    Args:
        settings: where they all are.
        push: called when pieces are left to be pushed.
    """

    def __init__(self, settings: Settings, push: Callable[[], None]) -> None:
        self.settings = settings
        self.push = push
        self.database = Database(settings.database_url)
        self.redis = connect_redis(settings.redis_url)
        self.brisk_redis = BriskRedis(settings.redis_url)
        self.assistant = RasaAssistant(settings.rasa_url, settings.rasa_timeout)
        self.catalogue: Catalogue = load_catalogue()
        self.materials = MaterialStore(settings.var_dir / "uploads")
        self.embedder = build_embedder(settings)
        self.knowledge = Knowledge(self.database, self.embedder)
        self.calendar = load_calendar(settings.var_dir)
        wake = Wake(self.brisk_redis)
        self.feed = Feed(self.database, wake)
        cards = ServiceCards(settings.miniprogram_app_id, settings.miniprogram_page, self.catalogue)
        self.channels: dict[str, Channel] = {
            one.name: one
            for one in (
                WeChatChannel(settings.public_url, cards.of), WEB, TERMINAL, MINIPROGRAM, DESK,
            )
        }  # fmt: skip
        self.notices = Notices.load(settings.var_dir, settings.public_url)
        self.desk = Desk(self.database, self.channels, self.calendar, push, self.notices)
        self.road = Road(
            self.database,
            self.assistant,
            self._search,
            wake,
            push,
            self.channels,
            self.catalogue,
            self.calendar,
            lease=settings.rasa_timeout + 5,
        )

    def hours(self, session: Session) -> Calendar:
        """Return when staff are there, as admins have set it; else as this machine's file says."""
        return in_force(session, self.calendar)

    def pushes(self, channel: str) -> bool:
        """Whether we can send through this door without being asked."""
        return self.channels[channel].pushes

    def close(self) -> None:
        """Close every connection of this process."""
        self.feed.close()
        self.assistant.close()
        self.redis.close()
        self.brisk_redis.close()
        self.database.dispose()

    def _search(self, question: str) -> Reply | None:
        return policy_reply(self.knowledge, self.catalogue, question)
