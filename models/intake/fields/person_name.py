"""People's names: two to fifteen Chinese characters, the dots of longer names among them."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.intake.distress import distress_in
from models.intake.fields.availability import Availability
from models.intake.fields.base import FieldType, Found, Partly, Reading, Refused, Said, Taken
from models.intake.fields.money import Money
from models.intake.fields.place import Place
from models.intake.fields.work_kinds import WorkKinds
from models.intake.wording import bare, command, fold, is_question, phrase, words
from models.private_value import TOKEN, Span
from models.reply import names_position

KIND = "姓名"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af〇"
# No name is as long as this; looking further would cost the square of a long message.
_RUN = rf"[{_HAN}]{{1,24}}"
_NAME = rf"{_RUN}(?:\s?[·•・‧∙．.]\s?{_RUN}){{0,6}}"
_SHAPE = re.compile(rf"^{_NAME}$")
_ME = r"(?:我|俺|咱|本人)"
_BOTH = rf"{_ME}姓.{{1,2}}[，,]?\s*(?:名字?)?叫"  # 「我姓王，叫王芳」
# 「姓王叫丽」: what stands behind the surname may be the given name only.
_APART = re.compile(
    rf"姓\s*(?P<surname>[{_HAN}]{{1,2}}?)[\s，,]*(?:名(?:字|儿)?)?[\s，,]*叫\s*(?P<given>[{_HAN}]{{1,4}})"
)
_SAID_FIRST = re.compile(
    r"^(?:(?:你好|您好|嗯|那个|好的?)[，,。.!！\s]*)?"
    rf"(?:{_BOTH}|{_ME}的?(?:姓名|名字|名儿|大名|真名)?(?:就?叫做?|就?是)?"
    r"|(?:姓名|名字|名儿|大名|真名)(?:就?叫做?|就?是)?|叫我|就?叫|(?:我|俺|咱)?(?:免贵)?姓)"
    r"\s*[:：，,]?\s*"
)
_SAID_LAST = re.compile(r"(?:[\s,，。.!！~～;；、]|(?<=..)[呀吧啊哦噢呗嘛啦喽咯呢])+$")
_MENDED = (
    r"(?:姓名|名字|名)(?:我)?(?:写|填|打|输|说|发)?(?:错了?|不对|有误)?[\s，,。]*"
    r"(?:应该|应当|其实)?(?:是|叫|改成|改为|换成|为)"
)
_INTRODUCED = re.compile(
    rf"(?P<by>{_ME}就?叫做?|{_BOTH}|{_ME}(?:的)?(?:名字|名儿|姓名|大名|真名)(?:就?叫做?|就?是)?|{_MENDED}"
    rf"|(?:姓名|名字)(?:叫做?|是)?|{_ME}是)"
    rf"\s*[:：]?\s*(?P<name>{_NAME})"
)
_CALLED = re.compile(
    r"^(?:[老小大阿](?P<after>.)|(?P<before>.)"
    r"(?:师傅|老师|老板|大哥|大姐|大爷|大妈|大叔|大婶|大娘|女士|先生|小姐|奶奶|爷爷|哥|姐|姨|叔|婶|嫂|某))$"
)
_SURNAME_ONLY = re.compile(rf"^(?:{_ME})?(?:免贵)?姓\s*(?P<name>[{_HAN}]{{1,2}})$")
_REST_BESIDE = 8
# 「一年半」, 「两三天」: how long or how many, which no foreign name begins like.
_AMOUNT = re.compile(r"^[一二两三四五六七八九十百千万几多半]+[个年月天周号点块人口份岁次样条]")
_PART = re.compile(r"[^\s,，。;；、/]+")
_DOTS = re.compile(r"\s?[•・‧∙．.]\s?")


@cache
def _known() -> dict[str, Any]:
    path = Path(__file__).with_name("person_names.yml")
    known: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return known


def has_surname(name: str) -> bool:
    """Whether `name` begins with a surname and has the length of a Han name."""
    if any(name.startswith(two) for two in _known()["compound"]):
        return 3 <= len(name) <= 7
    return name[:1] in _known()["surnames"] and 2 <= len(name) <= 3


def mask_name(name: str) -> str:
    """Return a name as it may be shown: its first character and, in longer ones, its last."""
    if len(name) <= 2:
        return name[:1] + "*"
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def find_names(text: str) -> list[Span]:
    """Return the names that people introduce themselves with (「我叫王芳」, 「姓名：王芳」)."""
    found = [span for match in _APART.finditer(text) if (span := _put_together(match))]
    if found:
        return found
    start = 0
    while match := _INTRODUCED.search(text, start):
        name = _cut(match["name"])
        plain = _plain(name)
        told = not re.fullmatch(rf"{_ME}是", match["by"]) or _is_introduced(plain)
        if name and told and _mistake(plain) is None:
            found.append(Span(match.start("name"), match.start("name") + len(name), KIND, plain))
            start = match.start("name") + len(name)
        else:
            start = match.start("name")
    return found


def _put_together(match: re.Match[str]) -> Span | None:
    """Return the name whose surname and given name were said apart (「姓王叫丽」)."""
    surname, given = match["surname"], _SAID_LAST.sub("", _cut(match["given"]))
    name = given if given.startswith(surname) else surname + given
    if not given or not has_surname(name) or _mistake(name) is not None:
        return None
    return Span(match.start("surname"), match.start("given") + len(given), KIND, name)


def find_names_beside_numbers(text: str) -> list[Span]:
    """Return names that stand by themselves in a message that tells whose number it holds.

    「王芳，138…」: a phone or card number makes the surname beside it a name. Without one, two
    characters that begin like a surname are more often anything else.
    """
    spans = []
    for part in _PART.finditer(text):
        plain = _plain(_SAID_LAST.sub("", part[0]))
        if has_surname(plain) and _mistake(plain) is None and not called(plain):
            spans.append(Span(part.start(), part.start() + len(plain), KIND, plain))
    return spans


def called(name: str) -> bool:
    """Whether this is how somebody is addressed (「老张」, 「王师傅」) and no full name."""
    match = _CALLED.match(name)
    if match is None:
        return len(name) == 1
    return (match["after"] or match["before"]) in _known()["surnames"]


def _is_introduced(name: str) -> bool:
    """Whether 「我是…」 tells a name: it says more often what one is than what one is called."""
    return has_surname(name) and not name.startswith(tuple(_known()["not_people"]))


def _cut(said: str) -> str:
    """Return the name at the start of a run of characters that may go on after it."""
    said = _SAID_LAST.sub("", said)
    if has_surname(_plain(said)):
        return said
    goes_on = False
    for number, char in enumerate(said):
        if char in _known()["goes_on"]:
            goes_on = True
            # 「王芳住沈阳」: what stands before the word has to be a name by itself.
            before = said[:number].rstrip()
            if has_surname(_plain(before)):
                return before
    return "" if goes_on else said


class PersonName(FieldType):
    """A person's name as on the identity card."""

    code = "person_name"
    token_kind = KIND
    always_private = True

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read a name; what is plainly none (a question, digits, 「算了」) is refused.

        Somebody who only says how they are addressed is asked for the full name, once.
        """
        for _, _, value in said.values(KIND):
            return _reading(value, known)
        only = _SURNAME_ONLY.match(_SAID_LAST.sub("", said.text))
        if only and only["name"] in (*_known()["surnames"], *_known()["compound"]):
            return _reading(only["name"], known, is_surname=True)
        span = _whole_name(said.raw)
        if isinstance(span, Refused):
            return span
        return _reading(span.value, known)

    def find(self, said: Said) -> Sequence[Found]:
        """Find names by their tokens or by their introduction."""
        names = said.values(KIND) or [
            (span.start, span.end, span.value) for span in find_names(said.text)
        ]
        return [Found(((start, end),), _reading(value, None)) for start, end, value in names]

    def half_question(self, known: Any) -> str | None:
        """Ask for the full name."""
        return phrase("name_in_full") if known else None

    def half_note(self, known: Any) -> tuple[str, str]:
        """Tell how they want to be called, and that the full name is still to come."""
        return mask_name(str(known["called"])), phrase("name_later")

    def show(self, value: Any) -> str:
        """Return the name masked."""
        return mask_name(str(value))

    def private_spans(self, text: str) -> list[Span]:
        """Hide the name that a whole answer is, or a part of it (「王芳 电话138…」)."""
        span = _whole_name(text)
        if not isinstance(span, Refused):
            return [span]
        for part in _PART.finditer(text):
            inner = _whole_name(part[0])
            if not isinstance(inner, Refused) and _is_introduced(inner.value):
                start = part.start()
                return [Span(start + inner.start, start + inner.end, KIND, inner.value)]
        return []


def _reading(name: str, known: Any, *, is_surname: bool = False) -> Taken | Partly:
    if (is_surname or called(name)) and (known or {}).get("called") != name:
        half = {"called": name}
        return Partly(half, phrase("name_in_full"))
    return Taken(name, sure=has_surname(name))


def _whole_name(text: str) -> Span | Refused:
    """Return the name that `text` consists of, with its place in `text`."""
    if command(text) or is_question(text):
        return Refused("not_a_name")
    if TOKEN.search(text):
        return Refused("not_a_name")
    apart = next(iter(_APART.finditer(text)), None)
    together = _put_together(apart) if apart else None
    if together is not None and len(text) - (together.end - together.start) <= _REST_BESIDE:
        return together
    start = len(text) - len(text.lstrip())
    intro = _SAID_FIRST.match(text[start:])
    if intro:
        start += intro.end()
    end = len(_SAID_LAST.sub("", text))
    name = text[start:end]
    first = name.split(" ")[0].split("\u3000")[0]
    if first != name and has_surname(first) and (intro or len(first) == 3):
        # 「我叫关婷婷 打字慢」: a name ends at the space; only a single surname stands apart.
        name, end = first, start + len(first)
    plain = _plain(name)
    mistake = _mistake(plain)
    if mistake:
        return Refused(mistake)
    return Span(start, end, KIND, plain)


def _is_other_answer(name: str) -> bool:
    """Whether this is a place, work, a time or a sum from end to end (「铁西」, 「周末」)."""
    kinds = (Place(), WorkKinds(), Availability(), Money())
    return any(kind.is_all_of(name) for kind in kinds)


def _plain(name: str) -> str:
    return re.sub(r"\s+", "", _DOTS.sub("·", name))


def _mistake(name: str) -> str | None:
    """Return what is wrong with `name`, if anything."""
    folded = fold(name)
    if any(char.isdecimal() for char in name):
        return "digits"
    if not re.search(rf"[{_HAN}]", name):
        return "empty" if not name.strip() else "not_a_name"
    if not _SHAPE.match(name):
        return "not_a_name"
    none = {*words("not_answers"), *words("agree"), *words("refuse")}
    if {bare(name), folded} & none or command(name) or distress_in(name):
        return "not_a_name"
    if not 2 <= len(name) <= 15:
        return "length"
    if any(char in folded for char in _known()["never"]):
        return "not_a_name"
    if _is_other_answer(folded) or names_position(folded):
        return "not_a_name"
    if _AMOUNT.match(folded) and len(folded) < 6:
        return "not_a_name"
    known_as = has_surname(folded)
    if not known_as and any(folded.endswith(end) for end in _known()["endings"]):
        return "not_a_name"
    if not known_as and name.startswith(tuple(_known()["doings"])):
        return "not_a_name"
    # Longer runs without a dot are sentences; 爱新觉罗 and the like begin with a known surname.
    if not known_as and "·" not in name and len(name) > 6:
        return "not_a_name"
    return None
