"""The action server: ``python -m bot.actions.server``.

Speaks Rasa's action protocol (rasa.com/docs/rasa/action-server) on loopback. It is our own few
lines on top of rasa-sdk's executor, because the server of rasa-sdk sends the whole request back
with an error, and ours never repeats what a person wrote.
"""

import argparse
import asyncio
import json
import zlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import structlog
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionMissingDomainException, ActionNotFoundException
from sanic import Request, Sanic
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.actions.registry import build_actions
from bot.actions.topic import Desk
from models import sealed
from models.catalogue import load_catalogue
from models.database import Database
from models.intake import clarify
from models.knowledge.embedder import build_embedder
from models.knowledge.search import Knowledge
from models.office_hours import load_calendar
from models.settings import Settings

log = structlog.get_logger()


def build_desk(settings: Settings) -> Desk:
    """Build what the actions work with: keys, database, catalogue and knowledge.

    Raises:
        CatalogueError: a service file is wrong.
        ClarifyError: a clarifying question offers what there is not.
    """
    sealed.use_key(settings)
    database = Database(settings.database_url)
    catalogue = load_catalogue()
    clarify.check(catalogue)
    return Desk(
        database,
        catalogue,
        Knowledge(database, build_embedder(settings)),
        load_calendar(settings.var_dir),
        settings.public_url,
    )


def create_app(desk: Desk) -> Sanic:
    """Build the web application around one desk."""
    executor = ActionExecutor()
    for action in build_actions(desk):
        executor.register_action(action)
    # Several applications may live in one process in tests: each has its own name.
    app = Sanic(f"actions-{id(desk)}", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.KEEP_ALIVE_TIMEOUT = 75

    @app.after_server_start
    async def warm_up(_app: Sanic) -> None:
        # The words and vectors of the search take a second to load: not in somebody's first turn.
        asyncio.get_running_loop().run_in_executor(None, _warm, desk)

    @app.get("/health")
    async def health(_request: Request) -> HTTPResponse:
        return json_response({"status": "ok"})

    @app.post("/webhook")
    async def webhook(request: Request) -> HTTPResponse:
        try:
            call = _read(request)
        except ValueError:
            return json_response({"error": "not an action call"}, status=400)
        try:
            result = await executor.run(call)
        except (ActionNotFoundException, ActionMissingDomainException) as error:
            status = 404 if isinstance(error, ActionNotFoundException) else 449
            body = {"error": type(error).__name__, "action_name": error.action_name}
            return json_response(body, status=status)
        except Exception as error:
            # Only the kind of error: its message may hold what somebody wrote.
            log.error("actions.failed", action=call["next_action"], error=type(error).__name__)
            return json_response({"error": type(error).__name__}, status=500)
        return json_response(result.model_dump() if result else {"events": [], "responses": []})

    return app


def _warm(desk: Desk) -> None:
    try:
        desk.knowledge.warm()
    except Exception as error:
        log.warning("actions.not_warm", error=type(error).__name__)


def _read(request: Request) -> dict[str, Any]:
    body = request.body
    if request.headers.get("Content-Encoding") == "deflate":
        try:
            body = zlib.decompress(body)
        except zlib.error as error:
            raise ValueError("not deflated") from error
    call = json.loads(body)
    if not isinstance(call, dict) or not call.get("next_action") or not call.get("tracker"):
        raise ValueError("not an action call")
    return call


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the action server until it is stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m bot.actions.server",
        description="Answers Rasa's calls of our actions; address from ACTIONS_URL.",
    )
    parser.add_argument("--host", help="address to listen on (default: that of ACTIONS_URL)")
    parser.add_argument("--port", type=int, help="port to listen on (default: that of ACTIONS_URL)")
    given = parser.parse_args(arguments)
    settings = Settings()
    address = urlsplit(settings.actions_url)
    app = create_app(build_desk(settings))
    app.run(
        host=given.host or address.hostname or "127.0.0.1",
        port=given.port or address.port or 5055,
        single_process=True,
        access_log=False,
        motd=False,
    )


if __name__ == "__main__":
    main()
