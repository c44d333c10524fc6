"""A month of the report: from midnight to midnight, in China."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.working_days import CHINA, china_today

_WRITTEN = re.compile(r"(\d{4})-(\d{2})")
_FIRST_YEAR = 2020


@dataclass(frozen=True, order=True)
class Month:
    """One month."""

    year: int
    month: int

    @classmethod
    def read(cls, text: str) -> "Month":
        """Read ``YYYY-MM``.

        Raises:
            ValueError: it is none, or has not begun; the text is for people.
        """
        match = _WRITTEN.fullmatch(text.strip())
        if match is None or not 1 <= int(match[2]) <= 12 or int(match[1]) < _FIRST_YEAR:
            raise ValueError("月份要写成 2026-11 这样。")
        found = cls(int(match[1]), int(match[2]))
        if found > cls.now():
            raise ValueError("这个月还没到。")
        return found

    @classmethod
    def now(cls) -> "Month":
        """Return the month it is in China."""
        return cls.of(china_today())

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month of a day."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def title(self) -> str:
        """The month as people write it."""
        return f"{self.year}年{self.month}月"

    @property
    def before(self) -> "Month":
        """The month before."""
        return Month.of(date(self.year, self.month, 1) - timedelta(days=1))

    @property
    def after(self) -> "Month":
        """The month after."""
        return Month.of(date(self.year, self.month, 28) + timedelta(days=4))

    @property
    def begins(self) -> datetime:
        """The first moment of it."""
        return datetime(self.year, self.month, 1, tzinfo=CHINA)

    @property
    def ends(self) -> datetime:
        """The first moment behind it."""
        return self.after.begins

    @property
    def of_year(self) -> list["Month"]:
        """The months of its year up to itself."""
        return [Month(self.year, number) for number in range(1, self.month + 1)]
