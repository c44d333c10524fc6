"""Yes or no."""

from typing import Any

from models.intake.fields.base import FieldType, Reading, Refused, Said, Taken
from models.intake.wording import bare, words
from models.reply import Choice


class YesNo(FieldType):
    """A plain yes or no."""

    code = "yes_no"

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read the words people agree and refuse with."""
        text = bare(said.raw)
        if text in words("agree"):
            return Taken(True)
        if text in words("refuse"):
            return Taken(False)
        return Refused("unclear")

    def show(self, value: Any) -> str:
        """Return 是 or 否."""
        return "是" if value else "否"

    def choices(self, known: Any = None, *, missed: bool = False) -> tuple[Choice, ...]:
        """Offer both."""
        return (Choice("是", "是"), Choice("不是", "不是"))
