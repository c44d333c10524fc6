"""Background work on Celery: what is done beside the answers, and sweeping up after a crash.

Tasks carry no content: the tables say what there is to do, so a lost task loses nothing. The
beat asks every few seconds; a commit that leaves something to push asks at once.
"""

import threading
from collections.abc import Callable
from datetime import timedelta

import redis
import structlog
from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging
from kombu.exceptions import OperationalError
from sqlalchemy.orm import Session

from models import push_queue, sealed
from models.contact import Contact
from models.conversation import Conversation
from models.draft import forget_old_drafts
from models.gig_news import tell_of_new
from models.idempotency import forget_old as forget_old_calls
from models.intake.anonymity import forget_repeats
from models.knowledge.embedder import EmbedderError, build_embedder
from models.knowledge.vectors import count_missing, embed_missing
from models.materials.material import sweep as sweep_materials
from models.message import overdue_conversations
from models.offering.announcing import announce, announce_things
from models.offering.minding import mind
from models.passing_value import forget_passed
from models.request_life import mark_overdue
from models.retention import keep_no_longer
from models.rounds import each, every_step, step_name
from models.settings import Settings
from webhook import logs
from webhook.brisk_redis import BriskRedis
from webhook.pushing import deliver_due
from webhook.services import Services
from webhook.wechat.client import WeChatApi
from webhook.wechat.media import fetch_received

log = structlog.get_logger()

DELIVER = "jct.deliver"
SWEEP = "jct.sweep"
TYPING = "jct.typing"
FETCH = "jct.fetch"
FORGET = "jct.forget"
RETAIN = "jct.retain"
SEATS = "jct.seats"
THINGS = "jct.things"
EMBED = "jct.embed"
QUEUE = "jct"

_STEP_FAILED = "background.step_failed"
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
            "things": {"task": THINGS, "schedule": 600.0, "options": {"expires": 600}},
            "fetch": {"task": FETCH, "schedule": 3.0, "options": {"expires": 3}},
            "seats": {"task": SEATS, "schedule": 20.0, "options": {"expires": 20}},
            "embed": {"task": EMBED, "schedule": 10.0, "options": {"expires": 10}},
            "forget": {"task": FORGET, "schedule": 3600.0, "options": {"expires": 3600}},
            # 03:10 in China: nobody writes much then.
            "retain": {"task": RETAIN, "schedule": crontab(hour="19", minute="10")},
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

    @app.task(name=THINGS)
    def things() -> None:
        announce_things(services.database, services.catalogue)

    @app.task(name=FETCH)
    def fetch() -> None:
        fetch_received(services, api.account)

    @app.task(name=SEATS)
    def seats() -> None:
        mind_seats(services)

    @app.task(name=EMBED)
    def embed() -> None:
        give_meaning(services)

    @app.task(name=RETAIN)
    def retain() -> None:
        done = keep_no_longer(services.database)
        if done:
            log.info("background.kept_no_longer", **done)

    @app.task(name=FORGET)
    def forget() -> None:
        forget_what_is_old(services)

    return app


@setup_logging.connect
def _leave_logging_alone(**_: object) -> None:
    """Keep our own log set-up: Celery's would print task arguments."""


def sweep_up(services: Services) -> None:
    """Answer what a crash left without an answer, settle pushes nobody finished, mind the queue."""

    def catch_up() -> None:
        with services.database.reading() as session:
            overdue = overdue_conversations(session, _OVERDUE_AFTER)
        each(overdue, answer, "background.cannot_catch_up")

    def answer(conversation_id: int) -> int:
        log.warning("background.catching_up", conversation=conversation_id)
        services.road.catch_up(conversation_id)
        return 1

    def settle_pushes() -> None:
        with services.database.unit_of_work() as session:
            abandoned = push_queue.free_abandoned(session, _ABANDONED_AFTER)
        if abandoned:
            log.warning("background.outcome_unknown", pieces=abandoned)

    def assign_waiting() -> None:
        if services.settings.staff_assignment == "automatic":
            services.desk.assign_waiting()

    def tell_of_gigs() -> None:
        tell_of_new(services.database)

    every_step(
        _STEP_FAILED,
        catch_up,
        settle_pushes,
        services.desk.remind_waiting,
        assign_waiting,
        tell_of_gigs,
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

    def in_one_go(step: Callable[[Session], int | None]) -> int:
        with services.database.unit_of_work() as session:
            return step(session) or 0

    def sweep_files() -> None:
        done["files"] = sweep_materials(services.database, services.materials)

    steps = (forget_old_drafts, forget_old_calls, forget_passed, forget_repeats, mark_overdue)
    done = {step.__name__: each([step], in_one_go, _STEP_FAILED, step_name) for step in steps}
    every_step(_STEP_FAILED, sweep_files)
    if any(done.values()):
        log.info("background.forgotten", **done)


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
