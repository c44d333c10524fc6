"""Leaving a form: for another service or for good, and what becomes of what was filled in.

Nothing that somebody filled in is dropped, and no form is left, by one word that may have been
misheard: it is asked first. A form in which nothing was answered yet is simply left.
"""

from dataclasses import asdict

from sqlalchemy.orm import Session

from models.draft import give_up
from models.intake.form.asking import ask_on
from models.intake.form.beginning import restart
from models.intake.form.open_form import LEAVING, Leaving, OpenForm
from models.intake.form.question import ask_now, question
from models.intake.wording import phrase
from models.reply import Reply


def cancel(session: Session, form: OpenForm) -> Reply:
    """Give the form up: asked first where something would be lost; said twice is said enough."""
    leaving = form.leaving
    if not form.answers or (leaving is not None and leaving.for_good):
        return drop(session, form)
    form.note(LEAVING, asdict(Leaving()))
    return question(form)


def start_over(session: Session, form: OpenForm) -> Reply:
    """Begin the form again: asked first where something would be lost, as when giving it up."""
    leaving = form.leaving
    if not form.answers or (leaving is not None and leaving.anew):
        return restart(session, form)
    form.note(LEAVING, asdict(Leaving(anew=True)))
    return question(form)


def ask_to_switch(
    form: OpenForm, code: str, name: str, message_id: int | None, picked: str | None = None
) -> Reply:
    """Ask what becomes of the open form when another service was asked for.

    Args:
        form: the open form.
        code: the other service.
        name: what it is called.
        message_id: the message it was asked for with; it may hold answers.
        picked: what on offer was chosen there.
    """
    form.note(LEAVING, asdict(Leaving(code, message_id, picked=picked)))
    asked = question(form)
    return Reply("\n".join([phrase("other_service", service=name), asked.text]), asked.choices)


def drop(session: Session, form: OpenForm) -> Reply:
    """Forget the form, what was answered and its files; say how to come back."""
    give_up(session, form.draft)
    return Reply(phrase("cancelled", service=form.service.name))


def set_aside(form: OpenForm) -> Reply:
    """Leave the form for later with everything in it; ask nothing."""
    form.note(LEAVING, None)
    form.draft.active = False
    return Reply(phrase("kept_for_later", service=form.service.name))


def stay(session: Session, form: OpenForm) -> Reply:
    """Go on with the form that was about to be left."""
    form.note(LEAVING, None)
    ask_on(session, form, unless=form.open_question)
    return ask_now([phrase("staying", service=form.service.name)], form)
