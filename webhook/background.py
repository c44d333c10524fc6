"""Background work on Celery: pushing what is left to push, and sweeping up after a crash.

Tasks carry no content: the tables say what there is to do, so a lost task loses nothing. The
beat asks every few seconds; a commit that leaves something to push asks at once.
"""

import threading
from datetime import datetime, timedelta

import redis
import structlog
from celery import Celery
from celery.signals import setup_logging
from kombu.exceptions import OperationalError

from models import delivery as deliveries
from models import sealed
from models.change import ChangeKind, note_change
from models.contact import Contact
from models.conversation import Conversation
from models.database import utc_now
from models.delivery import Delivery, DeliveryState, Way
from models.draft import forget_old_drafts
from models.gig_news import tell_of_new
from models.idempotency import forget_old as forget_old_calls
from models.intake.anonymity import forget_repeats
from models.knowledge.embedder import EmbedderError, build_embedder
from models.knowledge.vectors import count_missing, embed_missing
from models.materials.material import sweep as sweep_materials
from models.message import Author, Message, overdue_conversations
from models.offering.announcing import announce
from models.offering.minding import mind
from models.passing_value import forget_passed
from models.private_value import open_all, open_within
from models.push_window import BOT_QUOTA, CLOSED, QUOTA, SPENT, WINDOW
from models.request_life import mark_overdue
from models.settings import Settings
from webhook import logs
from webhook.brisk_redis import BriskRedis
from webhook.services import Services
from webhook.trackers import forget_due
from webhook.wechat.channel import LIMIT
from webhook.wechat.client import Outcome, WeChatApi

log = structlog.get_logger()

DELIVER = "jct.deliver"
SWEEP = "jct.sweep"
TYPING = "jct.typing"
FORGET = "jct.forget"
SEATS = "jct.seats"
EMBED = "jct.embed"
QUEUE = "jct"

# After a tap, a scan or following it lets three pass within a minute.
TOUCH_WINDOW = timedelta(minutes=1)
_RETRIES = (2, 10, 60, 300, 1800)  # seconds before each new try
_EMBED_SECONDS = 60.0
_is_embedding = threading.Lock()
_ABANDONED_AFTER = timedelta(seconds=60)
_OVERDUE_AFTER = timedelta(seconds=15)


def create_queue(settings: Settings) -> Celery:
    """Return the Celery application, for those who only send tasks."""
    app = Celery("jct", broker=settings.redis_url)
    app.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_acks_late=True,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"socket_connect_timeout": 1, "global_keyprefix": "jct:"},
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        timezone="UTC",
        beat_schedule={
            # `expires`: a backlog of identical asks helps nobody after a pause.
            "deliver": {"task": DELIVER, "schedule": 2.0, "options": {"expires": 2}},
            "sweep": {"task": SWEEP, "schedule": 5.0, "options": {"expires": 5}},
            "seats": {"task": SEATS, "schedule": 20.0, "options": {"expires": 20}},
            "embed": {"task": EMBED, "schedule": 10.0, "options": {"expires": 10}},
            "forget": {"task": FORGET, "schedule": 3600.0, "options": {"expires": 3600}},
        },
    )
    return app


def ask_to_deliver(queue: Celery, brisk: BriskRedis) -> None:
    """Ask for pushes now. Without Redis the next beat does it.

    A person's answer waits behind this call, and Celery would try for seconds to reach a Redis
    that is away: so `brisk` looks first.
    """
    _ask(queue, brisk, DELIVER)


def ask_for_typing(queue: Celery, brisk: BriskRedis, conversation_id: int) -> None:
    """Ask that a person who waits sees somebody typing."""
    _ask(queue, brisk, TYPING, conversation_id)


def _ask(queue: Celery, brisk: BriskRedis, task: str, *arguments: int) -> None:
    if not brisk.ask(lambda client: client.ping(), False):
        return
    try:
        queue.send_task(task, args=arguments, retry=False, expires=10)
    except (redis.RedisError, OperationalError, OSError) as error:
        log.warning("background.redis_away", error=type(error).__name__)


def create_worker(settings: Settings | None = None) -> Celery:
    """Return the Celery application with its tasks, for the worker process."""
    settings = settings or Settings()
    logs.configure()
    sealed.use_key(settings)
    app = create_queue(settings)
    services = Services(settings, push=lambda: ask_to_deliver(app, services.brisk_redis))
    api = WeChatApi(settings, services.database)

    @app.task(name=DELIVER)
    def deliver() -> None:
        services.desk.say_notices()
        deliver_due(services, api)

    @app.task(name=TYPING)
    def show_typing(conversation_id: int) -> None:
        with services.database.reading() as session:
            conversation = session.get_one(Conversation, conversation_id)
            openid = session.get_one(Contact, conversation.contact_id).external_id
        api.show_typing(openid)

    @app.task(name=SWEEP)
    def sweep() -> None:
        sweep_up(services)

    @app.task(name=SEATS)
    def seats() -> None:
        mind_seats(services)

    @app.task(name=EMBED)
    def embed() -> None:
        give_meaning(services)

    @app.task(name=FORGET)
    def forget() -> None:
        forget_what_is_old(services)

    return app


@setup_logging.connect
def _leave_logging_alone(**_: object) -> None:
    """Keep our own log set-up: Celery's would print task arguments."""


def deliver_due(services: Services, api: WeChatApi) -> int:
    """Push every piece whose time has come. Returns how many left."""
    left = 0
    while True:
        with services.database.unit_of_work() as session:
            due = deliveries.claim_due(session)
            texts = [deliveries.claim_along(session, piece, LIMIT) for piece in due]
        if not due:
            return left
        for piece, text in zip(due, texts, strict=True):
            left += _push(services, api, piece, text)


def sweep_up(services: Services) -> None:
    """Answer what a crash left without an answer, settle pushes nobody finished, mind the queue."""
    services.desk.remind_waiting()
    if services.settings.staff_assignment == "automatic":
        services.desk.assign_waiting()
    forget_due(services.database, services.redis)
    with services.database.unit_of_work() as session:
        tell_of_new(session)
        abandoned = deliveries.free_abandoned(session, _ABANDONED_AFTER)
    if abandoned:
        log.warning("background.outcome_unknown", pieces=abandoned)
    with services.database.reading() as session:
        overdue = overdue_conversations(session, _OVERDUE_AFTER)
    for conversation_id in overdue:
        log.warning("background.catching_up", conversation=conversation_id)
        try:
            services.road.catch_up(conversation_id)
        except Exception as error:  # one broken conversation must not keep the others waiting
            log.error(
                "background.cannot_catch_up",
                conversation=conversation_id,
                error=type(error).__name__,
            )


def mind_seats(services: Services) -> None:
    """Move waiting lists up, remind people of what they signed up for, tell of new sessions."""
    moved = mind(services.database, services.catalogue)
    told = announce(services.database, services.catalogue)
    if moved or told:
        log.info("background.seats", seats=moved, told=told)
        services.desk.say_notices()


def forget_what_is_old(services: Services) -> None:
    """Forget what is only kept for a while, and mark the requests that have become late."""
    with services.database.unit_of_work() as session:
        drafts = forget_old_drafts(session)
        forget_old_calls(session)
        forget_passed(session)
        forget_repeats(session)
        late = mark_overdue(session)
    files = sweep_materials(services.database, services.materials)
    if drafts or late or files:
        log.info("background.forgotten", drafts=drafts, files=files, late=late)


def give_meaning(services: Services) -> None:
    """Make vectors of clauses that came without, for a while; the next beat goes on with it."""
    settings, database = services.settings, services.database
    # Most times nothing is missing: only where something is, a model is loaded, and then let go.
    embedder = build_embedder(settings, shares=False)
    with database.reading() as session:
        missing = count_missing(session, embedder.name)
    if not missing or not _is_embedding.acquire(blocking=False):
        return
    try:
        done = embed_missing(database, embedder, seconds=_EMBED_SECONDS)
    except EmbedderError:
        log.warning("background.no_embedder", clauses=missing)
    else:
        log.info("background.embedded", clauses=done, left=missing - done)
    finally:
        _is_embedding.release()


def _push(services: Services, api: WeChatApi, piece: Delivery, text: str) -> bool:
    with services.database.reading() as session:
        conversation = session.get_one(Conversation, piece.conversation_id)
        contact = session.get_one(Contact, conversation.contact_id)
        author = session.get_one(Message, piece.message_id).author
        word, touch = conversation.last_inbound_at, conversation.last_touch_at
        opened = _window_opened(word, touch)
        by_bot = deliveries.pushed_since(session, conversation, opened, Author.BOT)
        pushed = deliveries.pushed_since(session, conversation, opened)
        content = piece.content if text == piece.text else None
        content = open_within(session, contact.id, content)
        text = open_all(session, contact.id, text)
    # A notice the person allowed goes out at any time.
    is_in_window = piece.piece.way is Way.CUSTOMER_SERVICE
    if contact.unsubscribed_at is not None:
        outcome, why = Outcome.REFUSED, "unsubscribed"
    elif is_in_window and opened is None:
        outcome, why = Outcome.CANNOT_PUSH, CLOSED
    elif is_in_window and pushed >= QUOTA:
        outcome, why = Outcome.CANNOT_PUSH, SPENT
    elif is_in_window and author is Author.BOT and by_bot >= BOT_QUOTA:
        outcome, why = Outcome.CANNOT_PUSH, "the assistant's share of the window is spent"
    else:
        try:
            outcome, why = api.push(contact.external_id, text, content)
        except Exception as error:  # one strange answer must not strand the pieces behind it
            outcome, why = Outcome.UNKNOWN, type(error).__name__
    _record(services, piece, outcome, why)
    if outcome is not Outcome.SENT:
        log.warning("background.not_pushed", piece=piece.id, outcome=outcome.value, why=why)
    return outcome is Outcome.SENT


def _window_opened(word: datetime | None, touch: datetime | None) -> datetime | None:
    """Return since when pushes are counted; None when no window is open."""
    now = utc_now()
    if touch is not None and touch > now - TOUCH_WINDOW and (word is None or touch > word):
        return touch
    return word if word is not None and word > now - WINDOW else None


def _record(services: Services, piece: Delivery, outcome: Outcome, why: str) -> None:
    with services.database.unit_of_work() as session:
        message = session.get_one(Message, piece.message_id)
        if message.author is not Author.BOT:
            note_change(session, piece.conversation_id, ChangeKind.DELIVERY, message_id=message.id)
        if outcome is Outcome.SENT:
            deliveries.mark_sent(session, piece.id, why or None)
        elif outcome is Outcome.REFUSED and piece.content is not None and piece.attempts == 1:
            # An account without menu messages still gets the text with its numbers.
            deliveries.show_plainly(session, piece.id)
            deliveries.mark_not_sent(session, piece.id, DeliveryState.PENDING, why)
        elif outcome is Outcome.TRY_AGAIN and piece.attempts <= len(_RETRIES):
            again_in = timedelta(seconds=_RETRIES[piece.attempts - 1])
            deliveries.mark_not_sent(session, piece.id, DeliveryState.PENDING, why, again_in)
        else:
            state = {
                Outcome.UNKNOWN: DeliveryState.UNKNOWN,
                Outcome.REFUSED: DeliveryState.FAILED,
            }.get(outcome, DeliveryState.HELD)
            deliveries.mark_not_sent(session, piece.id, state, why)
