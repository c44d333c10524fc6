"""The official account: what its owner has set in WeChat's console."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What the account may do: WeChat gives most of its API to verified service accounts only."""

    SERVICE = "service"  # 认证服务号: everything
    SUBSCRIPTION = "subscription"  # 未认证订阅号: it may answer, and nothing else


class Mode(StrEnum):
    """How the callback's bodies travel (消息加解密方式)."""

    PLAIN = "plain"  # 明文模式
    COMPATIBLE = "compatible"  # 兼容模式: both
    SAFE = "safe"  # 安全模式: encrypted only


@dataclass
class Account:
    """One official account.

    Attributes:
        app_id: AppID; also part of what is encrypted.
        secret: AppSecret.
        token: with which requests to the callback are signed.
        aes_key: EncodingAESKey, 43 characters.
        callback: the server address (URL) of the account.
        original_id: 原始ID, the account's name in messages.
        name: what people see above the talk.
    """

    app_id: str
    secret: str
    token: str
    aes_key: str
    callback: str
    original_id: str = "gh_51a0c0de0001"
    name: str = "就创通"
    kind: Kind = Kind.SERVICE
    mode: Mode = Mode.PLAIN
