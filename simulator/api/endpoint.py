"""What every API endpoint has in common: who may call, what is recorded, how it says no."""

import functools
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Response, current_app, jsonify, request

from simulator.account import Kind
from simulator.errors import ApiError
from simulator.world import World

_Answer = dict[str, Any] | Response
OK = {"errcode": 0, "errmsg": "ok"}


def world() -> World:
    """Return the world this request belongs to."""
    return cast(World, current_app.extensions["world"])


def endpoint(
    *, token: bool = True, for_everyone: bool = False
) -> Callable[[Callable[[], _Answer]], Callable[[], Response]]:
    """Make a view an endpoint of the API.

    Args:
        token: whether a call needs an access token.
        for_everyone: whether accounts that are not verified may call it too.
    """

    def decorate(view: Callable[[], _Answer]) -> Callable[[], Response]:
        @functools.wraps(view)
        def call() -> Response:
            path = request.path.split("/", 2)[2]
            try:
                answer = _through_faults(path, lambda: _checked(view, token, for_everyone))
            except ApiError as error:
                answer = error.as_json()
            code = answer.get("errcode", 0) if isinstance(answer, dict) else 0
            status = 200 if isinstance(answer, dict) else answer.status_code
            world().calls.append(
                {"at": time.time(), "path": path, "errcode": code, "status": status}
            )
            return answer if isinstance(answer, Response) else jsonify(answer)

        return call

    return decorate


def body() -> dict[str, Any]:
    """Return the JSON a call carries.

    Raises:
        ApiError: it is not a JSON object.
    """
    try:
        told = json.loads(request.get_data())
    except ValueError as error:
        raise ApiError(47001) from error
    if not isinstance(told, dict):
        raise ApiError(47001)
    return told


def text_in(told: Mapping[str, Any], name: str) -> str:
    """Return a field that has to be a text with something in it.

    Raises:
        ApiError: it is not.
    """
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise ApiError(47003, f"{name} is missing")
    return value


def _checked(view: Callable[[], _Answer], token: bool, for_everyone: bool) -> _Answer:
    if token:
        world().tokens.check(request.args.get("access_token", ""))
        if world().account.kind is not Kind.SERVICE and not for_everyone:
            raise ApiError(48001)
    return view()


def _through_faults(path: str, call: Callable[[], _Answer]) -> _Answer:
    fault = world().fault_of(path)
    if fault is None:
        return call()
    answer: _Answer = call() if fault.takes_effect else dict(OK)
    time.sleep(fault.hang)
    if fault.status:
        return Response("bad gateway", fault.status, mimetype="text/html")
    if fault.errcode:
        raise ApiError(fault.errcode)
    return answer
