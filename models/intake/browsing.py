"""Looking for what is on offer by chat: what kind, where, what fits, and how to go on from there.

Where nothing is entered that is said, with the clause the service rests on, who knows more, and
the way to be told as soon as there is something.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue
from models.intake.fields import field_type
from models.intake.fields.base import Partly, Said, Taken
from models.intake.fields.dates import days_in
from models.intake.fields.place import named_places
from models.intake.form import human_choice
from models.intake.wording import bare, fold, phrase, title
from models.offering.kinds import CALENDAR, Kind, kind_in, kinds
from models.offering.lines import day_and_time, offering_line, seats_left, slot_line
from models.offering.offering import Offering, Slot, cities_with, search, upcoming
from models.offering.seat import TAKEN, counts
from models.reply import Choice, Reply
from models.request import requests_of
from models.working_days import china_today

SHOWN = 5
_LOOKED_AT = 100
_DAYS_TOLD = 3
_WHERE = "哪个城市"
_WEEKEND = ("周末", "双休日", "双休", "礼拜六礼拜天", "周六周日", "周六日")
# What may stand around a place that is said alone: 「沈阳的」, 「那大连呢」.
_AROUND_PLACE = re.compile(r"[那在看的呢吧有没这边儿\s,，。？?]*")
_SIGN_UP = re.compile(r"(?:我?要|帮我|给我)?(?:报名|预约|申请)(?P<word>场次|资源)(?P<row>\d{1,12})")


def offering_command(text: str) -> str | None:
    """Return the intent of a choice that was offered here, where `text` is one."""
    said = bare(text)
    if _SIGN_UP.fullmatch(said):
        return "sign_up"
    return "browse_offerings" if _look_at().match(said) else None


def signed_up_for(text: str) -> tuple[str, int] | None:
    """Return what a sign-up names: 「场次」 or 「资源」, and the row."""
    match = _SIGN_UP.fullmatch(bare(text))
    return None if match is None else (match["word"], int(match["row"]))


def browse(session: Session, catalogue: Catalogue, contact_id: int, text: str) -> Reply:
    """Return what is on offer of the kind and in the place that `text` names."""
    kind = kind_in(text)
    if kind is None:
        return Reply(phrase("browse_which"), tuple(_look(one) for one in kinds().values()))
    asks_where = _WHERE in text
    place = None if asks_where else _place_in(text) or _place_of(session, contact_id)
    city, district = (place["city"], place["district"]) if place else (None, None)
    cities = cities_with(session, kind.code) if city is None else []
    if len(cities) > 1 and (asks_where or kind.page != CALENDAR):
        choices = tuple(_look(kind, one) for one in cities)
        return Reply(phrase("browse_where", kind=kind.name), choices)
    found = _fitting(session, kind, city, district, text)
    head = phrase("browse_head", place=city or "全省", kind=kind.name)
    if not found and city is not None:
        found = _fitting(session, kind, None, None, text)
        head = phrase("browse_elsewhere", place=city, kind=kind.name)
    if not found:
        return _nothing(catalogue, kind, city)
    lines, sign_ups = _told(session, kind, found, _days_in(text))
    one_city = (_one_city(kind),) if len(cities) > 1 else ()
    way = (*one_city, *_way_on(catalogue, kind))
    return Reply(
        "\n".join([head, *lines, _about(catalogue, kind)]), (*sign_ups, *way, human_choice())
    )


def browse_there(
    session: Session,
    catalogue: Catalogue,
    contact_id: int,
    shown: Sequence[Choice],
    text: str,
) -> Reply | None:
    """Return the list shown before, for the place that is all `text` says.

    None where no list of several cities was shown, or where more than a place is said.

    Args:
        session: an open unit of work, or one that only reads.
        catalogue: the services in force.
        contact_id: who asks.
        shown: the choices of what was said last.
        text: what was said to it.
    """
    payloads = {one.payload for one in shown}
    several = (k for k in kinds().values() if payloads & {_one_city(k).payload})
    kind = next(several, None)
    if kind is None or _place_in(text) is None or not _is_only_a_place(text):
        return None
    return browse(session, catalogue, contact_id, f"看{kind.name} {text}")


def _is_only_a_place(text: str) -> bool:
    said = fold(text)
    for start, end in reversed(named_places(said)):
        said = said[:start] + said[end:]
    return _AROUND_PLACE.fullmatch(said) is not None


def _one_city(kind: Kind) -> Choice:
    return Choice(title("one_city"), f"看{kind.name} {_WHERE}")


@cache
def _look_at() -> re.Pattern[str]:
    names = "|".join(re.escape(fold(one.name)) for one in kinds().values())
    return re.compile(rf"看(?:看|一看|一下)?(?:{names})")


def _look(kind: Kind, city: str = "") -> Choice:
    words = (city, city.removesuffix("市")) if city else (kind.name,)
    return Choice(city or kind.name, f"看{kind.name} {city}".strip(), words)


def _place_in(text: str) -> dict[str, Any] | None:
    """Return the place that a sentence names; a district that several cities have names none."""
    for found in field_type("place", {"city_is_enough": True}).find(Said(text)):
        reading = found.reading
        if isinstance(reading, Taken):
            value: dict[str, Any] = reading.value
            return value
        if isinstance(reading, Partly) and reading.known.get("city"):
            return {"city": reading.known["city"], "district": None}
    return None


def _place_of(session: Session, contact_id: int) -> dict[str, Any] | None:
    """Return the place that somebody named last in a request of theirs."""
    for request in reversed(requests_of(session, contact_id)):
        for answer in request.answers.values():
            if isinstance(answer, dict) and answer.get("city"):
                return answer
    return None


Found = list[Offering] | list[Slot]


def _fitting(
    session: Session, kind: Kind, city: str | None, district: str | None, text: str
) -> Found:
    """Return what fits, what shares most words with the sentence first."""
    if kind.page == CALENDAR:
        slots = upcoming(session, [kind.code], city=city, district=district, limit=_LOOKED_AT)
        return _by_words(slots, [one.offering for one in slots], kind, text)
    offerings = search(session, [kind.code], city=city, district=district, limit=_LOOKED_AT)
    return _by_words(offerings, offerings, kind, text)


def _by_words(rows: Any, offerings: Sequence[Offering], kind: Kind, text: str) -> Any:
    said = fold(text).replace(" ", "")
    for start, end in reversed(named_places(said)):
        said = said[:start] + said[end:]
    for word in sorted(kind.words, key=len, reverse=True):
        said = said.replace(word, " ") if word not in kind.topics else said
    wanted = _pairs(said)
    ranked = sorted(
        zip(rows, offerings, strict=True), key=lambda pair: -len(wanted & _words_of(pair[1]))
    )
    return [row for row, _ in ranked[:SHOWN]]


def _words_of(offering: Offering) -> set[str]:
    return _pairs(fold(" ".join([offering.title, offering.about, *offering.topics])))


def _pairs(text: str) -> set[str]:
    return {a + b for a, b in pairwise(text) if not (a + b).isspace()}


def _days_in(text: str) -> list[date]:
    """Return the days whose opening hours are asked for; a weekend is two."""
    said = fold(text)
    for word in _WEEKEND[1:]:
        said = said.replace(word, _WEEKEND[0])
    found: list[date] = []
    for one in days_in(said, china_today(), 1):
        # 「三号窗口」 is no day of the month.
        if one.day is None or one.is_day_only:
            continue
        first = date(one.year, one.month or 1, one.day)
        is_weekend = said[one.start : one.end].endswith(_WEEKEND[0])
        found += [first, first + timedelta(days=1)] if is_weekend else [first]
    return [one for one in dict.fromkeys(found) if one != china_today()][:_DAYS_TOLD]


def _told(
    session: Session, kind: Kind, found: Found, days: Sequence[date]
) -> tuple[list[str], list[Choice]]:
    """Return the lines and the choices of what was found, with its hours on these days."""
    if kind.page == CALENDAR:
        slots = [one for one in found if isinstance(one, Slot)]
        return [], _sign_ups(session, slots, whole=True)
    offerings = [one for one in found if isinstance(one, Offering)]
    lines = [f"{number}. {_line(one, days)}" for number, one in enumerate(offerings, 1)]
    if kind.code == "mentor":
        ids = {one.id for one in offerings}
        free = [one for one in upcoming(session, [kind.code]) if one.offering_id in ids]
        taken = counts(session, [one.id for one in free], *TAKEN)
        left = [one for one in free if one.capacity > taken.get(one.id, 0)][:SHOWN]
        if not left:
            lines.append(phrase("browse_no_time"))
        return lines, _sign_ups(session, left, whole=False)
    if kind.service is None:
        return lines, []
    return lines, [
        Choice(title("ask_for") + one.name, f"申请资源{one.id}", (one.title,)) for one in offerings
    ]


def _line(offering: Offering, days: Sequence[date]) -> str:
    about = f"。{offering.about}" if offering.about else ""
    return f"{offering_line(offering, days=days)}{about}"


def _sign_ups(session: Session, slots: list[Slot], *, whole: bool) -> list[Choice]:
    taken = counts(session, [one.id for one in slots], *TAKEN)
    told = []
    for one in slots:
        left = seats_left(one, taken.get(one.id, 0))
        words = f"{slot_line(one)}，{left}"
        if not whole:
            words = title("book") + f"{one.offering.name} {day_and_time(one)}"
        told.append(Choice(words, f"报名场次{one.id}", (slot_line(one),)))
    return told


def _nothing(catalogue: Catalogue, kind: Kind, city: str | None) -> Reply:
    where = city or "这里"
    text = phrase("browse_no_list", place=where, kind=kind.name)
    if kind.service is not None:
        text = phrase("browse_nothing", place=where, kind=kind.name)
    way = _way_on(catalogue, kind)
    return Reply(f"{text}\n{_about(catalogue, kind)}", (*way, human_choice()))


def _way_on(catalogue: Catalogue, kind: Kind) -> tuple[Choice, ...]:
    code = kind.leads_to
    if code is None or code not in catalogue:
        return ()
    service = catalogue.service(code)
    told = title("wait_for_one") if kind.service else service.name
    return (Choice(told, f"/{service.start_intent}"),)


def _about(catalogue: Catalogue, kind: Kind) -> str:
    """Return what the kind rests on, and who knows more."""
    code = kind.leads_to
    office = catalogue.service(code).office if code in catalogue and code else None
    who = f"{office.who}，电话 {office.hotline}" if office else "当地公共就业服务机构，电话 12333"
    return phrase("browse_about", clause=kind.clause, who=who)
