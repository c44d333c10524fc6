"""What every part of a service file is made of: no unknown keys, no empty words."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]


class Strict(BaseModel):
    """A part of a service file: unknown keys are mistakes, and nothing changes it once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MisplacedError(ValueError):
    """A mistake that shows in the whole and lies in one place of it.

    Attributes:
        place: where, below what was looked at as a whole.
    """

    def __init__(self, place: tuple[str | int, ...], why: str) -> None:
        super().__init__(why)
        self.place = place
