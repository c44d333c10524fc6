"""Signatures and the encrypted envelope of safe mode (消息加解密说明).

Written from the documentation with the `cryptography` package, not with the library the product
uses: two independent readings that have to agree.
"""

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulator.account import Account

_BLOCK = 32
_NOISE = 16


class BrokenEnvelopeError(Exception):
    """What came back cannot be opened."""


def sign(*parts: str) -> str:
    """Return WeChat's signature: SHA-1 over the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def seal(account: Account, text: str) -> str:
    """Return the ``Encrypt`` of a message."""
    said = text.encode()
    inner = secrets.token_bytes(_NOISE) + struct.pack("!I", len(said)) + said
    inner += account.app_id.encode()
    padding = _BLOCK - len(inner) % _BLOCK
    encryptor = _cipher(account).encryptor()
    padded = inner + bytes([padding]) * padding
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def open_reply(account: Account, fields: Mapping[str, object]) -> str:
    """Open an encrypted passive reply, whose signature has to be right.

    Raises:
        BrokenEnvelopeError: WeChat would not take it.
    """
    names = ("TimeStamp", "Nonce", "Encrypt", "MsgSignature")
    timestamp, nonce, encrypted, signature = (str(fields.get(name) or "") for name in names)
    expected = sign(account.token, timestamp, nonce, encrypted)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise BrokenEnvelopeError("MsgSignature")
    try:
        decryptor = _cipher(account).decryptor()
        inner = decryptor.update(base64.b64decode(encrypted, validate=True))
        inner += decryptor.finalize()
        inner = inner[: -inner[-1]]
        (length,) = struct.unpack("!I", inner[_NOISE : _NOISE + 4])
        said = inner[_NOISE + 4 : _NOISE + 4 + length].decode()
        app_id = inner[_NOISE + 4 + length :].decode()
    except (ValueError, IndexError, struct.error) as error:
        raise BrokenEnvelopeError("Encrypt") from error
    if app_id != account.app_id:
        raise BrokenEnvelopeError("AppID")
    return said


def _cipher(account: Account) -> "Cipher[modes.CBC]":
    key = base64.b64decode(account.aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
