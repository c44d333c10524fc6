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
threads = _settings.web_threads
keepalive = 30
# Loaded once and forked: workers share what they only read. No connection is open by then.
preload_app = True
timeout = 60
graceful_timeout = 12
# Temporary heartbeat files in memory: a slow disk must not look like a hung worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
accesslog = None
loglevel = "warning"


def child_exit(_server, worker):
    """Drop the metrics of a worker that has gone."""
    multiprocess.mark_process_dead(worker.pid)
