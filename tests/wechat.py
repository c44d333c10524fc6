"""WeChat's side of the callback, as its server would act: signs, encrypts, posts, reads."""

import secrets
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from models.settings import Settings

ACCOUNT = "gh_0123456789ab"


@dataclass
class WeChat:
    """One official account, seen from WeChat's server."""

    app_id: str
    token: str
    aes_key: str
    _ids: Any = field(default_factory=lambda: count(int(time.time() * 1000) * 1000))

    @classmethod
    def of(cls, settings: Settings) -> "WeChat":
        return cls(
            settings.wechat_app_id,
            settings.wechat_token.get_secret_value(),
            settings.wechat_encoding_aes_key.get_secret_value(),
        )

    def query(self, timestamp: int | None = None, nonce: str = "", **more: str) -> str:
        stamp = str(timestamp or int(time.time()))
        nonce = nonce or secrets.token_hex(8)
        signature = self.sign(stamp, nonce)
        return urlencode({"signature": signature, "timestamp": stamp, "nonce": nonce, **more})

    def sign(self, *parts: str) -> str:
        signer = WeChatSigner()
        signer.add_data(self.token, *parts)
        return str(signer.signature)

    def message(
        self,
        openid: str,
        kind: str = "text",
        created: int | None = None,
        message_id: int | None = None,
        **fields: str,
    ) -> bytes:
        """A message's XML; `fields` such as Content="…" are escaped."""
        shared = {
            "ToUserName": ACCOUNT,
            "FromUserName": openid,
            "CreateTime": str(created or int(time.time())),
            "MsgType": kind,
            **fields,
        }
        if kind != "event":
            shared["MsgId"] = str(message_id or next(self._ids))
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in shared.items())
        return f"<xml>{inner}</xml>".encode()

    def text(self, openid: str, content: str, **more: Any) -> bytes:
        return self.message(openid, "text", Content=content, **more)

    def voice(self, openid: str, recognised: str, **more: Any) -> bytes:
        """A voice message with what WeChat recognised in it (语音识别结果)."""
        return self.message(
            openid, "voice", MediaId="media-1", Format="amr", Recognition=recognised, **more
        )

    def event(self, openid: str, name: str, key: str = "", **more: Any) -> bytes:
        return self.message(openid, "event", Event=name, EventKey=key, **more)

    def encrypted(self, body: bytes, nonce: str = "") -> tuple[str, bytes]:
        """Return the query and body of safe mode, made with wechatpy's own crypto."""
        stamp = int(time.time())
        nonce = nonce or secrets.token_hex(8)
        sealed = self._crypto().encrypt_message(body.decode(), nonce, str(stamp))
        told = xmltodict.parse(sealed)["xml"]
        query = self.query(stamp, nonce, encrypt_type="aes", msg_signature=told["MsgSignature"])
        inner = (
            f"<ToUserName>{ACCOUNT}</ToUserName><Encrypt><![CDATA[{told['Encrypt']}]]></Encrypt>"
        )
        return query, f"<xml>{inner}</xml>".encode()

    def decrypted(self, body: bytes) -> str:
        told = xmltodict.parse(body)["xml"]
        opened = self._crypto().decrypt_message(
            body, told["MsgSignature"], told["TimeStamp"], told["Nonce"]
        )
        return opened if isinstance(opened, str) else opened.decode()

    def _crypto(self) -> WeChatCrypto:
        return WeChatCrypto(self.token, self.aes_key, self.app_id)


def reply_text(xml: bytes | str) -> str:
    """The text of a passive reply."""
    return str(xmltodict.parse(xml)["xml"]["Content"])
