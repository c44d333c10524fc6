"""Kinds of gig work: several may be chosen, by number or by name; other words are kept."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.intake.fields.base import OTHER, FieldType, Found, Reading, Refused, Said, Taken
from models.intake.fields.money import without_pay
from models.intake.fields.numbered import numbers_listed
from models.intake.fields.place import named_places
from models.intake.wording import bare, command, fold, is_question, without_tokens, words
from models.reply import Choice

ANY = "不限"
LONGEST_OTHER = 20
_SEPARATOR = re.compile(r"[、,，。.;；/\s]|还有|以及|或者|和|跟|与")
_FIRST = re.compile(
    r"我|俺|咱|还|又|再|会|能|想|可以|也|就|要|干点|做点|干|做|打|找|从事|以前|一直|其他|其它|别的|[:：]"
)
_DOING = re.compile(r"(?:[开跑当送干做打找会能想要过的活儿和跟、,，\s]|以前|工作|师傅|工$)*")
_LAST = re.compile(r"(?:之类|啥的|什么的|都行|都会|都能干|都可以|活儿|工作|的|活|等|了|呢|吧|啊)$")
# 「不会保洁」, 「除了搬运」, 「保洁干不了」: the kind is named, and not meant.
_NOT_BEFORE = re.compile(
    r"(?<![是有要能会招])(?:不|没|别|甭|除了?|除去|除开)(?!光|仅|但|只|管|怕|限|挑)"
    r"(?:太|怎么|想|会|能|愿意?|敢|爱|干|做|当|学|过|是|要|接|考虑|去|喜欢|再|打算|有|搞|弄|找|用|安排|选|要求|的)*$"
)
_NOT_BEHIND = re.compile(
    r"^(?:的?活儿?|工作|这些|这类|这个|类)*(?:我|俺|都|就|可|也|实在)*"
    r"(?:不行|不干|不会|不能|不想|不要|不做|不考虑|不喜欢|不爱|除外|以外|之外|干不|做不|算了|免谈|慢|费劲)"
)
_AND = re.compile(r"\s*(?:和|、|跟|与|或者?|以及|还有|,|，)?\s*")
_CLAUSE = re.compile(r"[,，。;；]")
_ALL_BUT = re.compile(r"(?:除|以外|之外|不).*[都也](?:行|可以|能|干|会|成|中|好)(?!不)")
_HAN = re.compile(r"[\u3400-\u9fff]")


@cache
def _listed() -> dict[str, Any]:
    path = Path(__file__).with_name("work_kinds.yml")
    listed: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return listed


@cache
def _kinds() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((kind["name"], (kind["name"], *kind["words"])) for kind in _listed()["kinds"])


@cache
def _by_word() -> dict[str, str]:
    return {word: name for name, many in _kinds() for word in many}


@cache
def _any_word() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_by_word(), key=len, reverse=True))))


@cache
def _any_work() -> re.Pattern[str]:
    """Return the words that any work will do; 「都行」 alone may be about a place."""
    words_of_work = [word for word in _listed()["any"] if "活" in word]
    return re.compile("|".join(map(re.escape, sorted(words_of_work, key=len, reverse=True))))


class WorkKinds(FieldType):
    """A list of kinds; what is not on the list is kept as ``其他:…``."""

    code = "work_kinds"

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read numbers of the list, names and synonyms; other short words are taken on trust."""
        text = without_tokens(said.text)
        if bare(text).removeprefix("我") in _listed()["any"]:
            return Taken([ANY])
        numbers = numbers_listed(text)
        if numbers is not None:
            return _by_number(numbers)
        kept, refused = _told_apart(text)
        if refused:
            return _without(text, kept, refused)
        if not kept and _any_work().search(text):
            return Taken([ANY])
        found, others = _sorted_out(text)
        if not found and not others and _is_no_work(text):
            return Refused("not_work")
        if not found and not others:
            return Refused("empty")
        if any(len(other) > LONGEST_OTHER for other in others):
            return Refused("long") if not found else Taken(found)
        return Taken(found + [OTHER + other for other in others], sure=not others)

    def find(self, said: Said) -> Sequence[Found]:
        """Find every listed kind that is named, or that any work will do (「啥活都行」)."""
        matches, refused = _told_apart(said.text)
        if not matches:
            no_matter = None if refused else _any_work().search(said.text)
            return [Found((no_matter.span(),), Taken([ANY]))] if no_matter else []
        kinds = _unique([_by_word()[match[0]] for match in matches])
        return [Found(tuple(match.span() for match in matches), Taken(kinds))]

    def is_all_of(self, text: str) -> bool:
        """Whether `text` names kinds of work, and else only that it is done (「开网约车」)."""
        meant, refused = _told_apart(text)
        spans = [match.span() for match in (*meant, *refused)]
        rest = "".join(c for i, c in enumerate(text) if not any(a <= i < b for a, b in spans))
        return bool(meant) and not refused and _DOING.fullmatch(rest) is not None

    def show(self, value: Any) -> str:
        """Return the kinds in one line."""
        return "、".join(str(kind).removeprefix(OTHER) for kind in value)

    def choices(self, known: Any = None, *, missed: bool = False) -> tuple[Choice, ...]:
        """Offer every kind of the list."""
        return tuple(Choice(name, name) for name, _ in _kinds())


def names_workplace(text: str) -> bool:
    """Whether `text` is a place of work, which may also be who hires (「饭店」)."""
    return bare(text) in _listed()["workplaces"]


def _sorted_out(text: str) -> tuple[list[str], list[str]]:
    """Return the listed kinds in `text`, and the other words that may name a kind."""
    found: list[str] = []
    others: list[str] = []
    for part in _SEPARATOR.split(text):
        named = [_by_word()[match[0]] for match in _any_word().finditer(part)]
        if named:
            found += named
            continue
        other = _core(part)
        if _may_be_work(other, part):
            others.append(other)
    return _unique(found), _unique(others)


def _core(part: str) -> str:
    """Return what is left of `part` without the small words around it; one character is no work."""
    other = part.strip()
    whole = tuple(_listed()["whole"])
    while (match := _FIRST.match(other)) and not other.startswith(whole):
        if len(other) - match.end() < 2:
            break
        other = other[match.end() :].strip()
    while (last := _LAST.search(other)) and last.start() >= 2:
        other = other[: last.start()].strip()
    return other


def _told_apart(text: str) -> tuple[list[re.Match[str]], list[re.Match[str]]]:
    """Return the kinds named in `text` that are meant, and those that are named to be refused."""
    meant: list[re.Match[str]] = []
    refused: list[re.Match[str]] = []
    matches = list(_any_word().finditer(text))
    behind_says_no = False
    for match in reversed(matches):
        # 「保洁和搬运都不干」: what is said behind the last one holds for those joined to it.
        after = refused[-1] if refused and behind_says_no else None
        joined = after is not None and _AND.fullmatch(text[match.end() : after.start()])
        behind_says_no = bool(joined or _NOT_BEHIND.match(text[match.end() :]))
        if behind_says_no:
            refused.append(match)
    for match in matches:
        if match in refused:
            continue
        before = _CLAUSE.split(text[: match.start()])[-1]
        last = max((one for one in refused if one.end() <= match.start()), default=None, key=_end)
        joined = last is not None and _AND.fullmatch(text[last.end() : match.start()])
        comma = joined and last and _CLAUSE.search(text[last.end() : match.start()])
        if _NOT_BEFORE.search(before) or (joined and not comma and last in refused):
            refused.append(match)
        else:
            meant.append(match)
    return meant, refused


def _end(match: re.Match[str]) -> int:
    return match.end()


def _without(text: str, meant: list[re.Match[str]], refused: list[re.Match[str]]) -> Reading:
    """Read an answer that also says what somebody does not do: their own words are kept."""
    kinds = _unique([_by_word()[match[0]] for match in meant])
    own = text.strip(" ,.;!，。；！").replace(",", "，")
    if meant or _ALL_BUT.search(text):
        if len(own) > LONGEST_OTHER:
            clauses = [c for c in _CLAUSE.split(own) if any(one[0] in c for one in refused)]
            own = "，".join(clauses)[:LONGEST_OTHER]
        return Taken([*kinds, OTHER + own])
    named = "、".join(_unique([one[0] for one in sorted(refused, key=_end)]))
    return Refused("not_wanted", {"kinds": named}, is_final=True)


def _is_no_work(part: str) -> bool:
    """Whether somebody speaks of themselves here, not of a kind of work."""
    listed = _listed()
    said = bare(part)
    if said.startswith(tuple(listed["whole"])):
        return False
    if (0, len(said)) in named_places(said):
        return True
    if len(said) in (2, 3) and said[0] in listed["surnames"]:
        return True
    return re.search("|".join(listed["no_work"]), said) is not None


def _may_be_work(other: str, part: str) -> bool:
    if not _HAN.search(other) or command(part) or is_question(part) or _is_no_work(part):
        return False
    if without_pay(part) != part:
        return False
    folded = fold(other)
    return not {bare(part), folded} & {*words("not_answers"), *words("agree"), *words("refuse")}


def _by_number(numbers: list[int]) -> Reading:
    kinds = _kinds()
    for number in numbers:
        if not 1 <= number <= len(kinds):
            return Refused("number", {"number": number, "last": len(kinds)})
    return Taken(_unique([kinds[number - 1][0] for number in numbers]))


def _unique(many: list[str]) -> list[str]:
    return list(dict.fromkeys(many))
