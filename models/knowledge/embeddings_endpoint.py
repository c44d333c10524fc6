"""Vectors from an OpenAI-compatible endpoint: ``POST …/embeddings`` (``EMBEDDINGS_URL``).

Documented at platform.openai.com/docs/api-reference/embeddings; vLLM, Ollama, Xinference and the
Chinese model clouds speak it as well. While it is away, questions do not wait for it: words alone
answer, and it is tried again every half minute.
"""

import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import httpx
import numpy as np

_QUERY_SECONDS = 1.5
_PASSAGES_SECONDS = 60.0
_PAUSE_SECONDS = 30.0
_AT_ONCE = 64
_REMEMBERED = 4096


class EmbedderError(RuntimeError):
    """No vector could be made; words alone must do."""


class EmbeddingsEndpoint:
    """An embedder behind HTTP. Safe for threads.

    Args:
        url: up to the version, as in ``https://example.com/v1``.
        model: its name there.
        dimension: how many numbers its vectors have.
        key: sent as a bearer token; empty for none.
    """

    def __init__(self, url: str, model: str, dimension: int, key: str = "") -> None:
        self.name = f"{model}/{dimension}"[-64:]
        self.dimension = dimension
        self._url = f"{url.rstrip('/')}/embeddings"
        self._model = model
        self._client = httpx.Client(headers={"Authorization": f"Bearer {key}"} if key else {})
        self._retry_at = 0.0
        self._lock = threading.Lock()
        self._query = lru_cache(_REMEMBERED)(self._ask_query)

    def is_ready(self) -> bool:
        """Ask the endpoint itself whether it answers now; what is remembered does not count."""
        try:
            self._ask(["就业"], _QUERY_SECONDS)
        except EmbedderError:
            return False
        return True

    def query(self, text: str) -> np.ndarray:
        """Return the vector of a question; those asked lately are remembered.

        Raises:
            EmbedderError: the endpoint is away, or does not answer as documented.
        """
        return self._query(text)

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of texts to be found.

        Raises:
            EmbedderError: the endpoint is away, or does not answer as documented.
        """
        parts = [
            self._ask(texts[start : start + _AT_ONCE], _PASSAGES_SECONDS)
            for start in range(0, len(texts), _AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), np.float32)

    def _ask_query(self, text: str) -> np.ndarray:
        if time.monotonic() < self._retry_at:
            raise EmbedderError("the embeddings endpoint was away a moment ago")
        vector: np.ndarray = self._ask([text], _QUERY_SECONDS)[0]
        return vector

    def _ask(self, texts: Sequence[str], patience: float) -> np.ndarray:
        body = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        try:
            answer = self._client.post(self._url, json=body, timeout=patience)
            answer.raise_for_status()
            vectors = self._vectors(answer.json(), len(texts))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            with self._lock:
                self._retry_at = time.monotonic() + _PAUSE_SECONDS
            raise EmbedderError("the embeddings endpoint cannot be used") from error
        with self._lock:
            self._retry_at = 0.0
        return vectors

    def _vectors(self, told: Any, count: int) -> np.ndarray:
        """Read an answer; vectors are scaled to length 1.

        Raises:
            ValueError: they are not as many or not as long as they should be.
        """
        in_order = sorted(told["data"], key=lambda one: one["index"])
        vectors = np.array([one["embedding"] for one in in_order], np.float32)
        if vectors.shape != (count, self.dimension):
            raise ValueError(f"vectors of shape {vectors.shape}")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise ValueError("a vector without direction")
        return np.asarray(vectors / lengths)
