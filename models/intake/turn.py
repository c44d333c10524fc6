"""Decides what a message means while a form is open: the one place where that is settled.

An open question makes most messages answers, but not all: people ask something in between, greet,
give up, correct themselves. The order below is the whole rule:

1. A tapped choice means what it says.
2. Whoever is in danger or in need is told who helps, before anything else.
3. While it is asked what becomes of a form that is to be left, or whether something spoken was
   heard right, an answer to that is one.
4. A message that is, as a whole, the name of a service or one of the known commands (「算了」)
   is that. A word that may mean several things (「补贴」) is asked back: without a form always,
   with one where it is no answer and is taken for a service or a question.
5. 「改一下手机号」, 「手机号改成…」 corrects a field, of the open form or of what is stored.
6. While consent or the summary is open, a plain yes or no answers it; the yes to consent may
   have answers behind it. Not to know is no no, and the matter told before consent is kept
   until there is one.
7. What is beyond doubt an answer (a place of the list, a number, several answers at once) is one,
   whatever the classifier thinks of it.
8. A question, or something else the classifier is confident about, is served first; the form
   waits.
9. What is left is read as the answer, and explained where it is none.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from operator import itemgetter

from sqlalchemy.orm import Session

from models import passing_value
from models.catalogue.loader import Catalogue
from models.catalogue.service import Service, ServiceField
from models.intake.answers import Answers, gather, hear, read_asked, type_of
from models.intake.browsing import offering_command
from models.intake.clarify import is_unclear, says_who
from models.intake.distress import distress_in
from models.intake.fields.base import Partly, Reading, Said, Taken
from models.intake.fields.yes_no import is_unsure, leading_yes_or_no, plain_yes_or_no
from models.intake.form import CONFIRM, CONSENT, OpenForm, tells_matter
from models.intake.listing import listed_field
from models.intake.recorders import recorder_of
from models.intake.wording import bare, command, fold, is_question, words
from models.number import number_in

# WeChat writes some of its faces as 「/:strong」: nothing was tapped there.
_TAPPED = re.compile(r"/[A-Za-z]")
_FACES = re.compile(r"\[[^\[\]]{1,8}\]|/:\S{1,12}")
_WORD = re.compile(r"\w")
_COMMAS = re.compile(r"[,，、]")

CONFIDENT = 0.6
"""From here on the classifier's word counts against a free-text answer."""

# 「刚开了个早餐店，没啥生意」 sounds like the plan: where a story was asked for, it is one.
_SURE_BESIDE_A_STORY = 0.85

ANSWER = "inform"
POLICY = "ask_policy"
CHANGE_SESSION = "change_session"
_NO_MEANING = frozenset({ANSWER, "nlu_fallback", ""})
_YES_NO = frozenset({"affirm", "deny"})
# What the classifier takes 「我是下岗职工」 for, which says no more than who somebody is.
_SAYS_WHO = _NO_MEANING | {POLICY, "bot_challenge"}
# How many characters may stand beside an answer that is beyond doubt, and beside one in a message
# that the classifier knows no better meaning for.
_REST_WHEN_SURE = 2
_REST_WHEN_OPEN = 8
# How many answers at once tell which service is meant, where none is named. Everybody has a name
# and a number: two others have to be among them.
_ANSWERS_ENOUGH = 3
_PUBLIC_ENOUGH = 2


@dataclass(frozen=True)
class Heard:
    """A message as the assistant heard it.

    Attributes:
        text: what was said, private values as tokens; a tapped choice begins with ``/``.
        intent: what the classifier takes it for.
        confidence: how sure it is, 0 to 1.
        arguments: what a tapped choice carries along.
        ranking: the classifier's guesses, best first.
        is_spoken: whether it was spoken, and the text is what was recognised.
    """

    text: str
    intent: str = ""
    confidence: float = 0.0
    arguments: Mapping[str, str] = field(default_factory=dict)
    ranking: tuple[str, ...] = ()
    is_spoken: bool = False

    @property
    def is_tapped(self) -> bool:
        """Whether a choice was tapped (or named) instead of something being written."""
        return _TAPPED.match(self.text) is not None


@dataclass(frozen=True)
class Move:
    """What a message means: an intent, with what the form needs to follow it.

    Attributes:
        intent: what to do; ``inform`` where the message answers the form.
        said: the message with its private values opened, for answers and corrections.
        answers: the answers in it.
        target: the field to correct; None asks which one.
        service: the service whose stored answers are to be changed, while no form is open.
    """

    intent: str
    said: Said = field(default_factory=lambda: Said(""))
    answers: Answers = field(default_factory=Answers)
    target: ServiceField | None = None
    service: str | None = None


def decide(
    session: Session, catalogue: Catalogue, form: OpenForm | None, contact_id: int, heard: Heard
) -> Move:
    """Say what a message means, given the form that is open (None if there is none)."""
    if heard.is_tapped:
        return Move(heard.intent)
    if distress_in(heard.text):
        return Move("distress")
    if _asks_by_code(form, heard.text):
        return Move("progress")
    service = catalogue.named(heard.text)
    named = service.start_intent if service is not None else command(heard.text)
    named = named or offering_command(heard.text)
    said = hear(session, contact_id, heard.text)
    if named == CHANGE_SESSION and form is not None and _asks_for_session(form, heard.text):
        named = None
    if form is None:
        if is_unclear(heard.text):
            return Move("clarify", said)
        stored = None if named else _stored_correction(session, catalogue, contact_id, said)
        return stored or Move(named or _wanted(catalogue, heard, said), said)
    between = _at_leaving(form, heard, said, named) or _at_read_back(form, said)
    if between is not None:
        return between
    if named:
        return Move(named, said)
    correction = _correction(form.asking, said, asks_which=form.asks_which)
    if correction is not None:
        return correction
    if form.open_question in (CONSENT, CONFIRM):
        return _at_yes_or_no(form, heard, said)
    return _at_field(form, heard, said)


def _asks_for_session(form: OpenForm, text: str) -> bool:
    """Whether another session is an answer to the open form, not a change of what is booked."""
    return number_in(text) is None and listed_field(form.service) is not None


def _asks_by_code(form: OpenForm | None, text: str) -> bool:
    """Whether a query code was sent: by itself, or while no form could take it for an answer."""
    found = passing_value.TOKEN.search(text)
    if found is None or f"〔{passing_value.CODE_KIND}#" not in found[0]:
        return False
    return form is None or not bare(text.replace(found[0], ""))


def _stored_correction(
    session: Session, catalogue: Catalogue, contact_id: int, said: Said
) -> Move | None:
    """Return the correction of a stored request that a message asks for, if it does."""
    for service in catalogue.recorded():
        move = _correction(service, said)
        if move is None:
            continue
        if recorder_of(service).latest(session, contact_id) is not None:
            return replace(move, service=service.code)
    return None


def answered_unasked(
    services: Iterable[Service], said: Said, ranking: Sequence[str], *, few: bool = False
) -> Service | None:
    """Return the service whose questions a message answers before any was asked.

    Whoever sends name, number, place and work in one go has done this before, at a counter. The
    service that takes most of it is meant; among equals the one that the classifier thinks
    likelier, then the one that asks least besides. With `few`, which is for services that were
    just spoken of, one answer is enough, if it is all that was said.
    """
    takes: list[tuple[tuple[int, int, float], Service]] = []
    enough, public_enough = (1, 1) if few else (_ANSWERS_ENOUGH, _PUBLIC_ENOUGH)
    for service in services:
        answers = gather(service, said, None)
        public = [name for name in answers.found if not service.field(name).private]
        if len(answers.rest) > (_REST_WHEN_SURE if few else _room(said)):
            continue
        if len(answers.found) >= enough and len(public) >= public_enough:
            rank = ranking.index(service.start_intent) if service.start_intent in ranking else 99
            share = len(answers.found) / len(service.fields)
            takes.append(((len(answers.found), -rank, share), service))
    return max(takes, key=itemgetter(0))[1] if takes else None


def _room(said: Said) -> int:
    return max(_REST_WHEN_OPEN, len(said.text) // 2)


def _wanted(catalogue: Catalogue, heard: Heard, said: Said) -> str:
    """Return the intent of a message that no form is open for.

    What the classifier could not place is read as the question it is. Who only says who or where
    they are is asked what they want. Answers that nobody asked
    for belong to the service named among them (「我叫王芳，沈阳铁西，想登记零工」).
    """
    unplaced = heard.intent in ("nlu_fallback", "")
    if says_who(heard.text) and (heard.confidence < CONFIDENT or heard.intent in _SAYS_WHO):
        return ANSWER
    if unplaced and is_question(heard.text):
        return POLICY
    if unplaced or heard.intent == ANSWER:
        service = catalogue.mentioned(heard.text) or answered_unasked(
            catalogue, said, heard.ranking
        )
        return service.start_intent if service is not None else heard.intent
    return heard.intent


def _at_leaving(form: OpenForm, heard: Heard, said: Said, named: str | None) -> Move | None:
    """Return what becomes of a form that is to be left, if the message says it."""
    leaving = form.leaving
    if leaving is None:
        return None
    text = _on_end(said.raw)
    ways = ("keep", "drop", "stay")
    way = next((one for one in ways if text in map(_on_end, words(f"leave_{one}"))), None)
    if way:
        return Move(f"leave_{way}", said)
    yes_no = {"affirm": True, "deny": False}.get(heard.intent) if named is None else None
    plain = plain_yes_or_no(said.raw)
    if plain is not None:
        yes_no = plain
    if named == "cancel" and not leaving.for_good:
        yes_no = False
    if named is not None and named == f"start_{leaving.to}":
        yes_no = True
    if yes_no is None:
        return None
    if not yes_no:
        return Move("leave_stay", said)
    return Move("leave_drop" if leaving.to is None else "leave_keep", said)


def _on_end(text: str) -> str:
    """Return `text` as it is compared, without the commas inside."""
    return _COMMAS.sub("", bare(text))


def _at_read_back(form: OpenForm, said: Said) -> Move | None:
    """Return what a message says to what was read back to its speaker, if it does."""
    if not form.heard:
        return None
    text = bare(said.raw)
    if text in words("heard_right"):
        return Move("heard_right", said)
    if text in words("misheard"):
        return Move("misheard", said)
    leading, rest = leading_yes_or_no(said.raw)
    if leading is not False:
        return None
    behind = replace(said, raw=rest)
    answers = gather(form.askable, behind, None)
    return Move(ANSWER, behind, answers) if answers.found else Move("misheard", said)


def _at_yes_or_no(form: OpenForm, heard: Heard, said: Said) -> Move:
    plain = plain_yes_or_no(said.raw)
    if plain is not None:
        return Move("affirm" if plain else "deny", said)
    answers = gather(form.askable, said, None)
    leading, behind = leading_yes_or_no(said.raw)
    if leading is not None and form.open_question == CONSENT:
        if not leading or answers.found:
            return Move("affirm" if leading else "deny", said, answers)
    elif leading is not None:
        correction = _correction(form.asking, replace(said, raw=behind), asks_which=form.asks_which)
        if correction is not None:
            return correction
    if answers.found and len(answers.rest) <= _REST_WHEN_SURE:
        return Move(ANSWER, said, answers)
    elsewhere = _elsewhere(form, heard)
    # 「有个培训班骗补贴，咋办」 is what the complaint is about: no question, and no no.
    tells = form.open_question == CONSENT and tells_matter(form, said)
    if elsewhere and not (tells and elsewhere != heard.intent):
        return Move(elsewhere, said)
    if tells or is_unsure(said.raw):
        return Move(ANSWER, said, answers)
    if heard.intent in _YES_NO and heard.confidence >= CONFIDENT and _has_words(said):
        return Move(heard.intent, said)
    return Move(ANSWER, said, answers)


def _has_words(said: Said) -> bool:
    """Whether anything is said besides faces and signs."""
    return _WORD.search(bare(_FACES.sub("", said.raw))) is not None


def _at_field(form: OpenForm, heard: Heard, said: Said) -> Move:
    asked = form.asked
    assert asked is not None
    if not _has_words(said):
        # 「[强]」 or 「😂」 answers no question, however free its words may be.
        said = Said("")
    may_keep = asked.type != "yes_no" and form.offered(asked) is not None
    if may_keep and plain_yes_or_no(said.raw):
        return Move("keep", said)  # 「原来填的是……」「对」
    answers = gather(form.askable, said, asked.name)
    reading = read_asked(asked, said, form.half, answers)
    elsewhere = _elsewhere(form, heard)
    if _is_beyond_doubt(asked, reading, answers, elsewhere):
        return Move(ANSWER, said, answers)
    if elsewhere:
        return Move(elsewhere, said)
    disagrees = heard.intent in _YES_NO and heard.confidence >= CONFIDENT
    if disagrees and isinstance(reading, Taken) and not reading.sure:
        # 「不行」 is no kind of work, however free the words of an answer may be.
        return Move(heard.intent, said)
    return Move(ANSWER, said, answers)


def _is_beyond_doubt(
    asked: ServiceField, reading: Reading, answers: Answers, elsewhere: str | None
) -> bool:
    if asked.name in answers.found and type_of(asked).is_strong:
        return True
    room = _REST_WHEN_SURE if elsewhere else _REST_WHEN_OPEN
    if answers.found and len(answers.rest) <= room:
        return True
    sure = isinstance(reading, Partly) or (isinstance(reading, Taken) and reading.sure)
    # 「没展过」 is zero, and no wish to leave the question out.
    return sure and elsewhere in (None, "skip")


def _elsewhere(form: OpenForm, heard: Heard) -> str | None:
    """Return what the message wants that is no answer to a form, if it plainly wants something."""
    # Whoever speaks of the open form's own matter is answering it.
    no_meaning = _NO_MEANING | _YES_NO | {form.service.start_intent}
    asks = is_question(heard.text)
    is_story = form.asked is not None and type_of(form.asked).takes_whole
    enough = _SURE_BESIDE_A_STORY if is_story and heard.intent == POLICY and not asks else CONFIDENT
    confident = heard.confidence >= enough and heard.intent not in no_meaning
    if confident:
        # 「补贴」 alone names no service: it is asked which of them is meant, here as anywhere.
        is_matter = heard.intent == POLICY or heard.intent.startswith("start_")
        return "clarify" if is_matter and is_unclear(heard.text) else heard.intent
    return POLICY if asks else None


_CHANGE = r"(?:改一改|改一下|改下|改个|改|修改一下|修改|更改|更正|重填|换一下|换个|换|重写|重新填)"
_WRONG = r"(?:填|写|输|发|说|打|报)?(?:错了|错啦|不对|有误|要改|想改|改一下|改下|要换|换了|错)"
_INTO = r"(?:改成|改为|换成|换为|应该是|应为|改到|写成|更正为)"
_OTHERWISE = r"[,，。;；]*(?:(?:应该|应当|其实)?(?:是|叫|为)|改成|改为|换成|换为|改|(?=〔))"
_HAN_PLACES = "一二三四五六七八九"


@cache
def _patterns(names: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    alias = "|".join(re.escape(fold(name)) for name in sorted(names, key=len, reverse=True))
    # 「换一个」 is another one; only 「第一个」 is the first.
    which = (
        rf"(?P<which>{alias}|第?(?P<place>\d{{1,2}}|[{_HAN_PLACES}])"
        r"(?:[项条]|(?:(?<=第.)|(?<=第..))个))"
    )
    begin = r"^(?:我?(?:想|要|把|得|需要|帮我|麻烦|请)*)?(?:我的|那个)?"
    return (
        re.compile(rf"{begin}{which}(?:我)?{_INTO}\s*[:：]?(?P<value>.+)$"),
        re.compile(rf"{begin}{_CHANGE}(?:我的)?{which}(?:{_INTO}|[:：,，])\s*(?P<value>.+)$"),
        re.compile(rf"{begin}{_CHANGE}(?:一下|下)?(?:我的)?{which}$"),
        re.compile(rf"{begin}{which}(?:我)?{_WRONG}$"),
        re.compile(rf"{begin}{which}(?:我)?{_WRONG}{_OTHERWISE}[:：]?(?P<value>.+)$"),
        re.compile(rf"^(?:我?(?:想|要))?{_CHANGE}(?:一下|下)?(?:信息|内容)?$"),
    )


@cache
def _bare_names(names: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    alias = "|".join(re.escape(fold(name)) for name in sorted(names, key=len, reverse=True))
    which = rf"(?P<which>{alias}|第?(?P<place>\d{{1,2}}|[{_HAN_PLACES}])[项条个]?)"
    return (
        re.compile(rf"^(?:我的|那个|就是?|改)*{which}(?:那项|那个|这项|这个|吧)?$"),
        re.compile(
            rf"^(?:我的|那个|改)*(?P<which>{alias})(?P<place>(?!))?[:：,，是叫为]*(?P<value>.+)$"
        ),
    )


def _correction(service: Service, said: Said, *, asks_which: bool = False) -> Move | None:
    """Return the correction that a message asks for by the name of a field, if it does.

    Once it was asked which answer is to be changed, the name of the field alone is enough.
    """
    text = bare(said.raw)
    names = tuple(name for one in service.fields for name in one.names)
    shapes = _patterns(names) + (_bare_names(names) if asks_which else ())
    for pattern in shapes:
        match = pattern.match(text)
        if match is None:
            continue
        groups = match.groupdict()
        if "which" not in groups:
            return Move("correct", said)
        one = _field_named(service, groups["which"], groups["place"])
        if one is None:
            continue
        value = groups.get("value")
        return Move("correct", Said(value, said.private) if value else Said(""), target=one)
    return None


def _field_named(service: Service, name: str, place: str | None) -> ServiceField | None:
    if place is None:
        return next(one for one in service.fields if name in map(fold, one.names))
    number = int(place) if place.isdecimal() else _HAN_PLACES.index(place) + 1
    return service.fields[number - 1] if 1 <= number <= len(service.fields) else None
