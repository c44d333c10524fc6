"""Health and metrics: ``/healthz`` (alive), ``/readyz`` (each part named), ``/metrics``."""

import hmac
import ipaddress
import os
from collections.abc import Callable

import httpx
import redis
from apiflask import APIBlueprint
from flask import Response, abort, jsonify, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from models.database import Database
from models.settings import Settings
from webhook.current import services, settings

bp = APIBlueprint("health", __name__, tag="运行")

ANSWER_SECONDS = Histogram(
    "jct_answer_seconds",
    "From a message's arrival to what the door's own answer carries",
    ["channel"],
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4.5, 10, 25),
)
READY = Gauge("jct_ready", "Whether a part answers", ["part"], multiprocess_mode="livemostrecent")


@bp.get("/healthz")
@bp.doc(summary="活着吗", hide=False)
def alive() -> Response:
    """Answer as long as this process serves requests."""
    return jsonify({"status": "ok"})


# Without meaning, words alone still find and answer.
_MAY_BE_AWAY = frozenset({"embedder"})


@bp.get("/readyz")
@bp.doc(summary="各部分就绪吗", responses=[200, 503])
def ready() -> tuple[Response, int]:
    """Name each part and whether it answers now; 503 when one that is needed does not."""
    parts = {name: check() for name, check in _checks().items()}
    for name, is_up in parts.items():
        READY.labels(name).set(is_up)
    up = all(parts.values())
    told = {name: "ok" if is_up else "down" for name, is_up in parts.items()}
    can_serve = all(is_up for name, is_up in parts.items() if name not in _MAY_BE_AWAY)
    status = "ok" if up else "degraded"
    return jsonify({"status": status, "parts": told}), 200 if can_serve else 503


@bp.get("/metrics")
@bp.doc(hide=True)
def metrics() -> Response:
    """Figures for Prometheus, over all web processes where they share a folder.

    They tell how busy an office is, so they are for whoever has `METRICS_TOKEN` (as a bearer
    token); where none is set, for this machine alone.
    """
    if not _may_read_metrics():
        abort(403)
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics() -> bool:
    if settings().metrics_token:
        shown = request.headers.get("Authorization", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {settings().metrics_token}".encode())
    if "X-Forwarded-For" in request.headers and not settings().trusted_proxies:
        return False  # a proxy on this machine, asking for somebody else
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _checks() -> dict[str, Callable[[], bool]]:
    # Asked for once: the checks themselves run outside the request.
    parts = services()
    return {
        "database": lambda: _database_answers(parts.database),
        "redis": lambda: _redis_answers(parts.redis),
        "rasa": parts.assistant.is_ready,
        "actions": lambda: _actions_answer(parts.settings),
        "embedder": lambda: parts.knowledge.has_meaning,
    }


def _database_answers(database: Database) -> bool:
    try:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _redis_answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _actions_answer(settings: Settings) -> bool:
    try:
        health = httpx.get(f"{settings.actions_url}/health", timeout=2.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return health.status_code == 200
