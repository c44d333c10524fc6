"""``/wechat``: where WeChat's server calls us. The view checks, takes the road, and answers.

Source: developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from apiflask import APIBlueprint
from flask import Response, abort, current_app, request
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from webhook import background, wording
from webhook.current import road, services, settings
from webhook.health import ANSWER_SECONDS
from webhook.road import Passage, Road, Sender
from webhook.wechat import protocol
from webhook.wechat.channel import WeChatChannel
from webhook.wechat.limits import Limits, Signed

log = structlog.get_logger()

MAX_BODY = 64 * 1024
# WeChat closes the connection after 5 s and calls again. Not answering is how a repeat is asked
# for; answering "success" would end the tries.
_WECHAT_GIVES_UP_AFTER = 5.2
# What was written later than this after its request came may have met nobody.
_STILL_THERE = 5.0

bp = APIBlueprint("wechat", __name__, enable_openapi=False)


@bp.get("/wechat")
def echo() -> Response:
    """Prove to WeChat that this address is ours (接入指南)."""
    _protocol().check_request(*_signature())
    return Response(request.args.get("echostr", ""), mimetype="text/plain")


@bp.post("/wechat")
def receive() -> Response:
    """Take one message or event; answer with reply XML, ``success``, or late on purpose."""
    arrived = time.monotonic()
    # One byte more is let in, to tell a body that is too long from one that just fits.
    request.max_content_length = MAX_BODY + 1
    wechat = _protocol()
    signature, timestamp, nonce = _signature()
    wechat.check_request(signature, timestamp, nonce)
    body = request.get_data()
    if len(body) > MAX_BODY:
        abort(413)
    is_safe_mode = request.args.get("encrypt_type") == "aes"
    crypto = None
    if is_safe_mode:
        sealed = request.args.get("msg_signature", "")
        body, crypto = wechat.decrypt(body, sealed, timestamp, nonce)
    elif settings().wechat_safe_mode:
        raise protocol.RefusedError("plain body in safe mode")
    limits: Limits = current_app.extensions["wechat_limits"]
    incoming = protocol.read(body)
    # In safe mode the signature covers the body.
    refusal = limits.admit(incoming, Signed(signature, nonce, body) if crypto is None else None)
    text, when_written = (refusal, None) if refusal else _answer(incoming, arrived)
    if not text:
        return Response("success", mimetype="text/plain")
    xml = protocol.write_text(incoming, text)
    if crypto is not None:
        xml = str(crypto.encrypt_message(xml, nonce, timestamp))
    response = Response(xml, mimetype="application/xml")
    if when_written is not None:
        response.call_on_close(when_written)
    return response


def _answer(
    incoming: protocol.Incoming, arrived: float
) -> tuple[str | None, Callable[[], None] | None]:
    """Return what is said, and what is to be done once it has been written."""
    way = road()
    sender = Sender(services().channels[WeChatChannel.name], incoming.account, incoming.openid)
    try:
        passage = _travel(way, sender, incoming, _is_listening(request.environ))
    except SQLAlchemyError as error:
        # Nothing can be remembered now: the person must know to send it again.
        log.error("wechat.database_away", error=type(error).__name__)
        return wording.NOT_STORED, None
    ANSWER_SECONDS.labels(WeChatChannel.name).observe(time.monotonic() - arrived)
    is_last = passage.receipt.tries > WeChatChannel.repeats
    if passage.is_late and not is_last:
        if passage.receipt.tries == 1:
            _show_typing(passage.receipt.conversation_id)
            _get_ready_to_stand_in()
        time.sleep(max(0.0, arrived + _WECHAT_GIVES_UP_AFTER - time.monotonic()))

    def when_written() -> None:
        if time.monotonic() - arrived > _STILL_THERE:
            log.warning("wechat.written_too_late", message=passage.receipt.message_id)
            way.give_back(passage.receipt)

    # A try before the last that was answered too late is repeated, and gets the answer again.
    return passage.text, when_written if is_last else None


def _show_typing(conversation_id: int) -> None:
    queue = current_app.extensions["queue"]
    background.ask_for_typing(queue, services().brisk_redis, conversation_id)


def _get_ready_to_stand_in() -> None:
    """Load the policy text in this process: an assistant as slow as that may never answer.

    Loading takes seconds the first time. Done when the time-out comes, it would cost the last of
    WeChat's tries.
    """
    with suppress(SQLAlchemyError):  # who searches is told what is wrong
        services().knowledge.warm()


def _is_listening(environ: dict[str, Any]) -> Callable[[], bool]:
    """Return a look at the connection: WeChat hangs up after 5 s, also while we were queued."""
    connection: socket.socket | None = environ.get("gunicorn.socket")

    def is_listening() -> bool:
        if connection is None:
            return True
        try:
            # Nothing to read is a caller who waits; an end is one who has gone.
            flags = socket.MSG_PEEK | socket.MSG_DONTWAIT
            return connection.recv(1, flags) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    return is_listening


def _travel(
    road: Road, sender: Sender, incoming: protocol.Incoming, is_listening: Callable[[], bool]
) -> Passage:
    try:
        return road.travel(sender, incoming.inbound, is_listening)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        # The connection broke. The message may be stored already: then this is its repeat.
        return road.travel(sender, incoming.inbound, is_listening)


def _protocol() -> protocol.Protocol:
    found: protocol.Protocol = current_app.extensions["wechat_protocol"]
    return found


def _signature() -> tuple[str, str, str]:
    args = request.args
    return args.get("signature", ""), args.get("timestamp", ""), args.get("nonce", "")


@bp.errorhandler(protocol.RefusedError)
def _refuse(error: protocol.RefusedError) -> tuple[str, int]:
    log.info("wechat.refused", why=str(error))
    return "forbidden", 403


@bp.errorhandler(protocol.UnreadableError)
def _cannot_read(error: protocol.UnreadableError) -> tuple[str, int]:
    log.info("wechat.unreadable", why=str(error))
    return "bad request", 400
