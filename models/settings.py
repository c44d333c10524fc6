"""Every setting of the product, read once from the environment or ``.env``.

A fresh clone has none set. What must not be guessed by others (tokens, keys) is then made up at
first use and kept in ``var/settings.json``, readable by its owner only, so that every process of
one installation shares the same values and a restart changes nothing.
"""

import base64
import fcntl
import json
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent

_MADE_UP = {
    "WECHAT_APP_ID": lambda: "wx" + secrets.token_hex(8),
    "WECHAT_APP_SECRET": lambda: secrets.token_hex(16),
    "WECHAT_TOKEN": lambda: secrets.token_urlsafe(16),
    # 43 characters of base64 alphabet, as WeChat's console asks for (a 32-byte key without "=").
    "WECHAT_ENCODING_AES_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode()[:43],
    "DATA_KEY": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "SECRET_KEY": lambda: secrets.token_urlsafe(32),
}

_DATABASES = ("sqlite", "postgresql", "postgres", "postgresql+psycopg")


class Settings(BaseSettings):
    """The settings of DESIGN section 6, with the defaults a newcomer runs on."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    var_dir: Path = Field(ROOT / "var", description="data, logs and made-up keys of this machine")
    database_url: str = Field("", description="default: a SQLite file under var/")
    redis_url: str = Field("", description="default: an embedded server started by `make run`")
    embedded_redis_port: int = Field(6380, description="port of the embedded server")
    rasa_url: str = Field("http://127.0.0.1:5005", description="Rasa's HTTP address")
    rasa_timeout: float = Field(10.0, description="seconds a Rasa turn may take")
    actions_url: str = Field("http://127.0.0.1:5055", description="action server's address")
    host: str = Field("127.0.0.1", description="address the web server listens on")
    port: int = Field(8000, description="port the web server listens on")
    public_url: str = Field(
        "", description="address people reach us under, for links in messages (https://…)"
    )
    trusted_proxies: int = Field(
        0, description="reverse proxies in front of us that set X-Forwarded"
    )
    metrics_token: str = Field(
        "", description="what Prometheus shows to read /metrics; without one, only this machine may"
    )
    web_workers: int = Field(2, description="web processes")
    web_threads: int = Field(24, description="threads of each web process")
    web_streams: int = Field(
        32, description="open staff consoles each web process serves besides, a thread each"
    )

    staff_assignment: Literal["manual", "automatic"] = Field(
        "manual", description="whether waiting people are given to staff who have room"
    )

    embeddings_url: str = Field(
        "", description="OpenAI-compatible endpoint (https://…/v1); default: the model in the wheel"
    )
    embeddings_model: str = Field("", description="the endpoint's model")
    embeddings_dimension: int = Field(1024, ge=1, le=8192, description="numbers of its vectors")
    embeddings_key: SecretStr = Field(SecretStr(""), description="the endpoint's API key")

    wechat_app_id: str = ""
    wechat_app_secret: SecretStr = SecretStr("")
    wechat_token: SecretStr = SecretStr("")
    wechat_encoding_aes_key: SecretStr = SecretStr("")
    wechat_api_base_url: str = "https://api.weixin.qq.com"
    wechat_safe_mode: bool = Field(False, description="refuse callbacks that are not encrypted")
    wechat_page_sign_in: bool = Field(
        False, description="know people on our pages inside WeChat (网页授权), and sign pages"
    )
    miniprogram_app_id: str = ""
    miniprogram_app_secret: SecretStr = SecretStr("")
    miniprogram_page: str = Field(
        "pages/index/index?service={service}",
        description="the mini-program's page for a service, {service} being its code",
    )
    data_key: SecretStr = Field(SecretStr(""), description="field encryption; comma: new,old,…")
    secret_key: SecretStr = SecretStr("")
    ratelimit_enabled: bool = True
    scan_command: str = Field("", description="virus scanner that reads a file from its stdin")

    @field_validator("wechat_encoding_aes_key")
    @classmethod
    def _aes_key_has_43_characters(cls, key: SecretStr) -> SecretStr:
        keys = listed(key.get_secret_value())
        if any(len(one) != 43 for one in keys):
            raise ValueError("must have 43 characters, as in WeChat's console")
        return key

    @field_validator("data_key")
    @classmethod
    def _data_key_is_fernet(cls, key: SecretStr) -> SecretStr:
        if not all(_is_fernet(one) for one in listed(key.get_secret_value())):
            raise ValueError(
                "must be 32 bytes in url-safe base64 (44 characters); several: new,old"
            )
        return key

    @field_validator("database_url")
    @classmethod
    def _database_is_known(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in _DATABASES:
            raise ValueError(
                "must look like postgresql://user:password@host/name or sqlite:///file"
            )
        return url

    @field_validator("redis_url")
    @classmethod
    def _redis_is_an_address(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must look like redis://host:6379/0")
        return url

    @field_validator("rasa_url", "actions_url")
    @classmethod
    def _address_has_a_port(cls, url: str) -> str:
        try:
            port = urlsplit(url).port
        except ValueError:
            port = None
        if port is None:
            raise ValueError("needs a port, as in http://127.0.0.1:5005")
        return url

    def model_post_init(self, _context: object) -> None:
        """Fill what was left empty: local database, embedded Redis, made-up keys."""
        self.var_dir = self.var_dir.expanduser().absolute()
        if not self.database_url:
            self.database_url = f"sqlite:///{self.var_dir / 'jct.sqlite3'}"
        if not self.redis_url:
            self.redis_url = f"redis://127.0.0.1:{self.embedded_redis_port}/0"
        self.public_url = self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"
        missing = [name for name in _MADE_UP if not self._text(name.lower())]
        if missing:
            made_up = _kept_in(self.var_dir / "settings.json", missing)
            for name in missing:
                is_secret = isinstance(getattr(self, name.lower()), SecretStr)
                value = SecretStr(made_up[name]) if is_secret else made_up[name]
                setattr(self, name.lower(), value)

    def _text(self, field: str) -> str:
        value = getattr(self, field)
        return value.get_secret_value() if isinstance(value, SecretStr) else value

    @cached_property
    def redis_is_embedded(self) -> bool:
        """Whether ``make run`` has to start the Redis server that comes in a wheel."""
        return self.redis_url == f"redis://127.0.0.1:{self.embedded_redis_port}/0"


def listed(text: str) -> list[str]:
    """Return the values of a setting that holds several while one is being changed: new,old."""
    return [part.strip() for part in text.split(",") if part.strip()]


def wrong_settings(error: ValidationError) -> list[str]:
    """Return a line for each setting that cannot be used: its name and what is wrong with it.

    No value is told: it may be a secret.
    """
    return [
        f"{'.'.join(map(str, one['loc'])).upper()}: {one['msg'].removeprefix('Value error, ')}"
        for one in error.errors()
    ]


def _is_fernet(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == 32
    except ValueError:
        return False


def _kept_in(path: Path, names: list[str]) -> dict[str, str]:
    """Read made-up values from `path`, adding those that are not there yet.

    A lock file keeps two processes that start together from making up different keys.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        new = {name: _MADE_UP[name]() for name in names if name not in kept}
        if new:
            kept |= new
            draft = path.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(kept, indent=2) + "\n")
            os.replace(draft, path)
        return kept
