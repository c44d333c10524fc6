"""Start Rasa as this product needs it: by itself on loopback, quick, silent about people.

Run from the repository root: ``bot/.venv/bin/python -m bot.server``. Train first with
``bot/.venv/bin/python -m bot.train``.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from bot.train import MODEL_FOLDER, hush_libraries, newest_archive, newest_finished_archive

logger = logging.getLogger(__name__)

_CREDENTIALS = Path("bot/credentials.yml")
_LOOK_EVERY_SECONDS = 2.0
_ENDPOINTS = Path("bot/endpoints.yml")
_DEFAULTS = {
    "ACTION_ENDPOINT_URL": "http://127.0.0.1:5055/webhook",
    # Nothing of Rasa may face the network; only a container of its own listens beyond loopback.
    "RASA_HOST": "127.0.0.1",
    "RASA_PORT": "5005",
    "SANIC_WORKERS": "1",
}
# Log fields in which Rasa puts what people wrote or what it knows about them.
_PRIVATE_LOG_FIELDS = frozenset(
    {
        "current_entity",
        "current_states",
        "entity",
        "json_message",
        "message",
        "next_entity",
        "old_states",
        "parse_data_entities",
        "parse_data_text",
        "prediction_events",
        "prefilled_slots",
        "rasa_event",
        "rasa_events",
        "response",
        "response_text",
        "slot_candidates",
        "slot_values",
        "states",
        "successes",
        "text",
        "token_text",
        "tracker_latest_message",
        "tracker_states",
        "user_message",
        "user_text",
    }
)


class _DeferTraining(MetaPathFinder):
    """Lets Rasa's training helpers load at first use.

    Rasa imports ``rasa.utils.train_utils`` wherever an extractor might be trained, and with it
    TensorFlow: 5 seconds and 340 MB that a server without neural policies never needs.
    """

    _MODULE = "rasa.utils.train_utils"

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: Any = None
    ) -> ModuleSpec | None:
        """Wrap the loader of that one module, leave all others alone."""
        if fullname != self._MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def hide_private_fields(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """Structlog processor: replace what people wrote by its length."""
    for field in _PRIVATE_LOG_FIELDS & event.keys():
        value = event[field]
        event[field] = f"<{len(value)} hidden>" if hasattr(value, "__len__") else "<hidden>"
    return event


def configure_logging() -> None:
    """Log to standard output at ``LOG_LEVEL`` (default INFO), never with people's words.

    Rasa's own set-up renders the local variables of every stack frame, messages included.
    """
    import structlog
    from rasa.utils.common import configure_logging_and_warnings

    level = getattr(logging, os.environ.get("LOG_LEVEL", "INFO").upper(), logging.INFO)
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stdout, level=level
    )
    configure_logging_and_warnings(level)
    # This warning repeats a message that begins with a slash.
    warnings.filterwarnings("ignore", message="Failed to parse arguments in line")
    structlog.configure(
        processors=[
            hide_private_fields,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


async def follow_newest_model(app: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Sanic listener: from now on, answer with whatever archive is trained last."""
    app.ctx.following = loop.create_task(_follow(app, loop))


async def stop_following(app: Any, _: asyncio.AbstractEventLoop) -> None:
    """Sanic listener: look for no more archives."""
    app.ctx.following.cancel()


async def _follow(app: Any, loop: asyncio.AbstractEventLoop) -> None:
    seen = newest_finished_archive()
    while True:
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        newest = newest_finished_archive()
        if newest is None or newest == seen:
            continue
        seen = newest
        try:
            # In a thread of its own: messages go on being answered by the old model.
            app.ctx.agent = await loop.run_in_executor(None, load_beside, app.ctx.agent, newest)
        except Exception:
            logger.exception("Could not load %s, the old model stays.", newest.name)
        else:
            logger.info("Answering with %s.", newest.name)


def load_beside(agent: Any, model: Path) -> Any:
    """Return a new agent on the stores of a running one. Turns that run keep their old model."""
    from rasa.core.agent import Agent

    fresh = Agent(
        tracker_store=agent.tracker_store,
        lock_store=agent.lock_store,
        action_endpoint=agent.action_endpoint,
    )
    fresh.load_model(model)
    return fresh


_FOLLOWING = [
    (follow_newest_model, "after_server_start"),
    (stop_following, "before_server_stop"),
]


def serve(host: str, port: int, model: Path, *, follows: bool) -> None:
    """Answer on the REST channel until told to stop.

    Args:
        host: the address to listen on.
        port: where to listen.
        model: the archive to begin with.
        follows: whether to take over newer archives while running.
    """
    hush_libraries()
    sys.meta_path.insert(0, _DeferTraining())
    from rasa.core.run import serve_application
    from rasa.core.utils import AvailableEndpoints

    from bot.engine import (
        LastingEndpoint,
        remember_rules,
        remember_what_was_meant,
        run_graphs_in_order,
        validate_actions_with_one_schema,
    )

    configure_logging()
    validate_actions_with_one_schema()
    run_graphs_in_order()
    remember_what_was_meant()
    remember_rules()
    endpoints = AvailableEndpoints.read_endpoints(str(_ENDPOINTS))
    endpoints.action = LastingEndpoint.of(endpoints.action)
    serve_application(
        model_path=str(model),
        interface=host,
        port=port,
        credentials=str(_CREDENTIALS),
        endpoints=endpoints,
        server_listeners=[
            (endpoints.action.close, "after_server_stop"),
            *(_FOLLOWING if follows else []),
        ],
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    parser = argparse.ArgumentParser(
        prog="python -m bot.server",
        description=__doc__,
        epilog="Environment: " + ", ".join(f"{name}={value}" for name, value in _DEFAULTS.items()),
    )
    parser.add_argument("--host", default=os.environ["RASA_HOST"])
    parser.add_argument("--port", type=int, default=int(os.environ["RASA_PORT"]))
    parser.add_argument("--model", type=Path, help="archive to serve instead of the newest one")
    options = parser.parse_args(arguments)
    model = options.model or newest_archive()
    if model is None or not model.is_file():
        print(f"no model under {MODEL_FOLDER}: run python -m bot.train first", file=sys.stderr)
        return 2
    serve(options.host, options.port, model, follows=options.model is None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
