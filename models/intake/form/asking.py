"""Which question of a form is opened next."""

from sqlalchemy.orm import Session

from models.contact import has_consented
from models.draft import WHICH
from models.intake import precheck
from models.intake.answers import type_of
from models.intake.form.open_form import (
    CONFIRM,
    CONSENT,
    MISSES,
    OFFERED,
    PICKED,
    TOKENS,
    OpenForm,
)
from models.intake.listing import completed, is_listed, listing, picked_answers
from models.private_value import keep_value


def ask_on(session: Session, form: OpenForm, unless: str | None = None) -> None:
    """Open the next question: consent, the first field without an answer, or the summary.

    An answer with which the request could never be granted is asked again at once, before a name
    or a number is asked for nothing. `unless` names a question that stays open if it still waits
    for an answer.
    """
    if needs_consent(session, form):
        ask(form, CONSENT)
        return
    _take_picked(session, form)
    waiting = [f.name for f in form.fields if f.name not in form.draft.answers]
    barred = precheck.bar(form.service, form.answers)
    if barred is not None:
        ask(form, barred.fields[-1])
    else:
        ask(form, unless if unless in waiting else form.next_question)
    look_up(session, form)
    if form.open_question == CONFIRM:
        form.note(TOKENS, _tokens(session, form))


def look_up(session: Session, form: OpenForm) -> None:
    """Look up what can be chosen where that is asked, and the words of what was chosen.

    A choice that is gone by now is asked again.
    """
    for field in form.fields:
        if not is_listed(field) or form.answer(field) is None:
            continue
        whole = completed(session, field, form.answer(field))
        answers = {k: v for k, v in form.draft.answers.items() if k != field.name}
        form.draft.answers = answers if whole is None else {**answers, field.name: whole}
        if whole is None:
            ask(form, field.name)
    asked = form.asked
    if asked is not None and is_listed(asked):
        form.note(OFFERED, {asked.name: listing(session, asked, form.answers)})


def _take_picked(session: Session, form: OpenForm) -> None:
    """Take what was chosen before the form was begun, with what it tells of other answers."""
    picked = form.draft.answers.get(PICKED)
    if picked is None:
        return
    form.note(PICKED, None)
    for name, value in picked_answers(session, form.service, picked).items():
        form.draft.answers = {**form.draft.answers, name: value}


def ask(form: OpenForm, name: str) -> None:
    """Open a question by its name."""
    if form.draft.asked != name:
        form.draft.asked = name
        form.draft.answers = {**form.draft.answers, MISSES: 0, WHICH: False}


def needs_consent(session: Session, form: OpenForm) -> bool:
    """Whether the person has yet to agree to what this service stores."""
    consent = form.service.consent
    return consent is not None and not has_consented(
        session, form.draft.contact_id, form.service.code, consent.wording
    )


def _tokens(session: Session, form: OpenForm) -> dict[str, str]:
    """Return tokens for the private answers, by field name, so that their owner can proofread."""
    tokens = {}
    for field in form.fields:
        kind, value = type_of(field).token_kind, form.answer(field)
        if field.private and kind is not None and isinstance(value, str):
            tokens[field.name] = keep_value(session, form.draft.contact_id, kind, value)
    return tokens
