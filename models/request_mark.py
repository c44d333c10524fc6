"""Request mark: what a request is found by although its answers are sealed.

Staff look a request up by what somebody says on the phone: a name, a mobile number, the number on
an identity card, a shop's name, the last five digits of the request's own number. Each is kept as a
keyed hash: an equal value is found, nothing can be read from it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.catalogue.service import Service
from models.database import Base
from models.sealed import lookup_hash

_TYPES = frozenset({"text", "person_name", "mobile", "id_number"})
# Longer words are a story: nobody looks a request up by them.
_LONGEST = 40
_NUMBER_TAIL = 5
_NOT_SAID = re.compile(r"[\W_]+")


class RequestMark(Base):
    """One value a request can be found by."""

    __tablename__ = "request_mark"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("request.id"), primary_key=True, index=True)


def write_marks(
    session: Session, service: Service, request_id: int, number: str, answers: Mapping[str, Any]
) -> None:
    """Keep what this request is found by; what it was found by before is forgotten."""
    erase_marks(session, [request_id])
    values = {number.split("-")[1][:_NUMBER_TAIL]}
    for field in service.fields:
        answer = answers.get(field.name)
        if field.type in _TYPES and isinstance(answer, str) and len(answer) <= _LONGEST:
            values.add(answer)
    marks = {_mark(value) for value in values if _folded(value)}
    session.add_all(RequestMark(mark=mark, request_id=request_id) for mark in sorted(marks))
    session.flush()


def find_marked(session: Session, text: str, limit: int) -> list[int]:
    """Return the ids of the requests that a text names, the newest first."""
    if not _folded(text):
        return []
    return list(
        session.scalars(
            select(RequestMark.request_id)
            .where(RequestMark.mark == _mark(text))
            .order_by(RequestMark.request_id.desc())
            .limit(limit)
        )
    )


def erase_marks(session: Session, request_ids: Sequence[int]) -> None:
    """Forget what these requests are found by."""
    session.execute(delete(RequestMark).where(RequestMark.request_id.in_(request_ids)))


def _mark(value: str) -> str:
    return lookup_hash(f"request-mark:{_folded(value)}")


def _folded(value: str) -> str:
    return _NOT_SAID.sub("", unicodedata.normalize("NFKC", value)).lower()
