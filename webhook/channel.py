"""Channel: what the road must know of a door to hand a reply out through it."""

from typing import Protocol

from models.delivery import Way
from models.reply import Reply


class Channel(Protocol):
    """A door for messages.

    Attributes:
        name: the contact's `channel`.
        way: how a piece leaves in the answer to a person's own request.
        answer_within: seconds within which that answer must be given.
        repeats: how often the door tries again when it got no answer in time.
        pushes: whether we can send without being asked; if not, the door fetches.
        longest_piece: bytes of UTF-8 that one piece holds.
    """

    name: str
    way: Way
    answer_within: float
    repeats: int
    pushes: bool
    longest_piece: int

    def pieces(self, reply: Reply) -> list[str]:
        """Render a reply as texts this door can carry, in order; never empty."""
        ...


class PageChannel:
    """Our own page or terminal: it shows text of any length, and choices by itself."""

    way = Way.PAGE
    answer_within = 25.0
    repeats = 0
    pushes = False
    longest_piece = 1024 * 1024

    def __init__(self, name: str) -> None:
        self.name = name

    def pieces(self, reply: Reply) -> list[str]:
        """Return the whole text."""
        return [reply.text]
