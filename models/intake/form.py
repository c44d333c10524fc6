"""The form engine: one person, one service, one question at a time.

Everything about an open form is in its draft in the database, so a form goes on after a restart,
in a new session of the assistant, or on another device. These functions change the draft and
return what to say; whoever opened the unit of work commits it.

In a draft, `answers` holds the answers by field name (None for a skipped one) and notes of the
engine: what a half answer left (`_half`), how often in a row the open question was missed
(`_misses`), which questions were shown in full (`_shown`), whether it is being asked which answer
to change (`_which`), the number of the record that is being changed (`_replaces`) and the message
the form was begun with (`_from`). Field names never begin with an underscore.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models import message as messages
from models.catalogue.loader import Catalogue
from models.catalogue.service import Service, ServiceField
from models.contact import give_consent, has_consented
from models.draft import WHICH, Draft, active_draft, begin_draft, discard_draft, latest_draft
from models.intake.answers import Answers, error_of, gather, hear, read_asked, type_of
from models.intake.fields.base import Partly, Refused, Said, Taken
from models.intake.recorders import RECORDERS
from models.intake.wording import fold, is_question, phrase, title
from models.reply import Choice, Reply

CONSENT = "consent"
CONFIRM = "confirm"
_HALF = "_half"
_MISSES = "_misses"
_SHOWN = "_shown"
_REPLACES = "_replaces"
_FROM = "_from"
_LONG_LIST = 6


@dataclass(frozen=True)
class OpenForm:
    """A draft together with the service it belongs to."""

    draft: Draft
    service: Service

    @property
    def open_question(self) -> str:
        """The name of the open question: a field's, ``consent`` or ``confirm``."""
        asked = self.draft.asked
        if asked in (CONSENT, CONFIRM) or any(f.name == asked for f in self.service.fields):
            return str(asked)
        # The service has changed since: what is missing now is asked.
        return self.next_question

    @property
    def next_question(self) -> str:
        """The first field without an answer, or ``confirm``."""
        for field in self.service.fields:
            if field.name not in self.draft.answers:
                return field.name
        return CONFIRM

    @property
    def asked(self) -> ServiceField | None:
        """The field whose question is open; None while consent or the summary is open."""
        name = self.open_question
        return None if name in (CONSENT, CONFIRM) else self.service.field(name)

    @property
    def half(self) -> Any:
        """What a half answer to the open question left."""
        return self.draft.answers.get(_HALF, {}).get(self.open_question)

    @property
    def misses(self) -> int:
        """How often in a row the open question was missed."""
        return int(self.draft.answers.get(_MISSES, 0))

    @property
    def asks_which(self) -> bool:
        """Whether the open question is which answer of the summary is to be changed."""
        return self.open_question == CONFIRM and bool(self.draft.answers.get(WHICH))

    @property
    def replaces(self) -> str | None:
        """The number of the stored record that this form changes."""
        return self.draft.answers.get(_REPLACES)

    def note(self, name: str, value: Any) -> None:
        """Keep a note of the engine in the draft."""
        self.draft.answers = {**self.draft.answers, name: value}

    def answer(self, field: ServiceField) -> Any:
        """Return the answer given to a field, None if there is none."""
        return self.draft.answers.get(field.name)

    def shown(self, field: ServiceField) -> str:
        """Return the answer given to a field as it may be shown."""
        value = self.answer(field)
        return phrase("empty") if value is None else type_of(field).show(value)


def human_choice() -> Choice:
    """Return the choice that leads to a person."""
    return Choice(title("human"), "/human")


def stop_choice() -> Choice:
    """Return the choice that sets the form aside; what was answered stays."""
    return Choice(title("stop"), title("stop"))


def open_form(session: Session, catalogue: Catalogue, contact_id: int) -> OpenForm | None:
    """Return the form this person is filling right now, if any."""
    return _form_of(catalogue, active_draft(session, contact_id))


def waiting_form(session: Session, catalogue: Catalogue, contact_id: int) -> OpenForm | None:
    """Return the form this person touched last, open or set aside."""
    return _form_of(catalogue, latest_draft(session, contact_id))


def _form_of(catalogue: Catalogue, draft: Draft | None) -> OpenForm | None:
    if draft is None or draft.service not in catalogue:
        return None
    return OpenForm(draft, catalogue.service(draft.service))


def start(
    session: Session,
    catalogue: Catalogue,
    contact_id: int,
    code: str,
    *,
    message_id: int | None = None,
    said: Said | None = None,
) -> Reply:
    """Open a service: consent first, unless it was given to these very words before.

    A draft begun earlier is taken up again; another service's draft is set aside. What is stored
    already is filled in. Answers in the message itself count once consent stands.

    Raises:
        KeyError: there is no such service.
    """
    service = catalogue.service(code)
    other = open_form(session, catalogue, contact_id)
    draft = begin_draft(session, contact_id, code)
    lines = []
    if other is not None and other.service.code != code:
        lines.append(phrase("set_aside", service=other.service.name))
    form = OpenForm(draft, service)
    if draft.asked is None:
        form.note(_FROM, message_id)
        lines.append(phrase("started", service=service.name, total=len(service.fields)))
        number = _fill_in_stored(session, form)
        if number is not None:
            lines.append(phrase("started_again", number=number))
    else:
        lines.append(phrase("resumed", service=service.name))
    _ask_on(session, form)
    if form.open_question != CONSENT and said is not None:
        lines.append(_hear_at_once(session, form, [said]))
    return _ask_now(lines, form)


def _fill_in_stored(session: Session, form: OpenForm) -> str | None:
    """Fill a new draft with what is stored of this person; returns its number if there is any."""
    recorder = RECORDERS[form.service.record]
    before = recorder.latest(session, form.draft.contact_id)
    if before is None:
        return None
    stored = recorder.answers(session, form.draft.contact_id)
    known = {f.name: stored[f.name] for f in form.service.fields if f.name in stored}
    form.draft.answers = {**form.draft.answers, **known, _REPLACES: before.number}
    return before.number


def reopen(session: Session, catalogue: Catalogue, contact_id: int, code: str) -> OpenForm | None:
    """Open a stored request again as a form with its answers filled in. None if there is none."""
    service = catalogue.service(code)
    if RECORDERS[service.record].latest(session, contact_id) is None:
        return None
    form = OpenForm(begin_draft(session, contact_id, code), service)
    if form.draft.asked is None:
        _fill_in_stored(session, form)
    _ask_on(session, form)
    return form


def reopened(form: OpenForm, reply: Reply) -> Reply:
    """Say of a reply that it is about the stored request, whose number stays."""
    if form.replaces is None:
        return reply
    said = phrase("reopened", service=form.service.name, number=form.replaces)
    return Reply(f"{said}\n{reply.text}", reply.choices)


def question(form: OpenForm, *, whole: bool = False) -> Reply:
    """Return the open question, with its place among all of them.

    Args:
        form: the form.
        whole: show consent and long lists in full, although they were shown before.
    """
    short = not whole and _shown_as(form) in form.draft.answers.get(_SHOWN, ())
    if form.open_question == CONSENT:
        consent = form.service.consent
        text = (
            phrase("consent_short")
            if short
            else phrase(
                "consent", stores=consent.stores, purpose=consent.purpose, erase=consent.erase
            )
        )
        return Reply(text, (Choice(title("agree"), "/affirm"), Choice(title("disagree"), "/deny")))
    if form.asks_which:
        return _which(form)
    if form.open_question == CONFIRM:
        return _summary(form)
    field = form.asked
    assert field is not None
    kind = type_of(field)
    text = phrase(
        "question",
        position=form.service.position(field.name),
        total=len(form.service.fields),
        prompt=kind.half_question(form.half) or field.prompt,
    )
    choices = kind.choices(form.half, missed=form.misses > 0)
    if short and len(choices) > _LONG_LIST:
        text += phrase("list_hint")
        choices = (Choice(title("list"), title("list")),) if form.misses else ()
    if form.answer(field) is not None:
        text += "\n" + phrase("was", value=form.shown(field))
        choices += (Choice(title("keep"), title("keep")),)
    elif not field.required:
        choices += (Choice(title("skip"), "/skip"),)
    return Reply(text, choices)


def _shown_as(form: OpenForm) -> str:
    """Return the name under which the open question, as it stands, is noted as shown."""
    asked = form.asked
    listed = "" if asked is None else type_of(asked).choices(form.half, missed=form.misses > 0)
    return f"{form.open_question}:{len(listed)}:{listed[0].title if listed else ''}"


def _ask_now(said: list[str], form: OpenForm, *ways: Choice, whole: bool = False) -> Reply:
    """Say something and ask the open question; note that it was shown."""
    asked = question(form, whole=whole)
    shown, name = form.draft.answers.get(_SHOWN, []), _shown_as(form)
    if name not in shown:
        form.note(_SHOWN, [*shown, name])
    return Reply("\n".join([*filter(None, said), asked.text]), (*asked.choices, *ways))


def _summary(form: OpenForm) -> Reply:
    lines = [
        phrase("summary_line", label=field.label, value=form.shown(field))
        for field in form.service.fields
    ]
    return Reply(
        "\n".join([form.service.confirm, *lines]),
        (
            Choice(title("right"), "/affirm"),
            Choice(title("change"), "/deny"),
            stop_choice(),
        ),
    )


def take_answers(session: Session, form: OpenForm, said: Said, answers: Answers) -> Reply:
    """Take every answer of a message; an invalid one is explained and asked again."""
    if form.open_question == CONSENT:
        missed = phrase("consent_first" if answers.found else "consent_again")
        return _ask_now([missed], form, human_choice())
    if form.open_question == CONFIRM:
        return _take_at_summary(session, form, said, answers)
    field = form.asked
    assert field is not None
    reading = read_asked(field, said, form.half)
    found = dict(answers.found)
    wrong = _also_wrong(form, said, found)
    if isinstance(reading, Refused) and (reading.is_final or field.name not in found):
        others = _new(form, {name: one for name, one in found.items() if name != field.name})
        if reading.is_final or not (others or wrong):
            return _missed(form, field, reading, _fill(form, others))
        return _ask_now([_fill(form, others), *wrong], form)
    # Reading the answer as a whole knows more than finding it: what an earlier half left.
    found[field.name] = found[field.name] if isinstance(reading, Refused) else reading
    echo = _fill(form, {field.name: found[field.name], **_new(form, found)})
    if isinstance(found[field.name], Taken):
        _ask_on(session, form)
    return _ask_now([echo, *wrong], form)


def _also_wrong(form: OpenForm, said: Said, found: Mapping[str, Taken | Partly]) -> list[str]:
    """Return what is wrong with answers to other questions than the open one."""
    return [
        phrase("also_wrong", label=field.label, why=error_of(field, missed))
        for field in form.service.fields
        if field.name not in found
        and field.name != form.open_question
        and (missed := type_of(field).near_miss(said)) is not None
    ]


def _take_at_summary(session: Session, form: OpenForm, said: Said, answers: Answers) -> Reply:
    wrong = _also_wrong(form, said, answers.found)
    if not answers.found and form.asks_which:
        return _ask_now(wrong or [phrase("which_again")], form, human_choice())
    if not answers.found:
        example = form.service.fields[0].label
        return _ask_now(wrong or [phrase("confirm_again", example=example)], form, human_choice())
    echo = _fill(form, answers.found)
    _ask_on(session, form)
    for name, reading in answers.found.items():
        if isinstance(reading, Partly):
            _ask(form, name)
    return _ask_now([echo, *wrong], form)


def _hear_at_once(session: Session, form: OpenForm, heard: Sequence[Said]) -> str:
    """Take the answers of messages that were no answers to a question; returns the echo.

    Out of a question only what is private by its form is taken: the rest may be what is asked.
    """
    found: dict[str, Taken | Partly] = {}
    for said in heard:
        asks = is_question(said.raw)
        for name, reading in gather(form.service, said, None).found.items():
            if form.service.field(name).private or not asks:
                found[name] = reading
    if not found:
        return ""
    echo = _fill(form, found)
    _ask_on(session, form)
    return echo


def _new(form: OpenForm, found: Mapping[str, Taken | Partly]) -> dict[str, Taken | Partly]:
    """Return the answers to other questions than the open one that may be taken unasked.

    What was answered before is only replaced by an answer whose very form shows what it is.
    """
    return {
        name: reading
        for name, reading in found.items()
        if name != form.open_question
        and (
            form.draft.answers.get(name) is None
            or (type_of(form.service.field(name)).is_strong and isinstance(reading, Taken))
        )
    }


def _fill(form: OpenForm, readings: Mapping[str, Taken | Partly]) -> str:
    """Write readings into the draft and return the words that tell what was taken."""
    answers = dict(form.draft.answers)
    halves = dict(answers.get(_HALF, {}))
    taken, changed, later = [], [], []
    for field in form.service.fields:
        reading = readings.get(field.name)
        if isinstance(reading, Partly):
            halves[field.name] = reading.known
            if field.name != form.open_question:
                value, ask = type_of(field).half_note(reading.known)
                later.append(phrase("half_later", label=field.label, value=value, ask=ask))
        elif isinstance(reading, Taken):
            before = answers.get(field.name)
            halves.pop(field.name, None)
            answers[field.name] = reading.value
            item = phrase("item", label=field.label, value=type_of(field).show(reading.value))
            if before is None:
                taken.append(item)
            elif before != reading.value:
                changed.append(item)
    answers[_HALF] = halves
    answers[_MISSES] = 0
    answers[WHICH] = False
    form.draft.answers = answers
    said = []
    if taken:
        said.append(phrase("taken", items="，".join(taken)))
    if changed:
        said.append(phrase("changed", items="，".join(changed)))
    said += later
    return "\n".join(said)


def _missed(form: OpenForm, field: ServiceField, refused: Refused, echo: str = "") -> Reply:
    form.draft.answers = {**form.draft.answers, _MISSES: form.misses + 1}
    said = [echo, error_of(field, refused)]
    if form.misses < 2:
        return _ask_now(said, form, human_choice())
    said.append(phrase("stuck", help=field.help))
    return _ask_now(said, form, human_choice(), stop_choice())


def agree(session: Session, form: OpenForm, message_id: int | None = None) -> Reply | None:
    """Take a yes to consent or to the summary. None when no such question is open.

    Before consent nothing that was said is stored as an answer; with it, the messages since the
    form was begun are read again, so that nobody has to repeat themselves.

    Args:
        session: the open unit of work.
        form: the open form.
        message_id: the message with the yes, which may hold answers too.
    """
    contact_id = form.draft.contact_id
    if form.open_question == CONSENT:
        give_consent(session, contact_id, form.service.code, form.service.consent.wording)
        _ask_on(session, form)
        begun = form.draft.answers.get(_FROM) or message_id
        texts = messages.said_since(session, contact_id, begun) if begun else []
        heard = [hear(session, contact_id, text) for text in texts if not text.startswith("/")]
        return _ask_now([phrase("consented"), _hear_at_once(session, form, heard)], form)
    if form.asks_which:
        form.note(WHICH, False)
        return _ask_now([], form)
    if form.open_question == CONFIRM:
        return _submit(session, form)
    return None


def refuse(session: Session, form: OpenForm) -> Reply | None:
    """Take a no to consent or to the summary. None when no such question is open."""
    if form.open_question == CONSENT:
        discard_draft(session, form.draft)
        return Reply(phrase("consent_refused", service=form.service.name))
    if form.asks_which:
        form.note(WHICH, False)
        return _ask_now([], form)
    if form.open_question == CONFIRM:
        return which_field(form)
    return None


def _submit(session: Session, form: OpenForm) -> Reply:
    service, draft = form.service, form.draft
    contact_id = draft.contact_id
    _ask_on(session, form)
    if form.open_question != CONFIRM:
        # The service or its consent has changed since the summary was shown.
        return _ask_now([], form)
    consent = give_consent(session, contact_id, service.code, service.consent.wording)
    answers = {field.name: form.answer(field) for field in service.fields}
    recorded = RECORDERS[service.record].record(
        session, contact_id, consent.id, answers, replaces=form.replaces
    )
    discard_draft(session, draft)
    done = service.updated if recorded.is_update else service.done
    return Reply(done.format(number=recorded.number))


def cancel(session: Session, form: OpenForm) -> Reply:
    """Drop the form and what was answered; say how to come back."""
    discard_draft(session, form.draft)
    return Reply(phrase("cancelled", service=form.service.name))


def go_back(form: OpenForm) -> Reply:
    """Ask the question before the open one again; its answer stays until it is replaced."""
    names = [field.name for field in form.service.fields]
    if form.open_question == CONFIRM:
        before: str | None = names[-1]
    elif form.asked is None or form.asked.name == names[0]:
        before = None
    else:
        before = names[names.index(form.asked.name) - 1]
    if before is None:
        return _ask_now([phrase("first_question")], form)
    _ask(form, before)
    return _ask_now([phrase("going_back")], form)


def skip(session: Session, form: OpenForm) -> Reply:
    """Leave an optional question out; say so where it cannot be."""
    field = form.asked
    if field is None:
        return question(form)
    if field.required:
        return _ask_now([phrase("cannot_skip", label=field.label)], form)
    form.draft.answers = {**form.draft.answers, field.name: None}
    _ask_on(session, form)
    return _ask_now([phrase("skipped", label=field.label)], form)


def keep(session: Session, form: OpenForm) -> Reply:
    """Leave an answer as it was when its question was asked again."""
    field = form.asked
    if form.asks_which:
        form.note(WHICH, False)
    if field is None or form.answer(field) is None:
        return _ask_now([], form)
    _ask_on(session, form)
    return _ask_now([phrase("kept", label=field.label)], form)


def set_aside(form: OpenForm) -> Reply:
    """Leave the form for later with everything in it; ask nothing."""
    form.draft.active = False
    return Reply(phrase("kept_for_later", service=form.service.name))


def why(form: OpenForm, text: str) -> Reply:
    """Say what an answer is needed for, then ask again. The field may be named in `text`."""
    fields = form.service.fields
    named = next((f for f in fields if any(fold(n) in fold(text) for n in f.names)), form.asked)
    reason = named.why if named is not None else None
    asked = question(form)
    choices = asked.choices
    if form.asked is not None:
        choices = (Choice(title("resume"), "/resume"), stop_choice())
    said = reason or f"{form.service.consent.purpose}。{form.service.consent.erase}。"
    return Reply(f"{said}\n{asked.text}", choices)


def show_list(form: OpenForm) -> Reply:
    """Ask the open question again with everything that can be chosen."""
    return question(form, whole=True)


def which_field(form: OpenForm) -> Reply:
    """Ask which answer is to be changed."""
    if form.open_question != CONFIRM:
        return _which(form)
    form.note(WHICH, True)
    return _ask_now([], form)


def _which(form: OpenForm) -> Reply:
    labels = [Choice(f.label, f"改一下{f.label}") for f in form.service.fields]
    return Reply(phrase("which_field"), (*labels, Choice(title("no_change"), title("no_change"))))


def correct(session: Session, form: OpenForm, field: ServiceField, said: Said | None) -> Reply:
    """Change one answer: at once when `said` holds the new one, else by asking it again."""
    if form.open_question == CONSENT:
        return question(form)
    if said is not None:
        reading = read_asked(field, said, None)
        if isinstance(reading, Taken):
            echo = _fill(form, {field.name: reading})
            _ask_on(session, form, unless=form.open_question)
            return _ask_now([echo] if echo else [], form)
        _ask(form, field.name)
        if isinstance(reading, Partly):
            _fill(form, {field.name: reading})
            return _ask_now([], form)
        return _missed(form, field, reading)
    _ask(form, field.name)
    return _ask_now([phrase("correct_asked", label=field.label)], form)


def resume(session: Session, form: OpenForm) -> Reply:
    """Go on with a form that was set aside or left for a while."""
    begin_draft(session, form.draft.contact_id, form.service.code)
    _ask_on(session, form, unless=form.open_question)
    return _ask_now([phrase("resumed", service=form.service.name)], form)


def restart(session: Session, form: OpenForm) -> Reply:
    """Forget the answers and begin again; a consent that was given stands."""
    notes = form.draft.answers
    form.draft.answers = {k: notes[k] for k in (_REPLACES, _FROM) if k in notes}
    _ask_on(session, form)
    return _ask_now([phrase("restarted")], form)


def help_for(form: OpenForm) -> Reply:
    """Explain the open question and the words that steer the form."""
    field = form.asked or form.service.fields[0]
    help_text = field.help if form.asked else ""
    example = field.label
    said = phrase("help", help=help_text, example=example).strip()
    asked = question(form)
    return Reply(f"{said}\n{asked.text}", asked.choices)


def _ask_on(session: Session, form: OpenForm, unless: str | None = None) -> None:
    """Open the next question: consent, the first field without an answer, or the summary.

    `unless` names a question that stays open if it still waits for an answer.
    """
    wording = form.service.consent.wording
    if not has_consented(session, form.draft.contact_id, form.service.code, wording):
        _ask(form, CONSENT)
        return
    waiting = [f.name for f in form.service.fields if f.name not in form.draft.answers]
    _ask(form, unless if unless in waiting else form.next_question)


def _ask(form: OpenForm, name: str) -> None:
    if form.draft.asked != name:
        form.draft.asked = name
        form.draft.answers = {**form.draft.answers, _MISSES: 0, WHICH: False}
