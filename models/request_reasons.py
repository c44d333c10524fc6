"""What staff often write when they return or refuse a request; data, to be extended at will."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from models.catalogue.life import RequestState

_FILE = Path(__file__).with_suffix(".yml")


@cache
def reasons() -> Mapping[RequestState, tuple[str, ...]]:
    """Return the sentences offered for each state that needs a reason."""
    told = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {RequestState(state): tuple(sentences) for state, sentences in told.items()}
