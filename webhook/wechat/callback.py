"""``/wechat``: where WeChat's server calls us. The view checks, takes the road, and answers.

Source: developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
"""

import time

import structlog
from apiflask import APIBlueprint
from flask import Response, abort, current_app, request
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from webhook import wording
from webhook.health import ANSWER_SECONDS
from webhook.road import Passage, Road, Sender
from webhook.wechat import protocol
from webhook.wechat.channel import WeChatChannel

log = structlog.get_logger()

MAX_BODY = 64 * 1024
# WeChat closes the connection after 5 s and calls again. Not answering is how a repeat is asked
# for; answering "success" would end the tries.
_WECHAT_GIVES_UP_AFTER = 5.2

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
    if is_safe_mode:
        body = wechat.decrypt(body, request.args.get("msg_signature", ""), timestamp, nonce)
    incoming = protocol.read(body)
    text = _answer(incoming, arrived)
    if not text:
        return Response("success", mimetype="text/plain")
    xml = protocol.write_text(incoming, text)
    if is_safe_mode:
        xml = wechat.encrypt(xml, nonce, timestamp)
    return Response(xml, mimetype="application/xml")


def _answer(incoming: protocol.Incoming, arrived: float) -> str | None:
    road: Road = current_app.extensions["road"]
    sender = Sender(WeChatChannel(), incoming.account, incoming.openid)
    try:
        passage = _travel(road, sender, incoming)
    except SQLAlchemyError as error:
        # Nothing can be remembered now: the person must know to send it again.
        log.error("wechat.database_away", error=type(error).__name__)
        return wording.NOT_STORED
    ANSWER_SECONDS.labels(WeChatChannel.name).observe(time.monotonic() - arrived)
    if passage.is_late and passage.tries <= WeChatChannel.repeats:
        time.sleep(max(0.0, arrived + _WECHAT_GIVES_UP_AFTER - time.monotonic()))
    return passage.text


def _travel(road: Road, sender: Sender, incoming: protocol.Incoming) -> Passage:
    try:
        return road.travel(sender, incoming.inbound)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        # The connection broke. The message may be stored already: then this is its repeat.
        return road.travel(sender, incoming.inbound)


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
