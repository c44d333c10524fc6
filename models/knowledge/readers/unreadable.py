"""What a reader says when it cannot read a file."""


class Unreadable(ValueError):  # noqa: N818 - it is an answer to staff, not a fault
    """A file cannot be read; the message says why and what to do, in words for staff."""
