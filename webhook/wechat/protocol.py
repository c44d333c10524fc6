"""WeChat's message protocol: signatures, safe mode, reading XML, writing replies.

Sources: developers.weixin.qq.com/doc/offiaccount — 接入指南 (signature), 消息加解密说明 (AES),
接收普通消息 / 接收事件推送 (what comes in), 被动回复用户消息 (what goes out).
"""

import hmac
import re
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.replies import TextReply
from wechatpy.utils import WeChatSigner

from models.message import Inbound
from webhook.wechat.incoming import inbound

# WeChat signs each try anew; five minutes forgive a clock that is a little off.
FRESHNESS_SECONDS = 300

# What XML 1.0 forbids: one such character crashes the parser (wechatpy included).
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(x[0-9a-fA-F]{1,8}|[0-9]{1,10});")


class RefusedError(Exception):
    """The request is not WeChat's, or too old. Answered 403; says nothing about which."""


class UnreadableError(Exception):
    """The body is not a WeChat message. Answered 400."""


@dataclass(frozen=True)
class Incoming:
    """A verified message: who sent it to which account, and what it says."""

    account: str
    openid: str
    inbound: Inbound
    message: Any


class Protocol:
    """The shared secrets of one official account.

    Args:
        app_id: ``WECHAT_APP_ID``.
        tokens: ``WECHAT_TOKEN``; while it is being changed, the new one and the old one.
        aes_keys: ``WECHAT_ENCODING_AES_KEY``, 43 characters each; the same.
    """

    def __init__(self, app_id: str, tokens: Sequence[str], aes_keys: Sequence[str]) -> None:
        self._tokens = tuple(tokens)
        self._keys = [
            (token, WeChatCrypto(token, key, app_id)) for token in tokens for key in aes_keys
        ]

    def check_request(self, signature: str, timestamp: str, nonce: str) -> None:
        """Check that the request comes from WeChat and is fresh.

        Raises:
            RefusedError: it does not, or is older than `FRESHNESS_SECONDS`.
        """
        if not self._is_signed(signature, timestamp, nonce):
            raise RefusedError("signature")
        if not re.fullmatch(r"\d{1,12}", timestamp):
            raise RefusedError("timestamp")
        if abs(time.time() - int(timestamp)) > FRESHNESS_SECONDS:
            raise RefusedError("stale")

    def decrypt(
        self, body: bytes, signature: str, timestamp: str, nonce: str
    ) -> tuple[bytes, WeChatCrypto]:
        """Open a body of safe mode; the answer has to be sealed with the key that opened it.

        Raises:
            RefusedError: wrong signature, key or account; not told apart from outside.
            UnreadableError: there is no encrypted message in the body.
        """
        try:
            encrypted = xmltodict.parse(_cleaned(body))["xml"]["Encrypt"]
        except (ExpatError, KeyError, TypeError, ValueError) as error:
            raise UnreadableError("no Encrypt in the body") from error
        if not isinstance(encrypted, str):
            raise UnreadableError("no Encrypt in the body")
        if not self._is_signed(signature, timestamp, nonce, encrypted):
            raise RefusedError("msg_signature")
        for token, crypto in self._keys:
            if not _signs(token, signature, timestamp, nonce, encrypted):
                continue
            try:
                opened = crypto.decrypt_message({"Encrypt": encrypted}, signature, timestamp, nonce)
            except (WeChatException, ValueError, IndexError, TypeError, struct.error):
                continue
            return opened if isinstance(opened, bytes) else str(opened).encode(), crypto
        # Bad padding, bad base64 and a foreign app id must look the same from outside.
        raise RefusedError("ciphertext")

    def _is_signed(self, signature: str, *parts: str) -> bool:
        return any(_signs(token, signature, *parts) for token in self._tokens)


def _signs(token: str, signature: str, *parts: str) -> bool:
    signer = WeChatSigner()
    signer.add_data(token, *parts)
    return hmac.compare_digest(str(signer.signature).encode(), signature.encode())


def read(body: bytes) -> Incoming:
    """Read a plain (or decrypted) body.

    Raises:
        UnreadableError: it is not XML, or lacks what every WeChat message has.
    """
    try:
        message = parse_message(_cleaned(body))
        openid, account, created = message.source, message.target, message._data["CreateTime"]
        kind = str(message.type if message.type != "unknown" else message._data["MsgType"]).lower()
    except (ExpatError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableError(type(error).__name__) from error
    if not (isinstance(openid, str) and isinstance(account, str) and openid and account):
        raise UnreadableError("sender or account is missing")
    if not re.fullmatch(r"\d{1,12}", str(created)):
        raise UnreadableError("time is missing")
    if len(openid) > 128 or len(account) > 64:
        raise UnreadableError("sender or account is too long")
    return Incoming(account, openid, inbound(message._data, kind, openid, account), message)


def write_text(incoming: Incoming, text: str) -> str:
    """Render a passive text reply to `incoming`."""
    # "]]>" would end the CDATA section early.
    return str(TextReply(content=text.replace("]]>", "]] >"), message=incoming.message).render())


def _cleaned(body: bytes) -> str:
    """Drop what XML forbids, so that a stray control character harms nobody.

    Raises:
        UnreadableError: it declares a document type. WeChat's messages have none, and entities
            are made there.
    """
    text = _FORBIDDEN.sub("", body.decode("utf-8", errors="replace"))
    if "<!DOCTYPE" in text.partition("<xml")[0]:
        raise UnreadableError("document type")
    return _REFERENCE.sub(_only_allowed, text)


def _only_allowed(reference: re.Match[str]) -> str:
    digits = reference[1]
    code = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or _FORBIDDEN.match(chr(code)):
        return ""
    return reference[0]
