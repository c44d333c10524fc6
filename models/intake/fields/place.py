"""Places of Liaoning: a city and its district, by full, short or everyday name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import yaml

from models.intake.fields.base import (
    FieldType,
    Found,
    Options,
    Partly,
    Reading,
    Refused,
    Said,
    Taken,
)
from models.intake.wording import phrase, without_tokens
from models.reply import Choice

PROVINCE = "辽宁省"
WHOLE_CITY = "全市都行"
_KIND_OF_PLACE = re.compile(r"(?:特别行政区|新区|区|市|县)$")


@dataclass(frozen=True)
class _Mention:
    """A place named in a text: its city, its district, or one of the two left open."""

    start: int
    end: int
    cities: frozenset[str]
    district: str | None = None


@dataclass(frozen=True)
class _Gazetteer:
    districts: dict[str, tuple[str, ...]]
    city_words: dict[str, str]
    district_words: dict[str, tuple[tuple[str, str], ...]]
    outside: tuple[str, ...]
    whole_city: tuple[str, ...]
    anywhere: tuple[str, ...]
    not_alone: frozenset[str]
    any_word: re.Pattern[str]


@cache
def _gazetteer() -> _Gazetteer:
    path = Path(__file__).with_name("places.yml")
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    districts: dict[str, tuple[str, ...]] = {}
    city_words: dict[str, str] = {}
    district_words: dict[str, list[tuple[str, str]]] = {}
    for city, about in data["cities"].items():
        districts[city] = tuple(about["districts"])
        for word in (city, city.removesuffix("市"), *about["also"]):
            city_words[word] = city
        for district, also in about["districts"].items():
            for word in {district, _KIND_OF_PLACE.sub("", district), *also}:
                district_words.setdefault(word, []).append((city, district))
    outside = tuple(data["outside"])
    every = sorted({*city_words, *district_words, *outside}, key=len, reverse=True)
    return _Gazetteer(
        districts,
        city_words,
        {word: tuple(many) for word, many in district_words.items()},
        outside,
        tuple(sorted(data["whole_city"], key=len, reverse=True)),
        tuple(data["anywhere"]),
        frozenset(data["not_alone"]),
        re.compile("|".join(map(re.escape, every))),
    )


def _mentions(text: str) -> tuple[list[_Mention], str | None]:
    """Return the places of Liaoning named in `text`, and the first one that lies outside."""
    known = _gazetteer()
    found: list[_Mention] = []
    outside: str | None = None
    for match in known.any_word.finditer(text):
        word = match[0]
        last = found[-1] if found else None
        close = last is not None and _joined(text[last.end : match.start()])
        as_district = known.district_words.get(word, ())
        if last is not None and close and last.district is None:
            inside = [pair for pair in as_district if pair[0] in last.cities]
            if inside:
                found[-1] = _Mention(last.start, match.end(), frozenset(last.cities), inside[0][1])
                continue
        if word in known.city_words:
            city = known.city_words[word]
            if last is not None and close and last.district and city in last.cities:
                # 「铁西，沈阳的」: the city behind its district settles which one is meant.
                found[-1] = _Mention(last.start, match.end(), frozenset({city}), last.district)
            else:
                found.append(_Mention(match.start(), match.end(), frozenset({city})))
        elif as_district and (word not in known.not_alone or text == word):
            cities = frozenset(city for city, _ in as_district)
            found.append(_Mention(match.start(), match.end(), cities, as_district[0][1]))
        elif word in known.outside:
            outside = outside or word
    return found, outside


def every_city() -> tuple[str, ...]:
    """Return the cities of the province, in the order of the national list."""
    return tuple(_gazetteer().districts)


def named_places(text: str) -> list[tuple[int, int]]:
    """Return where places of Liaoning are named in `text`."""
    return [(one.start, one.end) for one in _mentions(text)[0]]


@dataclass(frozen=True)
class NamedPlace:
    """A city that a text names, its district where that is named too, and where it stands."""

    city: str
    district: str | None
    start: int
    end: int


def named_place(text: str) -> NamedPlace | None:
    """Return the place that `text` names last, if its city is known for sure."""
    sure = [one for one in _mentions(text)[0] if len(one.cities) == 1]
    if not sure:
        return None
    last = sure[-1]
    return NamedPlace(min(last.cities), last.district, last.start, last.end)


def _joined(between: str) -> bool:
    """Whether two names with this between them are one place (「沈阳市的铁西」)."""
    return re.fullmatch(r"[\s,，、·的市省那边这块/\-]{0,4}", between) is not None


class PlaceOptions(Options):
    """`city_is_enough` asks for no district."""

    city_is_enough: bool = False


class Place(FieldType):
    """A city of Liaoning and a district, or the whole city (district None)."""

    code = "place"
    settings: ClassVar[type[Options]] = PlaceOptions

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read a place; a city alone, or a district that two cities have, is asked further."""
        text = without_tokens(said.text).replace(" ", "")
        found, outside = _mentions(text)
        known = known or {}
        if not found and known.get("city") and (number := re.fullmatch(r"第?(\d{1,2})个?", text)):
            return _by_number(known["city"], int(number[1]))
        if outside and not (found and any(one.district for one in found)):
            return Refused("outside", {"place": outside}, is_final=True)
        if not found:
            short = _district_of(known.get("city"), text)
            if short:
                return _taken(known["city"], short)
            if known.get("city") and _says_whole_city(text):
                return _taken(known["city"], None)
            if _says_anywhere(text):
                return Refused("anywhere", is_final=True)
            return Refused("unknown")
        return self._settle(found, text, known)

    def _settle(self, found: list[_Mention], text: str, known: dict[str, Any]) -> Reading:
        distinct = list({(one.cities, one.district): one for one in found}.values())
        exact = [one for one in distinct if one.district and len(one.cities) == 1]
        if len(exact) > 1 or (not exact and len(distinct) > 1):
            first = (exact or distinct)[0]
            return Refused("several", {"example": _name(min(first.cities), first.district)})
        place = exact[0] if exact else distinct[0]
        city = min(place.cities) if len(place.cities) == 1 else None
        if place.district is None:
            wanted = known.get("district")
            if wanted and city in known.get("cities", ()):
                return _taken(city, wanted)
            rest = text[: place.start] + text[place.end :]
            if self.options.city_is_enough or _says_whole_city(rest):
                return _taken(city, None)
            return Partly({"city": city}, phrase("place_needs_district", city=city))
        if known.get("city") and known["city"] in place.cities:
            return _taken(known["city"], place.district)
        if city is None:
            cities = sorted(place.cities, key=list(_gazetteer().districts).index)
            half = {"district": place.district, "cities": cities}
            return Partly(half, self.half_question(half) or "")
        return _taken(city, place.district)

    def find(self, said: Said) -> Sequence[Found]:
        """Find a place in a sentence; one in another province is no answer here."""
        found, outside = _mentions(said.text)
        if not found or outside:
            return []
        # Spaces are kept here, so that the spans are those of the text.
        reading = self._settle(found, said.text, {})
        if isinstance(reading, Refused):
            return []
        spans = [(one.start, one.end) for one in found]
        for word in _gazetteer().whole_city:
            at = said.text.find(word, spans[-1][1])
            if at >= 0:
                spans.append((at, at + len(word)))
                break
        return [Found(tuple(spans), reading)]

    def show(self, value: Any) -> str:
        """Return city and district in one word."""
        return _name(value["city"], value["district"] or "（全市）")

    def choices(self, known: Any = None, *, missed: bool = False) -> tuple[Choice, ...]:
        """Offer the districts of the city that was named; the cities to those who were stuck."""
        known = known or {}
        if known.get("city"):
            city = known["city"]
            names = _gazetteer().districts[city]
            return (
                *(Choice(name, _name(city, name)) for name in names),
                Choice(WHOLE_CITY, f"{city}{WHOLE_CITY}"),
            )
        if known.get("cities"):
            return tuple(
                Choice(_name(city, known["district"]), _name(city, known["district"]))
                for city in known["cities"]
            )
        return tuple(Choice(city, city) for city in _gazetteer().districts) if missed else ()

    def half_note(self, known: Any) -> tuple[str, str]:
        """Tell the city without its district, or the district without its city."""
        if known.get("city"):
            return known["city"].removesuffix("市"), phrase("place_later_district")
        cities = "还是".join(city.removesuffix("市") for city in known["cities"])
        return _KIND_OF_PLACE.sub("", known["district"]), phrase("place_later_city", cities=cities)

    def half_question(self, known: Any) -> str | None:
        """Ask for the district of a city, or for the city of a district."""
        if not known:
            return None
        if known.get("city"):
            return phrase("place_needs_district", city=known["city"])
        cities = "、".join(city.removesuffix("市") for city in known["cities"])
        return phrase("place_ambiguous", cities=cities, district=known["district"])


def _taken(city: str | None, district: str | None) -> Taken:
    return Taken({"city": city, "district": district})


def _name(city: str, district: str | None) -> str:
    return f"{city}{district or ''}"


def _says_whole_city(text: str) -> bool:
    return any(word in text for word in _gazetteer().whole_city)


def _says_anywhere(text: str) -> bool:
    return any(word in text for word in _gazetteer().anywhere)


def _district_of(city: str | None, text: str) -> str | None:
    """Return the district of `city` that `text` is the short name of (「和平」 in 沈阳)."""
    if city is None:
        return None
    pairs = _gazetteer().district_words
    for word in sorted(pairs, key=len, reverse=True):
        if len(word) > 1 and word in text:
            for of_city, district in pairs[word]:
                if of_city == city:
                    return district
    return None


def _by_number(city: str, number: int) -> Reading:
    names = _gazetteer().districts[city]
    if number == len(names) + 1:
        return _taken(city, None)
    return _taken(city, names[number - 1]) if 1 <= number <= len(names) else Refused("unknown")


def cities() -> tuple[str, ...]:
    """Return the cities of the province, in their usual order."""
    return tuple(_gazetteer().districts)
