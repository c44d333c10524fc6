"""Scope: which documents in force speak for whom, where and when."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

_PROVINCE = re.compile(r"^[^省区]{2,8}(?:省|自治区)")
_CHINA = timedelta(hours=8)


def today_in_china() -> date:
    """Return the day it is where the documents hold."""
    return (datetime.now(UTC) + _CHINA).date()


@dataclass(frozen=True)
class Reach:
    """Whom a document is for: `region` from the province down, none for everywhere."""

    document_id: int
    region: str | None = None
    audience: frozenset[str] = frozenset()
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class Scope:
    """For whom something is looked up; what is unknown leaves nothing out.

    Attributes:
        region: where the person is, from the province down (``辽宁省沈阳市``); empty if unknown.
        audience: what the person is (``高校毕业生``); empty if unknown.
        named: how the question itself names the region; empty if it does not.
        day: the day that counts; a document whose period is over still answers, with a warning,
            as long as staff leave it in force, and stands behind those that hold.
    """

    region: str = ""
    audience: Collection[str] = ()
    named: str = ""
    day: date = field(default_factory=today_in_china)

    def holds(self, reach: Reach) -> bool:
        """Check whether a document speaks to this scope at all."""
        begun = reach.valid_from is None or reach.valid_from <= self.day
        # A city's document holds in its districts; who only named the province may live there.
        region = self._as_written(reach)
        near = (
            not region
            or not reach.region
            or region.startswith(reach.region)
            or reach.region.startswith(region)
        )
        meant = not self.audience or not reach.audience or reach.audience & set(self.audience)
        return begun and near and bool(meant)

    def is_near(self, reach: Reach) -> bool:
        """Check whether a document is for the very place, and not for all around it as well."""
        return bool(
            self.region
            and reach.region
            and _PROVINCE.fullmatch(reach.region) is None
            and self._as_written(reach).startswith(reach.region)
        )

    def _as_written(self, reach: Reach) -> str:
        """Return the region as a document writes its own: some leave out the province."""
        if reach.region and _PROVINCE.match(reach.region) is None:
            return _PROVINCE.sub("", self.region)
        return self.region

    def is_over(self, reach: Reach) -> bool:
        """Check whether the period of a document has ended."""
        return reach.valid_until is not None and reach.valid_until < self.day
