"""The simulator's own addresses: what the phone page calls, and tests call in its place."""

import time
from typing import Any, cast

from flask import Blueprint, Response, abort, current_app, jsonify, request

from simulator import deeds
from simulator.account import Kind, Mode
from simulator.api.sign_in import issue_code
from simulator.phone import Phone
from simulator.world import Fault, World

bp = Blueprint("control", __name__, url_prefix="/sim")


def _world() -> World:
    return cast(World, current_app.extensions["world"])


@bp.get("/phones/<openid>")
def look(openid: str) -> Response:
    """Return what is new on a phone's screen behind entry ``after``, and how things stand."""
    world = _world()
    after = request.args.get("after", 0, type=int)
    with world.lock:
        phone = world.phone(openid)
        now = world.clock.now()
        window = phone.window(now)
        return jsonify(
            openid=openid,
            name=phone.name,
            follows=phone.follows,
            shown=phone.shown[after:],
            in_flight=phone.in_flight,
            is_typing=phone.typing_until > now,
            window=window.as_json(now) if window else None,
            grants=phone.grants,
            muted=sorted(phone.muted),
            menu=world.menu["button"] if world.menu and phone.follows else [],
            templates={key: one["title"] for key, one in world.templates.items()},
            codes=[code["scene"] for code in world.codes.values()],
            clock={"ahead": round(world.clock.ahead), "shows": now},
            account={"kind": world.account.kind, "mode": world.account.mode},
        )


@bp.post("/phones/<openid>/<deed>")
def act(openid: str, deed: str) -> Response:
    """Let a person do something (`deeds.DEEDS`, or ``send`` with a file)."""
    world = _world()
    phone = world.phone(openid)
    try:
        if deed == "send":
            _send(world, phone)
        elif deed in deeds.DEEDS:
            deeds.DEEDS[deed](world, phone, request.get_json(silent=True) or {})
        else:
            abort(404)
    except (deeds.RefusedDeedError, KeyError, IndexError, TypeError, ValueError) as error:
        answer = jsonify(error=f"{type(error).__name__}: {error}")
        answer.status_code = 422
        return answer
    return jsonify(ok=True)


@bp.post("/phones/<openid>/code")
def code(openid: str) -> Response:
    """Return a code as ``wx.login`` gives one to a mini-program."""
    _world().phone(openid)
    return jsonify(code=issue_code(openid))


@bp.get("/media/<media_id>")
def media(media_id: str) -> Response:
    """Return a file that is shown in a talk."""
    stored = _world().files.find(media_id)
    return Response(stored.content, mimetype=stored.media_type)


@bp.post("/clock")
def clock() -> Response:
    """Move WeChat's clock ahead by ``skip`` seconds."""
    _world().clock.skip(float(_told().get("skip", 0)))
    return jsonify(ahead=_world().clock.ahead)


@bp.post("/account")
def account() -> Response:
    """Change what the account may do (``kind``) and how bodies travel (``mode``)."""
    told = _told()
    world = _world()
    try:
        world.account.kind = Kind(told.get("kind", world.account.kind))
        world.account.mode = Mode(told.get("mode", world.account.mode))
    except ValueError:
        abort(422)
    return jsonify(kind=world.account.kind, mode=world.account.mode)


@bp.post("/templates")
def templates() -> Response:
    """Add a template the account has picked: ``template_id``, ``title``, ``fields``."""
    told = _told()
    known = {"title": str(told["title"]), "fields": list(told.get("fields", []))}
    _world().templates[str(told["template_id"])] = known
    return jsonify(ok=True)


@bp.post("/faults")
def faults() -> Response:
    """Let the next calls of an API go wrong (`world.Fault`)."""
    _world().faults.append(Fault(**_told()))
    return jsonify(ok=True)


@bp.post("/tokens/end")
def end_token() -> Response:
    """Make the account's token worthless."""
    _world().tokens.end()
    return jsonify(ok=True)


@bp.post("/replay")
def replay() -> Response:
    """Send a request as it is: ``query`` and ``body``. Returns the callback's status."""
    told = _told()
    status = _world().courier.repeat(str(told["query"]), str(told["body"]).encode())
    return jsonify(status=status)


@bp.get("/records")
def records() -> Response:
    """Return what the server has seen (calls of the callback, of the API), and what is to fail."""
    world = _world()
    return jsonify(
        tries=world.courier.tries_as_json(),
        calls=list(world.calls),
        tokens=world.tokens.issued,
        faults_left=sum(one.times for one in world.faults),
        at=time.time(),
    )


def _told() -> dict[str, Any]:
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        abort(422)
    return told


def _send(world: World, phone: Phone) -> None:
    file = request.files["file"]
    deeds.send_file(
        world,
        phone,
        request.form.get("kind", "image"),
        file.read(),
        file.mimetype or "application/octet-stream",
        file.filename or "",
    )
