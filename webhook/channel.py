"""Channel: what the road must know of a door to hand a reply out through it."""

from typing import Protocol

from models.delivery import Piece, Way
from models.reply import Reply


class Channel(Protocol):
    """A door for messages.

    Attributes:
        name: the contact's `channel`.
        way: how a piece leaves in the answer to a person's own request.
        answer_within: seconds within which that answer must be given.
        repeats: how often the door tries again when it got no answer in time.
        last_answer_within: the same for its last try, behind which only a push is left.
        pushes: whether we can send without being asked; if not, the door fetches.
        room: bytes of UTF-8 that one piece holds.
    """

    name: str
    way: Way
    answer_within: float
    repeats: int
    last_answer_within: float
    pushes: bool
    room: int

    def pieces(self, reply: Reply) -> list[Piece]:
        """Render a reply as pieces this door can carry, in order; never empty."""
        ...

    def address(self, path: str) -> str:
        """Return the address of a page of ours, as somebody at this door can open it."""
        ...


class PageChannel:
    """Our own page or terminal: it shows text of any length, and choices by itself."""

    way = Way.PAGE
    answer_within = 25.0
    repeats = 0
    last_answer_within = 25.0
    pushes = False
    room = 10**6

    def __init__(self, name: str) -> None:
        self.name = name

    def pieces(self, reply: Reply) -> list[Piece]:
        """Return the whole text."""
        return [Piece(reply.text)]

    def address(self, path: str) -> str:
        """Return the path: who is here is on our pages already."""
        return path
