"""The form engine: one person, one service, one question at a time.

Everything about an open form is in its draft in the database, so a form goes on after a restart,
in a new session of the assistant, or on another device. These functions change the draft and
return what to say; whoever opened the unit of work commits it.

In a draft, `answers` holds the answers by field name (None for a skipped one) and two notes of
the engine: what a half answer left (`_half`) and how often in a row the open question was missed
(`_misses`). Field names never begin with an underscore.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models.catalogue.loader import Catalogue
from models.catalogue.service import Service, ServiceField
from models.contact import give_consent, has_consented
from models.draft import Draft, active_draft, begin_draft, discard_draft, latest_draft
from models.intake.answers import Answers, error_of, read_asked, type_of
from models.intake.fields.base import Partly, Refused, Said, Taken
from models.intake.recorders import RECORDERS
from models.intake.wording import phrase, title
from models.reply import Choice, Reply

CONSENT = "consent"
CONFIRM = "confirm"
_HALF = "_half"
_MISSES = "_misses"

STOP = "/cancel"


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


def start(session: Session, catalogue: Catalogue, contact_id: int, code: str) -> Reply:
    """Open a service: consent first, unless it was given to these very words before.

    A draft begun earlier is taken up again; another service's draft is set aside.

    Raises:
        KeyError: there is no such service.
    """
    service = catalogue.service(code)
    other = open_form(session, catalogue, contact_id)
    draft = begin_draft(session, contact_id, code)
    said = []
    if other is not None and other.service.code != code:
        said.append(phrase("set_aside", service=other.service.name))
    form = OpenForm(draft, service)
    if draft.asked is None:
        said.append(phrase("started", service=service.name, total=len(service.fields)))
        before = RECORDERS[service.record].latest(session, contact_id)
        if before is not None:
            said.append(phrase("started_again", number=before.number))
    else:
        said.append(phrase("resumed", service=service.name))
    _ask_on(session, form)
    return _then(said, question(form))


def question(form: OpenForm) -> Reply:
    """Return the open question, with its place among all of them."""
    if form.open_question == CONSENT:
        consent = form.service.consent
        return Reply(
            phrase("consent", stores=consent.stores, purpose=consent.purpose, erase=consent.erase),
            (Choice(title("agree"), "/affirm"), Choice(title("disagree"), "/deny")),
        )
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
    if form.answer(field) is not None:
        text += "\n" + phrase("was", value=form.shown(field))
        choices += (Choice(title("keep"), title("keep")),)
    elif not field.required:
        choices += (Choice(title("skip"), "/skip"),)
    return Reply(text, choices)


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
            Choice(title("stop"), STOP),
        ),
    )


def take_answers(session: Session, form: OpenForm, said: Said, answers: Answers) -> Reply:
    """Take every answer of a message; an invalid one is explained and asked again."""
    if form.open_question == CONSENT:
        return _then(
            [phrase("consent_first" if answers.found else "consent_again")], question(form)
        )
    if form.open_question == CONFIRM:
        return _take_at_summary(session, form, answers)
    field = form.asked
    assert field is not None
    reading = read_asked(field, said, form.half)
    found = dict(answers.found)
    if isinstance(reading, Refused) and reading.is_final:
        return _missed(form, field, reading)
    if isinstance(reading, Refused) and field.name not in found:
        others = _new(form, found)
        if not others:
            return _missed(form, field, reading)
        return _then([_fill(form, others)], question(form))
    # Reading the answer as a whole knows more than finding it: what an earlier half left.
    found[field.name] = found[field.name] if isinstance(reading, Refused) else reading
    echo = _fill(form, {field.name: found[field.name], **_new(form, found)})
    if isinstance(found[field.name], Taken):
        _ask_on(session, form)
    return _then([echo] if echo else [], question(form))


def _take_at_summary(session: Session, form: OpenForm, answers: Answers) -> Reply:
    if not answers.found:
        example = form.service.fields[0].label
        return _then([phrase("confirm_again", example=example)], question(form))
    echo = _fill(form, answers.found)
    _ask_on(session, form)
    for name, reading in answers.found.items():
        if isinstance(reading, Partly):
            _ask(form, name)
    return _then([echo] if echo else [], question(form))


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
    taken, changed = [], []
    for field in form.service.fields:
        reading = readings.get(field.name)
        if isinstance(reading, Partly):
            halves[field.name] = reading.known
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
    form.draft.answers = answers
    said = []
    if taken:
        said.append(phrase("taken", items="，".join(taken)))
    if changed:
        said.append(phrase("changed", items="，".join(changed)))
    return "\n".join(said)


def _missed(form: OpenForm, field: ServiceField, refused: Refused) -> Reply:
    form.draft.answers = {**form.draft.answers, _MISSES: form.misses + 1}
    said = [error_of(field, refused)]
    asked = question(form)
    if form.misses < 2:
        return _then(said, asked)
    said.append(phrase("stuck", help=field.help))
    ways = (human_choice(), Choice(title("stop"), STOP))
    return _then(said, Reply(asked.text, asked.choices + ways))


def agree(session: Session, form: OpenForm) -> Reply | None:
    """Take a yes to consent or to the summary. None when no such question is open."""
    contact_id = form.draft.contact_id
    if form.open_question == CONSENT:
        give_consent(session, contact_id, form.service.code, form.service.consent.wording)
        _ask_on(session, form)
        return _then([phrase("consented")], question(form))
    if form.open_question == CONFIRM:
        return _submit(session, form)
    return None


def refuse(session: Session, form: OpenForm) -> Reply | None:
    """Take a no to consent or to the summary. None when no such question is open."""
    if form.open_question == CONSENT:
        discard_draft(session, form.draft)
        return Reply(phrase("consent_refused", service=form.service.name))
    if form.open_question == CONFIRM:
        return which_field(form)
    return None


def _submit(session: Session, form: OpenForm) -> Reply:
    service, draft = form.service, form.draft
    contact_id = draft.contact_id
    _ask_on(session, form)
    if form.open_question != CONFIRM:
        # The service or its consent has changed since the summary was shown.
        return question(form)
    consent = give_consent(session, contact_id, service.code, service.consent.wording)
    answers = {field.name: form.answer(field) for field in service.fields}
    recorded = RECORDERS[service.record].record(session, contact_id, consent.id, answers)
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
        return _then([phrase("first_question")], question(form))
    _ask(form, before)
    return _then([phrase("going_back")], question(form))


def skip(session: Session, form: OpenForm) -> Reply:
    """Leave an optional question out; say so where it cannot be."""
    field = form.asked
    if field is None:
        return question(form)
    if field.required:
        return _then([phrase("cannot_skip", label=field.label)], question(form))
    form.draft.answers = {**form.draft.answers, field.name: None}
    _ask_on(session, form)
    return _then([phrase("skipped", label=field.label)], question(form))


def keep(session: Session, form: OpenForm) -> Reply:
    """Leave an answer as it was when its question was asked again."""
    field = form.asked
    if field is None or form.answer(field) is None:
        return question(form)
    _ask_on(session, form)
    return _then([phrase("kept", label=field.label)], question(form))


def which_field(form: OpenForm) -> Reply:
    """Ask which answer is to be changed."""
    label = [Choice(f.label, f"改一下{f.label}") for f in form.service.fields]
    return Reply(phrase("which_field"), tuple(label))


def correct(session: Session, form: OpenForm, field: ServiceField, said: Said | None) -> Reply:
    """Change one answer: at once when `said` holds the new one, else by asking it again."""
    if form.open_question == CONSENT:
        return question(form)
    if said is not None:
        reading = read_asked(field, said, None)
        if isinstance(reading, Taken):
            echo = _fill(form, {field.name: reading})
            _ask_on(session, form, unless=form.open_question)
            return _then([echo] if echo else [], question(form))
        _ask(form, field.name)
        if isinstance(reading, Partly):
            _fill(form, {field.name: reading})
            return question(form)
        return _missed(form, field, reading)
    _ask(form, field.name)
    return _then([phrase("correct_asked", label=field.label)], question(form))


def resume(session: Session, form: OpenForm) -> Reply:
    """Go on with a form that was set aside or left for a while."""
    begin_draft(session, form.draft.contact_id, form.service.code)
    _ask_on(session, form, unless=form.open_question)
    return _then([phrase("resumed", service=form.service.name)], question(form))


def restart(session: Session, form: OpenForm) -> Reply:
    """Forget the answers and begin again; a consent that was given stands."""
    form.draft.answers = {}
    _ask_on(session, form)
    return _then([phrase("restarted")], question(form))


def help_for(form: OpenForm) -> Reply:
    """Explain the open question and the words that steer the form."""
    field = form.asked or form.service.fields[0]
    help_text = field.help if form.asked else ""
    example = field.label
    said = phrase("help", help=help_text, example=example).strip()
    return _then([said], question(form))


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
        form.draft.answers = {**form.draft.answers, _MISSES: 0}


def _then(said: list[str], asked: Reply) -> Reply:
    return Reply("\n".join([*said, asked.text]), asked.choices)
