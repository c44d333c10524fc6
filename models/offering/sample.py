"""Invented offerings to try the product with: entered only when somebody asks for them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import utc_now
from models.offering.drafting import OfferingDraft, read_offering, read_slot
from models.offering.offering import Offering
from models.working_days import china_today

_FILE = Path(__file__).with_suffix(".yml")


def sample(city: str, district: str = "") -> list[OfferingDraft]:
    """Return the invented offerings for a place, with times in the days to come.

    Raises:
        ValueError: there is no such place; the text is for people.
    """
    entries: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    drafts = []
    for entry in entries:
        times = entry.pop("times", [])
        row = {**entry, "city": city, "district": district, "code": f"{entry['code']}-{city}"}
        values, errors = read_offering(row)
        if errors:
            raise ValueError("；".join(errors.values()))
        slots = [read_slot(_on_a_day(one), values["kind"])[0] for one in times]
        drafts.append(OfferingDraft(values, tuple(one for one in slots if one is not None)))
    return drafts


def close_samples(session: Session) -> int:
    """Show no invented offering any more; returns how many there were.

    They are not deleted: somebody may have tried to sign up.
    """
    shown = session.scalars(
        select(Offering).where(Offering.is_sample.is_(True), Offering.closed_at.is_(None))
    ).all()
    for one in shown:
        one.closed_at = utc_now()
    session.flush()
    return len(shown)


def _on_a_day(told: dict[str, Any]) -> dict[str, str]:
    day = china_today() + timedelta(days=told["in_days"])
    return {
        "begins": f"{day} {told['begins']}",
        "ends": told["ends"],
        "capacity": str(told.get("capacity", "")),
    }
