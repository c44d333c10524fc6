"""Whom a question about the documents is for: where the person is and what they are, as said.

A place or a group (高校毕业生) that was named in this talk narrows which documents may answer. Of
the question itself every place and group counts; of what was said before, only what a person said
of themselves. Nothing is kept: it is read from the messages each time.
"""

import re
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import utc_now
from models.intake.fields.place import PROVINCE, named_place
from models.knowledge.normalisation import normalise
from models.knowledge.scope import Scope
from models.knowledge.search import Knowledge
from models.knowledge.synonyms import Synonyms
from models.message import Direction, Message

_REMEMBERED = timedelta(hours=12)
_LOOKED_BACK = 20
_SHORT = 8
_OF_ONESELF = re.compile(r"(?:我|俺|咱|本人|自己)[^，。？！,?!]{0,8}$")
_DENIED = re.compile(r"(?:不是|不算|没有|并非|非|没)$")


def scope_of(session: Session, knowledge: Knowledge, conversation_id: int, question: str) -> Scope:
    """Return for whom a question must be answered.

    Args:
        session: an open session.
        knowledge: the documents, which say for whom they are.
        conversation_id: where it is asked.
        question: as the person wrote it.
    """
    groups = knowledge.audiences
    place = named_place(question)
    audience = _groups_in(normalise(question), groups, knowledge.synonyms)
    named = question[place.start : place.end] if place else ""
    region = _region(place.city, place.district) if place else ""
    if knowledge.is_divided and not (region and audience):
        # Spoils nothing where every document is for everybody: then nobody has to be looked up.
        for text in _said_before(session, conversation_id):
            if not region and (before := named_place(text)) is not None:
                region = _region(before.city, before.district)
            if not audience:
                audience = _groups_in(normalise(text), groups, knowledge.synonyms, of_oneself=True)
    return Scope(region=region, audience=audience, named=named)


def _said_before(session: Session, conversation_id: int) -> list[str]:
    """Return what the person wrote lately, newest first."""
    return list(
        session.scalars(
            select(Message.text)
            .where(
                Message.conversation_id == conversation_id,
                Message.direction == Direction.IN,
                Message.created_at >= utc_now() - _REMEMBERED,
            )
            .order_by(Message.position.desc())
            .limit(_LOOKED_BACK)
        )
    )


def _region(city: str, district: str | None) -> str:
    return f"{PROVINCE}{city}{district or ''}"


def _groups_in(
    said: str, groups: frozenset[str], synonyms: Synonyms, *, of_oneself: bool = False
) -> frozenset[str]:
    """Return which of the documents' groups a text names, in their words or in people's."""
    found: set[str] = set()
    ways = [(group, group) for group in groups]
    ways += [
        (word, group)
        for word, means in synonyms.entries.items()
        for group in groups & set(means.split())
    ]
    for word, group in ways:
        for match in re.finditer(re.escape(word), said):
            before = said[: match.start()]
            if _DENIED.search(before):
                continue
            if not of_oneself or len(said) <= _SHORT or _OF_ONESELF.search(before):
                found.add(group)
    return frozenset(found)
