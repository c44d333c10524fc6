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

# Calls a day of a new account (接口调用频次限制说明); other interfaces have none worth simulating.
_A_DAY = {
    "token": 2000,
    "menu/create": 1000,
    "menu/get": 10_000,
    "menu/delete": 1000,
    "media/upload": 5000,
    "media/get": 10_000,
    "message/custom/send": 500_000,
    "qrcode/create": 100_000,
}
_DAY, _CHINA = 86_400, 8 * 3600

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
                answer = _through_faults(path, lambda: _checked(path, view, token, for_everyone))
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


def _checked(path: str, view: Callable[[], _Answer], token: bool, for_everyone: bool) -> _Answer:
    if token:
        world().tokens.check(request.args.get("access_token", ""))
        if world().account.kind is not Kind.SERVICE and not for_everyone:
            raise ApiError(48001)
    _count(path)
    return view()


def _count(path: str) -> None:
    today = int((world().clock.now() + _CHINA) // _DAY)
    with world().lock:
        world().used_up[path, today] += 1
        if world().used_up[path, today] > _A_DAY.get(path, world().used_up[path, today]):
            raise ApiError(45009)


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
