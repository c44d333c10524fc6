"""The services by what people come for, for the home page."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.catalogue.loader import Catalogue
from models.catalogue.service import Service

_FILE = Path(__file__).with_name("needs.yml")


@cache
def _needs() -> list[dict[str, Any]]:
    needs: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return needs


def by_need(catalogue: Catalogue) -> list[tuple[str, list[Service]]]:
    """Return headings with their services; every service of the catalogue is there once."""
    named = {code for need in _needs() for code in need["services"]}
    others = [one for one in catalogue if one.code not in named]
    found = [
        (need["title"], [catalogue.service(code) for code in need["services"] if code in catalogue])
        for need in _needs()
    ]
    heading, last = found[-1]
    found[-1] = (heading, last + others)
    return [(heading, services) for heading, services in found if services]
