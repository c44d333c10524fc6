"""The plan's targets, and what they are counted by (``targets.yml``)."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field


class Target(BaseModel):
    """One target: so many a year, counted by a measure."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    title: str
    per_year: int = Field(gt=0)
    clause: str
    words: str
    counted: str
    measure: str


class Graduates(BaseModel):
    """Which granted requests are a graduate's new business."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str
    part: str
    field: str
    value: str


class Targets(BaseModel):
    """All targets, and where their numbers come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    targets: tuple[Target, ...]
    training_service: str
    graduates: Graduates
    complaint_services: tuple[str, ...]
    posting_service: str


@cache
def load_targets() -> Targets:
    """Read the file once."""
    text = Path(__file__).with_name("targets.yml").read_text(encoding="utf-8")
    return Targets.model_validate(yaml.safe_load(text))
