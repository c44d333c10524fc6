"""Gunicorn for the web processes; used by `jct run` and in production alike."""

import os

from prometheus_client import multiprocess

from models.settings import Settings

_settings = Settings()

wsgi_app = "webhook.app:create_app()"
bind = f"{_settings.host}:{_settings.port}"
workers = _settings.web_workers
# A thread waits while Rasa thinks, so there are many of them for few processors.
worker_class = "gthread"
# An open staff console holds one for its stream; those come on top, so that citizens keep theirs.
threads = _settings.web_threads + _settings.web_streams
keepalive = 30
# Loaded once and forked: workers share what they only read. No connection is open by then.
preload_app = True
timeout = 60
graceful_timeout = 12
# Temporary heartbeat files in memory: a slow disk must not look like a hung worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
accesslog = None
loglevel = "warning"


# No message of WeChat's is as long; a longer body may be refused unread.
_LONG_BODY = 64 * 1024


def pre_request(_worker, req):
    """Close the connection behind a long body: what was left unread of it is no next request."""
    headers = dict(req.headers)
    length = headers.get("CONTENT-LENGTH", "0")
    if "TRANSFER-ENCODING" in headers or not length.isdecimal() or int(length) > _LONG_BODY:
        req.force_close()


def post_worker_init(worker):
    """Let open streams end when the worker is told to stop, instead of holding it back."""
    worker.wsgi.extensions["live"].is_ending = lambda: not worker.alive


def child_exit(_server, worker):
    """Drop the metrics of a worker that has gone."""
    multiprocess.mark_process_dead(worker.pid)
