"""Taking, changing, skipping and reading back the answers of an open form."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.service import Kind, ServiceField
from models.draft import WHICH
from models.intake.answers import (
    Answers,
    error_of,
    gather,
    read_asked,
    type_of,
)
from models.intake.fields.base import Partly, Reading, Refused, Said, Taken
from models.intake.fields.yes_no import is_unsure
from models.intake.form.asking import ask, ask_on, look_up
from models.intake.form.open_form import (
    CONFIRM,
    CONSENT,
    HALF,
    HEARD,
    LEAVING,
    MISSES,
    TOLD,
    OpenForm,
)
from models.intake.form.question import ask_now, question, which
from models.intake.form.submitting import go_on
from models.intake.listing import with_words
from models.intake.wording import bare, command, is_question, phrase, without_tokens, words
from models.reply import Reply

Readings = Mapping[str, Taken | Partly]

# 「老板欠我钱，咋办」 asks for help, and tells the matter all the same.
_HELP_ME = re.compile(
    r"[\s,，。]*(?:我?(?:该|要)?(?:咋办|咋整|怎么办|怎么弄|找谁|上哪说理)|帮帮我|求助)[啊呀呢吗]?[\s?？!！。]*$"
)
_CLAUSE = re.compile(r"[^,，。;；!！?？\n]+[,，。;；!！?？\n]*")
# A matter takes as many characters to tell, and as many that answer no other question.
_MATTER = 6
_SAYS_SOMETHING = 4


def take_answers(
    session: Session,
    form: OpenForm,
    said: Said,
    answers: Answers,
    *,
    message_id: int | None = None,
    is_spoken: bool = False,
) -> Reply:
    """Take every answer of a message; an invalid one is explained and asked again.

    Args:
        session: the open unit of work.
        form: the open form.
        said: the message.
        answers: what was found in it.
        message_id: the stored message.
        is_spoken: whether it was spoken: what it fills is read back.
    """
    form.note(LEAVING, None)
    if form.open_question == CONSENT:
        return _hear_before_consent(form, said, answers, message_id)
    if form.open_question == CONFIRM:
        return _take_at_summary(session, form, said, answers)
    field = form.asked
    assert field is not None
    reading = read_asked(field, said, form.half, answers)
    found = dict(answers.found)
    wrong = _also_wrong(form, said, found)
    if isinstance(reading, Refused) and (reading.is_final or field.name not in found):
        others = _new(form, {name: one for name, one in found.items() if name != field.name})
        if not (others or wrong or reading.is_final):
            # 「匿名吗？」「窗口让我跑了三趟」: the matter, ahead of its own question.
            others = _new(form, _told_first(form, [said]))
        echo = fill(form, others, is_spoken=is_spoken)
        if reading.is_final or not (others or wrong):
            return missed(form, echo, error_of(field, reading))
        return ask_now([echo, *wrong], form)
    # Reading the answer as a whole knows more than finding it: what an earlier half left.
    found[field.name] = found[field.name] if isinstance(reading, Refused) else reading
    taken = {field.name: found[field.name], **_new(form, found)}
    echo = fill(form, taken, is_spoken=is_spoken)
    if isinstance(found[field.name], Partly):
        return ask_now([echo, *wrong], form)
    return go_on(session, form, [echo, *wrong])


def _hear_before_consent(
    form: OpenForm, said: Said, answers: Answers, message_id: int | None
) -> Reply:
    """Ask for consent again: nothing is stored yet but which message is to be read with it."""
    if tells_matter(form, said):
        form.note(TOLD, None if message_id is None else [*form.told, message_id])
        form.note(MISSES, 0)
        return ask_now([phrase("consent_first")], form)
    if is_unsure(said.raw) and not form.misses:
        return missed(form, phrase("consent_unsure", service=form.service.name))
    return missed(form, phrase("consent_first" if answers.found else "consent_again"))


def missed(form: OpenForm, *said: str) -> Reply:
    """Ask the open question once more, and note that it was missed."""
    form.note(MISSES, form.misses + 1)
    return ask_now(list(said), form)


def _also_wrong(form: OpenForm, said: Said, found: Readings) -> list[str]:
    """Return what is wrong with answers to other questions than the open one."""
    return [
        phrase("also_wrong", label=field.label, why=error_of(field, near))
        for field in form.fields
        if field.name not in found
        and field.name != form.open_question
        and (near := type_of(field).near_miss(said)) is not None
    ]


def _take_at_summary(session: Session, form: OpenForm, said: Said, answers: Answers) -> Reply:
    wrong = _also_wrong(form, said, answers.found)
    if not answers.found:
        again = phrase("confirm_again", example=form.fields[0].label)
        if form.asks_which:
            again = phrase("which_again")
        return missed(form, *(wrong or [again]))
    echo = fill(form, with_words(session, form.service, answers.found))
    ask_on(session, form)
    for name, reading in answers.found.items():
        if isinstance(reading, Partly):
            ask(form, name)
    return ask_now([echo, *wrong], form)


def hear_at_once(session: Session, form: OpenForm, heard: Mapping[int, Said]) -> str:
    """Take the answers of messages that were no answers to a question; returns the echo.

    Out of a question only what is private by its form is taken: the rest may be what is asked.
    What is stated beside it counts (「刚毕业开了店，能领啥钱」).
    A search is asked for by questions: 「沈阳铁西有啥活」 says where.
    """
    telling = [one for number, one in heard.items() if number in (min(heard), *form.told)]
    found: dict[str, Taken | Partly] = _told_first(form, telling)
    form.note(TOLD, None)
    for said in heard.values():
        counts = said if form.service.kind is Kind.SEARCH else _stated(said)
        for name, reading in gather(form.askable, said, None).found.items():
            if form.service.field(name).private:
                found[name] = reading
        found.update(gather(form.askable, counts, None).found)
    if not found:
        return ""
    echo = fill(form, with_words(session, form.service, found))
    ask_on(session, form)
    return echo


def _stated(said: Said) -> Said:
    """Return a message without the clauses of it that ask."""
    if not is_question(said.raw):
        return said
    clauses = [clause for clause in _CLAUSE.findall(said.raw) if not is_question(clause)]
    return replace(said, raw="".join(clauses))


def tells_matter(form: OpenForm, said: Said) -> bool:
    """Whether a message tells what a service is asked for about, before any question was put."""
    return bool(_told_first(form, [said]))


def _told_first(form: OpenForm, telling: Sequence[Said]) -> dict[str, Taken | Partly]:
    """Return the answers in the words with which the service was asked for."""
    matters = [replace(said, raw=_HELP_ME.sub("", said.raw)) for said in telling]
    matters = [one for one in matters if not (is_question(one.raw) or command(one.raw))]
    found: dict[str, Taken | Partly] = {}
    for field in form.askable.fields:
        told = [one for one in matters if field.told_first and _is_told(form, field, one)]
        if not told:
            continue
        private = {token: value for one in told for token, value in one.private.items()}
        whole = Said("，".join(one.raw for one in told), private)
        for one in (whole, *told):
            reading = type_of(field).read(one)
            if not isinstance(reading, Refused):
                found[field.name] = reading
                break
    return found


def _is_told(form: OpenForm, field: ServiceField, matter: Said) -> bool:
    """Whether this says something of the matter itself, and not only that there is one."""
    reading: Reading = type_of(field).read(matter)
    told = _without(bare(without_tokens(matter.raw)), map(bare, form.service.names))
    if isinstance(reading, Taken) and reading.sure and told:
        return True
    rest = gather(form.askable, matter, None).rest
    rest = _without(rest, (*form.service.names, *words("no_matter")))
    return len(told) >= _MATTER and len(rest) >= _SAYS_SOMETHING


def _without(text: str, many: Iterable[str]) -> str:
    for one in sorted(many, key=len, reverse=True):
        text = text.replace(one, "")
    return text


def _new(form: OpenForm, found: Readings) -> dict[str, Taken | Partly]:
    """Return the answers to other questions than the open one that may be taken unasked.

    What was answered before is only replaced by an answer whose very form shows what it is, or
    while it is being read back.
    """
    return {
        name: reading
        for name, reading in found.items()
        if name != form.open_question
        and (
            form.draft.answers.get(name) is None
            or name in form.heard
            or (type_of(form.service.field(name)).is_strong and isinstance(reading, Taken))
        )
    }


def fill(form: OpenForm, readings: Readings, *, is_spoken: bool = False) -> str:
    """Write readings into the draft and return the words that tell what was taken.

    What hung on a changed answer and does not apply any more is forgotten. Spoken answers are
    told by the question that follows, which reads them back.
    """
    answers = dict(form.draft.answers)
    halves = dict(answers.get(HALF, {}))
    heard: dict[str, list[Any]] = {}
    taken, changed, later = [], [], []
    for field in form.service.fields:
        reading = readings.get(field.name)
        if isinstance(reading, Partly):
            halves[field.name] = reading.known
            if field.name != form.open_question:
                value, note = type_of(field).half_note(reading.known)
                later.append(phrase("half_later", label=field.label, value=value, ask=note))
        elif isinstance(reading, Taken) and field.applies(_given(answers)):
            before = answers.get(field.name)
            halves.pop(field.name, None)
            heard[field.name] = [before] if field.name in answers else []
            answers[field.name] = reading.value
            item = phrase("item", label=field.label, value=type_of(field).show(reading.value))
            if before is None:
                taken.append(item)
            elif before != reading.value:
                changed.append(item)
    form.draft.answers = {
        **_applicable(form, answers),
        HALF: halves,
        MISSES: 0,
        WHICH: False,
        HEARD: heard if is_spoken else {},
    }
    said = []
    if taken and not is_spoken:
        said.append(phrase("taken", items="，".join(taken)))
    if changed and not is_spoken:
        said.append(phrase("changed", items="，".join(changed)))
    return "\n".join(said + later)


def _given(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answers.items() if not name.startswith("_")}


def _applicable(form: OpenForm, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers without those of fields that do not apply (any more)."""
    kept = dict(answers)
    for field in form.service.fields:
        if field.name in kept and not field.applies(_given(kept)):
            del kept[field.name]
    return kept


def heard_right(form: OpenForm) -> Reply:
    """Keep what was read back, and ask on."""
    form.note(HEARD, None)
    return ask_now([], form)


def misheard(session: Session, form: OpenForm) -> Reply:
    """Take back what was read back, and ask for it again."""
    answers = dict(form.draft.answers)
    names = [field.name for field in form.fields if field.name in form.heard]
    for name in names:
        before = form.heard[name]
        answers.pop(name)
        if before:
            answers[name] = before[0]
    form.draft.answers = _applicable(form, {**answers, HEARD: {}})
    ask_on(session, form)
    ask(form, names[0])
    return ask_now([phrase("say_again")], form)


def correct(
    session: Session,
    form: OpenForm,
    field: ServiceField,
    said: Said | None,
    *,
    is_spoken: bool = False,
) -> Reply:
    """Change one answer: at once when `said` holds the new one, else by asking it again."""
    form.note(LEAVING, None)
    if form.open_question == CONSENT:
        return question(form)
    if said is None:
        ask(form, field.name)
        look_up(session, form)
        return ask_now([phrase("correct_asked", label=field.label)], form)
    reading = read_asked(field, said, None)
    if isinstance(reading, Taken):
        echo = fill(form, {field.name: reading}, is_spoken=is_spoken)
        ask_on(session, form, unless=form.open_question)
        return ask_now([echo], form)
    ask(form, field.name)
    look_up(session, form)
    if isinstance(reading, Partly):
        fill(form, {field.name: reading})
        return ask_now([], form)
    return missed(form, error_of(field, reading))


def which_field(form: OpenForm) -> Reply:
    """Ask which answer is to be changed."""
    if form.open_question != CONFIRM:
        return which(form)
    form.note(WHICH, True)
    return ask_now([], form)


def go_back(form: OpenForm) -> Reply:
    """Ask the question before the open one again; its answer stays until it is replaced."""
    form.note(LEAVING, None)
    names = [field.name for field in form.fields]
    asked = form.asked
    if form.open_question == CONFIRM:
        before: str | None = names[-1]
    elif asked is None or asked.name == names[0]:
        before = None
    else:
        before = names[names.index(asked.name) - 1]
    if before is None:
        return ask_now([phrase("first_question")], form)
    ask(form, before)
    return ask_now([phrase("going_back")], form)


def skip(session: Session, form: OpenForm) -> Reply:
    """Leave an optional question out; say so where it cannot be."""
    form.note(LEAVING, None)
    field = form.asked
    if field is None:
        return question(form)
    if field.required:
        return ask_now([phrase("cannot_skip", label=field.label)], form)
    answers = {**form.draft.answers, field.name: None}
    form.draft.answers = _applicable(form, answers)
    return go_on(session, form, [phrase("skipped", label=field.label)])


def keep(session: Session, form: OpenForm) -> Reply:
    """Leave an answer as it was when its question was asked again."""
    form.note(LEAVING, None)
    field = form.asked
    if form.asks_which:
        form.note(WHICH, False)
    if field is None or form.offered(field) is None:
        return ask_now([], form)
    fill(form, {field.name: Taken(form.offered(field))})
    return go_on(session, form, [phrase("kept", label=field.label)])
