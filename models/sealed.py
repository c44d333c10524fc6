"""Encryption of personal fields, from the first migration on (DESIGN section 9).

Values are Fernet tokens (AES-128-CBC with HMAC, cryptography.io) under ``DATA_KEY``. Several keys
separated by commas allow rotation: the first one seals, all of them open. Look-up goes by a keyed
hash, so an equal value can be found without being read.
"""

import hashlib
import hmac
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, Text, TypeDecorator

from models.settings import Settings, listed


class SealError(RuntimeError):
    """A sealed value cannot be opened: ``DATA_KEY`` is not the one it was sealed with."""


class _Seal:
    """The keys of this process, set once at start by `use_key`."""

    fernet: MultiFernet | None = None
    hash_key: bytes = b""


def use_key(settings: Settings) -> None:
    """Take the encryption keys from the settings. Called once by every process."""
    keys = listed(settings.data_key.get_secret_value())
    _Seal.fernet = MultiFernet([Fernet(key) for key in keys])
    # The oldest key makes the hashes, so that rotation does not lose look-ups.
    _Seal.hash_key = hashlib.sha256(b"lookup:" + keys[-1].encode()).digest()


def seal(text: str) -> str:
    """Encrypt `text` to an ASCII token."""
    return seal_bytes(text.encode()).decode("ascii")


def unseal(token: str) -> str:
    """Decrypt a token made by `seal`.

    Raises:
        SealError: the token was made with another key or has been tampered with.
    """
    return unseal_bytes(token.encode("ascii")).decode()


def seal_bytes(content: bytes) -> bytes:
    """Encrypt a file's bytes."""
    return _fernet().encrypt(content)


def unseal_bytes(token: bytes) -> bytes:
    """Decrypt what `seal_bytes` made.

    Raises:
        SealError: it was made with another key or has been tampered with.
    """
    try:
        return _fernet().decrypt(token)
    except InvalidToken as error:
        raise SealError("a sealed value does not open with DATA_KEY") from error


def lookup_hash(value: str) -> str:
    """Return the keyed hash (64 hex digits) by which an equal value is found."""
    if not _Seal.hash_key:
        raise SealError("use_key was not called")
    return hmac.new(_Seal.hash_key, value.encode(), hashlib.sha256).hexdigest()


def _fernet() -> MultiFernet:
    if _Seal.fernet is None:
        raise SealError("use_key was not called")
    return _Seal.fernet


class SealedText(TypeDecorator[str]):
    """A column whose text is encrypted in the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt on the way in."""
        return None if value is None else seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Decrypt on the way out."""
        return None if value is None else unseal(value)


class SealedJson(TypeDecorator[Any]):
    """A column whose JSON value is encrypted in the database. Assign a new value to change it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Encrypt on the way in."""
        return None if value is None else seal(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Decrypt on the way out."""
        return None if value is None else json.loads(unseal(value))
