"""The parts a process of this room works with, built from the settings in one place."""

from collections.abc import Callable

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from models.catalogue.loader import Catalogue, load_catalogue
from models.contact import BUREAU
from models.database import Database
from models.intake.policy_answer import policy_reply
from models.knowledge.embedder import build_embedder
from models.knowledge.search import Knowledge
from models.materials.store import MaterialStore
from models.office_hours import load_calendar
from models.reply import Reply
from models.settings import Settings
from webhook.assistant import RasaAssistant
from webhook.channel import Channel, PageChannel
from webhook.desk import Desk
from webhook.feed import Feed
from webhook.road import Road
from webhook.wake import Wake
from webhook.wechat.channel import WeChatChannel

WEB = PageChannel("web")
TERMINAL = PageChannel("terminal")
MINIPROGRAM = PageChannel("miniprogram")
DESK = PageChannel(BUREAU)
"""Of those registered at a bureau's desk: what is to be told them waits until somebody asks."""


def connect_redis(url: str, patience: float = 5.0) -> redis.Redis:
    """Return a client that fails at once when Redis is away.

    By default the client would try again for seconds, and a person would wait for what only
    saves time.
    """
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=min(1.0, patience),
        socket_timeout=patience,
        retry=Retry(NoBackoff(), 0),
    )


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
        self._bell = connect_redis(settings.redis_url, patience=0.3)
        self.assistant = RasaAssistant(settings.rasa_url, settings.rasa_timeout)
        self.catalogue: Catalogue = load_catalogue()
        self.materials = MaterialStore(settings.var_dir / "uploads")
        self.knowledge = Knowledge(self.database, build_embedder(settings))
        self.calendar = load_calendar(settings.var_dir)
        wake = Wake(self._bell)
        self.feed = Feed(self.database, wake)
        self.channels: dict[str, Channel] = {
            one.name: one for one in (WeChatChannel(), WEB, TERMINAL, MINIPROGRAM, DESK)
        }
        self.desk = Desk(self.database, self.channels, self.calendar, push)
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

    def pushes(self, channel: str) -> bool:
        """Whether we can send through this door without being asked."""
        return self.channels[channel].pushes

    def close(self) -> None:
        """Close every connection of this process."""
        self.feed.close()
        self.assistant.close()
        self.redis.close()
        self._bell.close()
        self.database.dispose()

    def _search(self, question: str) -> Reply | None:
        return policy_reply(self.knowledge, self.catalogue, question)
