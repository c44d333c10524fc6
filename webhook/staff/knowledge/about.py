"""What editors say about a document, read from a form."""

from collections.abc import Mapping
from datetime import date

from models.knowledge.draft import About, ImportRefused

_DAYS = {"issued_on": "发文日期", "valid_from": "生效日期", "valid_until": "失效日期"}


def about_of(form: Mapping[str, str], *, title: str = "", source: str = "") -> About:
    """Read a form.

    Args:
        form: its fields, as sent.
        title: the title where none was given.
        source: where the text came from, where the form does not say.

    Raises:
        ImportRefused: something cannot be so; the message says what.
    """

    def line(name: str) -> str:
        # Neither a break nor NUL belongs into one line.
        return " ".join(form.get(name, "").replace("\0", " ").split())

    return About(
        title=line("title") or title,
        issuer=line("issuer") or None,
        number=line("number") or None,
        region=line("region") or None,
        audience=tuple(line("audience").replace("、", " ").replace("，", " ").split()),
        source=line("source") or source,
        **{name: _day(form.get(name, ""), told) for name, told in _DAYS.items()},
    )


def _day(text: str, told: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ImportRefused(f"{told}要写成 2024-12-31 这样。") from error
