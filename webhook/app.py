"""The Flask application factory. Everything a web process needs is built here, once."""

from pathlib import Path

import structlog
from apiflask import APIFlask
from flask import Response, abort, g, redirect, request, send_from_directory, session, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.orm import configure_mappers
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from models import sealed
from models.settings import ROOT, Settings, listed
from webhook import api, background, chat, errors, health, logs, mobile, staff
from webhook.api import sign_in
from webhook.row_id import RowConverter
from webhook.services import Services
from webhook.staff.live import Hub
from webhook.wechat import callback
from webhook.wechat.account_client import AccountClient
from webhook.wechat.limits import Limits
from webhook.wechat.protocol import Protocol

log = structlog.get_logger()

# Front-end packages installed from npm (package.json): address → folder inside node_modules.
_VENDOR = {
    "weui": "weui/dist/style",
    "htmx": "htmx.org/dist",
    "swagger": "swagger-ui-dist",
    "tabler": "@tabler/core/dist/css",
}
_MAX_BODY = 1024 * 1024
# A file of `models.materials.upload.MOST_BYTES`, with the form around it.
_MAX_UPLOAD = 12 * 1024 * 1024
# All photos that were chosen on a page come in one go.
_MAX_UPLOADS = 4 * _MAX_UPLOAD
# A document too large to be read still arrives, so that a sentence can say so; more is cut off.
_MAX_DOCUMENT = 64 * 1024 * 1024
_UPLOADS = {
    "api_materials.upload_material": _MAX_UPLOAD,
    "api_requests.hand_in_material": _MAX_UPLOAD,
    "mobile.upload": _MAX_UPLOADS,
    "mobile.submit": _MAX_UPLOADS,
    "mobile.hand_in": _MAX_UPLOADS,
    "staff.files.send": _MAX_UPLOAD,
    "chat.send_file": _MAX_UPLOAD,
    "staff.knowledge.clauses.change": _MAX_UPLOAD,
    "staff.knowledge.importing.bring": _MAX_DOCUMENT,
}


def create_app(settings: Settings | None = None) -> APIFlask:
    """Build the web application.

    Args:
        settings: read from the environment when left out.
    """
    settings = settings or Settings()
    logs.configure()
    sealed.use_key(settings)
    app = APIFlask(
        __name__,
        title="就创通 API",
        version="1",
        docs_ui="swagger-ui",
        spec_path="/openapi.json",
        docs_path="/docs",
    )
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SESSION_COOKIE_NAME="jct",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.trusted_proxies > 0,
        PERMANENT_SESSION_LIFETIME=180 * 24 * 3600,
        MAX_CONTENT_LENGTH=_MAX_BODY,
        HTTP_ERROR_SCHEMA=errors.ERROR_SCHEMA,
        VALIDATION_ERROR_SCHEMA=errors.ERROR_SCHEMA,
        # A chat page stays open for days; its token is good as long as its cookie.
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_ENABLED=settings.ratelimit_enabled,
        RATELIMIT_STORAGE_URI=settings.redis_url,
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 0)},
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_HEADERS_ENABLED=True,
        SWAGGER_UI_CSS="/vendor/swagger/swagger-ui.css",
        SWAGGER_UI_BUNDLE_JS="/vendor/swagger/swagger-ui-bundle.js",
        SWAGGER_UI_STANDALONE_PRESET_JS="/vendor/swagger/swagger-ui-standalone-preset.js",
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.url_map.converters["row"] = RowConverter
    _connect(app, settings)
    errors.init_app(app)
    # Before CSRFProtect, which reads the form.
    app.before_request(_let_uploads_in)
    csrf = CSRFProtect(app)
    limiter = Limiter(get_remote_address, app=app)
    app.register_blueprint(health.bp)
    app.register_blueprint(callback.bp)
    app.register_blueprint(chat.bp)
    app.register_blueprint(staff.bp)
    for door in api.DOORS:
        app.register_blueprint(door, url_prefix="/api/v1")
        # Nobody's browser sends a bearer token by itself.
        csrf.exempt(door)
        limiter.limit("60 per minute", key_func=sign_in.caller)(door)
    app.register_blueprint(mobile.bp)
    csrf.exempt(callback.bp)
    limiter.exempt(callback.bp)
    limiter.limit("30 per minute", key_func=_talker, methods=["POST"])(chat.bp)
    limiter.limit("20 per minute", methods=["POST"])(staff.sign_in.bp)
    limiter.limit("30 per minute", key_func=_talker, methods=["POST"])(mobile.bp)
    app.add_url_rule("/vendor/<package>/<path:name>", "vendor", app.doc(hide=True)(_vendor))
    app.add_url_rule("/", "home", app.doc(hide=True)(_home))
    app.after_request(_harden)
    return app


def _connect(app: APIFlask, settings: Settings) -> None:
    """Build the process's services and hang them where views find them."""
    celery = background.create_queue(settings)
    services = Services(
        settings, push=lambda: background.ask_to_deliver(celery, services.brisk_redis)
    )
    # Before the processes fork; else each one's first message would pay for it.
    configure_mappers()
    app.extensions |= {
        "services": services,
        "queue": celery,
        "live": Hub(services.database, services.feed, settings.web_streams),
        "wechat_protocol": Protocol(
            settings.wechat_app_id,
            listed(settings.wechat_token.get_secret_value()),
            listed(settings.wechat_encoding_aes_key.get_secret_value()),
        ),
        "wechat_account": AccountClient(settings, services.database),
        "miniprogram_account": AccountClient.of_miniprogram(settings, services.database),
        "wechat_limits": Limits(services.brisk_redis, is_counting=settings.ratelimit_enabled),
    }


def _home() -> BaseResponse:
    return redirect(url_for("chat.page"))


def _vendor(package: str, name: str) -> Response:
    if package not in _VENDOR:
        abort(404)
    return send_from_directory(Path(ROOT, "node_modules", _VENDOR[package]), name, max_age=86400)


def _let_uploads_in() -> None:
    """Let photos and PDFs be larger than anything else that is sent here."""
    if request.endpoint in _UPLOADS:
        request.max_content_length = _UPLOADS[request.endpoint]


def _talker() -> str:
    """Name whom a limit counts: a visitor, for many people share one address on mobile nets."""
    return str(session.get("visitor") or get_remote_address())


def _harden(response: Response) -> Response:
    """Allow our own scripts and styles only, and no framing."""
    # Swagger's page starts itself with an inline script; it shows nothing a person wrote.
    scripts = "'self' 'unsafe-inline'" if request.path == "/docs" else "'self'"
    scripts = f"{scripts} {g.get('scripts_from', '')}".strip()
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        f"script-src {scripts}; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response
