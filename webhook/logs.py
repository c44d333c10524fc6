"""Logs: one JSON line an event, with ids and kinds, never with what a person wrote."""

import logging
import sys
from pathlib import Path

import structlog


def configure(file: Path | None = None) -> None:
    """Set up structured logs for this process: to `file`, or else to standard error."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    stream = open(file, "a", encoding="utf-8") if file else sys.stderr  # noqa: SIM115
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    # httpx and werkzeug log addresses with their query, where a person's words may stand.
    for chatty in ("httpx", "httpcore", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
