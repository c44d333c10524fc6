"""Corrections: the listed differences between a text as it came and the text that is published.

A correction is data. It says what is replaced by what, between which neighbours and how often,
so that ``apply(original, corrections) == published`` can be proved at any time from what the
document row stores.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any


class CorrectionError(ValueError):
    """A correction does not fit the text it is applied to; nothing may be published."""


@dataclass(frozen=True)
class Correction:
    """Replace `find` by `replace` wherever it stands between `before` and `after`.

    `count` is how often it must be found; `place` names the clause for people, `reason` says why.
    """

    find: str
    replace: str
    count: int
    reason: str
    before: str = ""
    after: str = ""
    place: str = ""

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Correction":
        """Read one entry of a list of corrections.

        Raises:
            CorrectionError: a field is missing, unknown or empty where it may not be.
        """
        try:
            correction = cls(**data)
        except TypeError as error:
            raise CorrectionError(f"更正的写法不对：{error}") from error
        if not correction.find or not correction.reason or correction.count < 1:
            raise CorrectionError("每条更正都要写明原文、次数（至少一次）和理由。")
        return correction

    def as_data(self) -> dict[str, Any]:
        """Return the entry as it is stored in ``PolicyDocument.corrections``."""
        return {name: value for name, value in asdict(self).items() if value != "" or name in _KEPT}


_KEPT = ("find", "replace")


def apply(original: str, corrections: Iterable[Correction]) -> str:
    """Return `original` with every correction applied, in order.

    Raises:
        CorrectionError: a correction is found more or less often than it says.
    """
    text = original
    for correction in corrections:
        found = correction.before + correction.find + correction.after
        count = text.count(found)
        if count != correction.count:
            raise CorrectionError(
                f"更正「{found}」应有 {correction.count} 处，原文里有 {count} 处，没有发布。"
            )
        text = text.replace(found, correction.before + correction.replace + correction.after)
    return text


def refit(original: str, corrections: Iterable[Correction]) -> list[Correction]:
    """Return the corrections that still fit a changed text, each counted anew."""
    text = original
    fitting = []
    for correction in corrections:
        found = correction.before + correction.find + correction.after
        count = text.count(found)
        if count:
            fitting.append(replace(correction, count=count))
            text = text.replace(found, correction.before + correction.replace + correction.after)
    return fitting
