"""The door of the background worker: ``celery -A webhook.worker:app worker --beat``."""

from webhook.background import create_worker

app = create_worker()
