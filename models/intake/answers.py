"""Reads one message as answers to a form: to the question asked, and to others at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.service import Service, ServiceField
from models.intake.fields import field_type
from models.intake.fields.base import FieldType, Found, Partly, Refused, Said, Taken
from models.intake.wording import error_text, fold, words
from models.private_value import TOKEN, open_token

Spans = tuple[tuple[int, int], ...]

_WORDLESS = re.compile(r"[^\w\u3400-\u9fff]|_")
_CLAUSE = re.compile(r"[,，。;；!！?？、\n]")
_PART = re.compile(r"[^\s,，、。;；]+")
_LINK = re.compile(r"[\s,，:：是为大概约共一]*")
# A cue tells of an answer in its own clause, not further away than this; a bare number has to
# stand right beside it.
_CUE_REACHES = 12
_CUE_REACHES_BARE = 4
_REST_BESIDE_LOOSE = 4


@dataclass(frozen=True)
class Answers:
    """What a message answers.

    Attributes:
        found: readings by field name, in the order of the form.
        rest: what of the message is no answer and no filler, as one string.
        spans: the characters of `Said.text` each reading was taken from.
        own: the words of the name that was asked for, where others stand beside it.
    """

    found: Mapping[str, Taken | Partly] = field(default_factory=dict)
    rest: str = ""
    spans: Mapping[str, Spans] = field(default_factory=dict)
    own: str | None = None


@dataclass(frozen=True)
class _Claim:
    """An answer that a field may take; the lowest `rank` takes its words first."""

    field: ServiceField
    hit: Found
    rank: tuple[int, int, int]
    has_cue: bool


def type_of(asked: ServiceField) -> FieldType:
    """Return the type of a field, with the field's options."""
    return field_type(asked.type, asked.options)


def plain(field: ServiceField, value: Any) -> str:
    """Return an answer as its owner reads it: what a screen masks is in the clear here."""
    return value if isinstance(value, str) and field.private else type_of(field).show(value)


def hear(session: Session, contact_id: int, text: str) -> Said:
    """Return a message with its private tokens opened, as far as they are this person's."""
    opened = {}
    for match in TOKEN.finditer(text):
        value = open_token(session, contact_id, match[0])
        if value is not None:
            opened[match[0]] = value
    return Said(text, opened)


def gather(service: Service, said: Said, asked: str | None) -> Answers:
    """Find the answers to any of the service's fields in one message.

    No words answer two questions. What is private or known by its form goes first, then what
    stands beside a cue of its field, then the question asked; what several fields of one kind
    could take otherwise is left.

    Args:
        service: whose fields.
        said: the message.
        asked: the name of the field whose question is open, if one is.
    """
    name = _name_apart(service, said, asked)
    if name is None:
        return _gathered(service, said, asked)
    beside = f"{said.raw[: name[0]]}{' ' * (name[1] - name[0])}{said.raw[name[1] :]}"
    others = _gathered(service, replace(said, raw=beside), None)
    return replace(others, own=said.raw[slice(*name)])


def _name_apart(service: Service, said: Said, asked: str | None) -> tuple[int, int] | None:
    """Return where the name that was asked for stands, if other answers stand beside it."""
    if not any(one.name == asked and type_of(one).is_name for one in service.fields):
        return None
    parts = list(_PART.finditer(said.raw))
    for part in parts if len(parts) > 1 else ():
        if len(_gathered(service, replace(said, raw=part[0]), None).rest) > 1:
            return part.span()
    return None


def _gathered(service: Service, said: Said, asked: str | None) -> Answers:
    text = said.text
    claims: dict[str, _Claim] = {}
    every = sorted(_claims(service.fields, said, asked), key=lambda claim: claim.rank)
    for claim in every:
        mine = claim.hit.spans
        if claim.field.name in claims:
            continue
        if not any(_overlap(mine, one.hit.spans) for one in claims.values()):
            claims[claim.field.name] = claim
    if _said_in_passing(claims, text, asked):
        claims = {}
    named = [one.name for one in service.fields if one.name in claims]
    spans = {name: claims[name].hit.spans for name in named}
    taken = [span for many in spans.values() for span in many]
    rest = "".join(c for i, c in enumerate(text) if not any(a <= i < b for a, b in taken))
    found = {name: claims[name].hit.reading for name in named}
    return Answers(found, _without_fillers(TOKEN.sub("", rest)), spans)


def _claims(fields: Sequence[ServiceField], said: Said, asked: str | None) -> Iterator[_Claim]:
    """Return what each field may take, but for words that several fields of one kind could."""
    hits = [(one, hit) for one in fields for hit in type_of(one).find(said)]
    is_story = any(
        one.name == asked and type_of(one).takes_whole and not type_of(one).is_others(said)
        for one in fields
    )
    for order, (one, hit) in enumerate(hits):
        kind = type_of(one)
        distance = _cue_distance(one, hit, said.text)
        is_rival = any(
            other.type == one.type and other.name != one.name and _overlap(hit.spans, its.spans)
            for other, its in hits
        )
        if distance is not None:
            rank = 0 if kind.is_strong else 1
            yield _Claim(one, hit, (rank, distance, order), has_cue=True)
        elif one.name == asked:
            rank = 0 if kind.always_private else 2
            yield _Claim(one, hit, (rank, _CUE_REACHES, order), has_cue=False)
        elif hit.is_plain and not is_rival and (kind.always_private or not is_story):
            rank = 0 if kind.always_private else 3
            yield _Claim(one, hit, (rank, _CUE_REACHES + 1, order), has_cue=False)


def _overlap(some: Spans, others: Spans) -> bool:
    return any(a < d and c < b for a, b in some for c, d in others)


@cache
def _cues(names: tuple[str, ...]) -> re.Pattern[str]:
    every = sorted({fold(name) for name in names}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, every)))


def _cue_distance(one: ServiceField, hit: Found, text: str) -> int | None:
    """Return how far a cue of the field stands from an answer; None where there is none."""
    start, end = hit.spans[0][0], hit.spans[-1][1]
    reach = _CUE_REACHES if hit.is_plain else _CUE_REACHES_BARE
    best: int | None = None
    for match in _cues((*one.names, *type_of(one).options.cues)).finditer(text):
        if match.start() >= start and match.end() <= end:
            distance = 0
        elif match.end() <= start:
            between = text[match.end() : start]
            if _CLAUSE.search(between) and not _LINK.fullmatch(between):
                continue
            distance = len(between)
        else:
            between = text[end : match.start()]
            if match.start() < end or _CLAUSE.search(between):
                continue
            # 「租金三千押金五千」: what is named before its sum is meant first.
            distance = len(between) + 2
        if distance <= reach and (best is None or distance < best):
            best = distance
    return best


def _said_in_passing(claims: Mapping[str, _Claim], text: str, asked: str | None) -> bool:
    """Whether all that was found are loose words to questions that were not asked."""
    if not claims or asked in claims:
        return False
    if any(one.has_cue or not type_of(one.field).is_loose for one in claims.values()):
        return False
    spoken = sum(end - start for one in claims.values() for start, end in one.hit.spans)
    if len(claims) == 1:
        return len(text) - spoken > 1 or spoken < 3
    taken = [span for one in claims.values() for span in one.hit.spans]
    rest = "".join(c for i, c in enumerate(text) if not any(a <= i < b for a, b in taken))
    return len(_without_fillers(TOKEN.sub("", rest))) > _REST_BESIDE_LOOSE


def read_asked(
    asked: ServiceField, said: Said, known: Any, answers: Answers | None = None
) -> Taken | Partly | Refused:
    """Read the whole message as the answer to one question.

    Args:
        asked: the field whose question is open.
        said: the message.
        known: what an earlier half answer left.
        answers: what was found in the message: the words of other answers are left out.
    """
    kind = type_of(asked)
    if answers is not None and answers.own is not None:
        said = replace(said, raw=answers.own)
    elif answers is not None and not kind.takes_whole and asked.name not in answers.found:
        others = [span for many in answers.spans.values() for span in many]
        text = said.text
        left = "".join(" " if any(a <= i < b for a, b in others) else c for i, c in enumerate(text))
        if others:
            said = replace(said, raw=left)
    elif answers is not None and kind.takes_whole and _tells_nothing_else(kind, said, answers):
        return Refused("empty")
    return kind.read(said, known)


def _tells_nothing_else(kind: FieldType, said: Said, answers: Answers) -> bool:
    """Whether a message holds private answers to other questions and not a word besides."""
    is_private = TOKEN.search(said.raw) is not None
    is_own = kind.token_kind is not None and bool(said.values(kind.token_kind))
    return is_private and not is_own and bool(answers.found) and not answers.rest


def error_of(asked: ServiceField, refused: Refused) -> str:
    """Return the words for a mistake: the service's own, or else the type's."""
    own = asked.errors.get(refused.error)
    if own is not None:
        return own.format(**refused.values)
    return error_text(type_of(asked).code, refused.error, **refused.values)


def _without_fillers(text: str) -> str:
    text = _WORDLESS.sub("", text)
    for filler in words("fillers"):
        text = text.replace(filler, "")
    return text
