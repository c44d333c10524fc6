"""Explaining the open form: what a question is for, what can be chosen, what is filled in."""

from models.intake.form.open_form import CONFIRM, OpenForm
from models.intake.form.question import answer_lines, question, stop_choice
from models.intake.wording import fold, phrase, title
from models.reply import Choice, Reply


def why(form: OpenForm, text: str) -> Reply:
    """Say what an answer is needed for, then ask again. The field may be named in `text`."""
    named = next(
        (f for f in form.fields if any(fold(n) in fold(text) for n in f.names)), form.asked
    )
    reason = named.why if named is not None else None
    asked = question(form)
    choices = asked.choices
    if form.asked is not None:
        choices = (Choice(title("resume"), "/resume"), stop_choice())
    return Reply(f"{reason or _purpose(form)}\n{asked.text}", choices)


def _purpose(form: OpenForm) -> str:
    consent = form.service.consent
    if consent is None:
        return phrase("why_in_general")
    return f"{consent.purpose}。{consent.erase}。"


def show_list(form: OpenForm) -> Reply:
    """Ask the open question again with everything that can be chosen."""
    return question(form, whole=True)


def so_far(form: OpenForm) -> Reply:
    """Show what is filled in already, then ask on; the summary shows it by itself."""
    if form.open_question == CONFIRM:
        return question(form)
    filled = [field for field in form.fields if field.name in form.answers]
    lines = answer_lines(form, filled) if filled else [phrase("nothing_filled")]
    head = phrase("filled", service=form.service.name)
    asked = question(form)
    return Reply("\n".join([head, *lines, "", asked.text]), asked.choices)


def help_for(form: OpenForm) -> Reply:
    """Explain the open question and the words that steer the form."""
    field = form.asked
    example = (field or form.fields[0]).label
    said = phrase("help", help=field.help if field else "", example=example).strip()
    asked = question(form)
    return Reply(f"{said}\n{asked.text}", asked.choices)
