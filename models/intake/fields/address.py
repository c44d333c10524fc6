"""Full addresses, down to the door: private, unlike the city and district in front of them."""

import re
from collections.abc import Sequence
from typing import Any

from models.intake.fields.base import FieldType, Found, Reading, Refused, Said, Taken
from models.intake.fields.place import named_places
from models.intake.wording import command, is_question
from models.private_value import Span

KIND = "地址"
LONGEST = 100
_NUMBER = r"[0-9０-９零〇一二两三四五六七八九十百甲乙丙丁]{1,6}"
_HAN = r"[\u4e00-\u9fff]"
_ROAD = "路|街|道|巷|弄|胡同|里|小区|花园|家园|新村|公寓|大厦|广场|村|屯|庄|镇|乡|堡|园"
_HOUSE = "号楼|号院|号|栋|幢|座|单元|楼|层|室|门|组|队|段|户"
_DOOR = rf"{_HAN}{{0,8}}?(?:{_NUMBER}\s?(?:{_HOUSE})|[-－—#]?\s?[0-9０-９]{{1,5}}室?)[\s\-－—,，]?"
# The road, then what stands between it and the first house number, then the doors inside.
_FULL = re.compile(
    rf"(?:{_ROAD})[\s,，]?(?:{_HAN}{{1,12}}?)?{_NUMBER}\s?[-－#—]?\s?(?:{_HOUSE})[\s\-－—,，]?(?:{_DOOR})*"
)
_NAMED = re.compile(rf"{_HAN}{{1,12}}$")
_IN_DETAIL = re.compile(
    rf"{_NUMBER}\s?(?:号|栋|幢|座|单元|组|队|门|室|楼|户)|[0-9]+\s?[-－—#]\s?[0-9]+"
)
_VILLAGE = re.compile(r"[村屯堡庄寨][\u4e00-\u9fff0-9]*$")
_DIVISION = re.compile(r"[省市区县旗州盟]")
_SAID_BEFORE = re.compile(r"住在?|家在|搁|位于|地址是?|就在|开在|[我在是]")
_SAID_FIRST = re.compile(
    r"^(?:我|俺|咱)?(?:的|家)*(?:详细|家庭|通讯|店铺|经营|公司|收货)?(?:地址|住址|住处)?"
    r"(?:就?是|在|住在?|写)?\s*[:：,，]?\s*"
)


def find_addresses(text: str) -> list[Span]:
    """Return the parts of addresses in `text` behind city and district: road, house and door."""
    found: list[Span] = []
    for match in _FULL.finditer(text):
        start = _start_of_road(text, match.start())
        if found and start < found[-1].end:
            continue
        found.append(Span(start, match.end(), KIND, text[start : match.end()]))
    return found


def _start_of_road(text: str, at: int) -> int:
    """Return where the name begins whose last character is at `at`: behind city and district."""
    named = _NAMED.search(text, 0, at)
    start = named.start() if named else at
    # 「沈阳市铁西区启工街12号」: what is said of the district is no secret.
    ends = [end + start for _, end in named_places(text[start:at])]
    ends += [one.end() for one in _DIVISION.finditer(text, start, at)]
    ends += [one.end() for one in _SAID_BEFORE.finditer(text, start, at)]
    return max([start, *(end for end in ends if end < at)])


def mask_address(value: str) -> str:
    """Return an address as it may be shown: its city and district."""
    places = named_places(value)
    shown = value[: places[-1][1]] if places else value[:2]
    return f"{shown}****"


class Address(FieldType):
    """A full address, stored in the person's own words."""

    code = "address"
    token_kind = KIND
    always_private = True

    @property
    def longest(self) -> int:
        """How many characters an address may have."""
        return LONGEST

    def read(self, said: Said, known: Any = None) -> Reading:
        """Take an address with its city or district and a house number (or a village)."""
        own = _SAID_FIRST.sub("", said.opened)
        if not said.values(KIND) and (command(own) or is_question(own)):
            return Refused("none")
        if len(own) > LONGEST:
            return Refused("long")
        if not re.search(r"[\u4e00-\u9fff]{2}", own):
            return Refused("none")
        if not (named_places(own) or _DIVISION.search(own)):
            return Refused("no_place")
        if not (_IN_DETAIL.search(own) or _VILLAGE.search(own)):
            return Refused("short")
        return Taken(own)

    def find(self, said: Said) -> Sequence[Found]:
        """Find an address: the place that was named, and the token right behind it."""
        found = []
        for start, end, value in said.values(KIND):
            places = [
                one
                for one in named_places(said.text[:start])
                if not said.text[one[1] : start].strip(" ,，的")
            ]
            begin = places[-1][0] if places else start
            whole = said.text[begin:start] + value
            if isinstance(self.read(Said(whole)), Taken):
                found.append(Found(((begin, end),), Taken(whole)))
        return found

    def show(self, value: Any) -> str:
        """Return the address down to its district."""
        return mask_address(str(value))

    def private_spans(self, text: str) -> list[Span]:
        """Hide a whole answer, unless it is a command or a question to us."""
        own = text.strip()
        if not own or own.startswith("/") or command(own) or is_question(own):
            return []
        if isinstance(self.read(Said(own)), Refused) and not re.search(
            r"[0-9０-９]|[路街巷村屯镇乡]", own
        ):
            return []
        start = text.index(own)
        return [Span(start, start + len(own), KIND, own)]
