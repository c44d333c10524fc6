"""What an open form asks, as a reply: consent, a field, the summary, or what is in between."""

from collections.abc import Iterable

from models.catalogue.service import ServiceField
from models.intake import precheck
from models.intake.answers import type_of
from models.intake.fields.base import FieldType
from models.intake.form.open_form import CONFIRM, CONSENT, HEARD, SHOWN, TOKENS, OpenForm
from models.intake.wording import phrase, title
from models.reply import Choice, Reply

_LONG_LIST = 6


def human_choice() -> Choice:
    """Return the choice that leads to a person."""
    return Choice(title("human"), "/human")


def stop_choice() -> Choice:
    """Return the choice that sets the form aside; what was answered stays."""
    return Choice(title("stop"), title("stop"))


def question(form: OpenForm, *, whole: bool = False) -> Reply:
    """Return the open question, with its place among all of them.

    Args:
        form: the form.
        whole: show consent and long lists in full, although they were shown before.
    """
    if form.leaving is not None:
        return _leaving(form)
    asked = _asked(form, whole=whole)
    if not form.heard:
        return asked
    read_back = phrase("heard", items=_items(form))
    field = form.asked
    if field is not None and type_of(field).code == "yes_no":
        # One yes cannot answer two questions: first whether it was heard right.
        ways = (title("heard_right"), title("misheard"))
        return Reply(read_back, tuple(Choice(way, way) for way in ways))
    return Reply(f"{read_back}\n{asked.text}", asked.choices)


def _asked(form: OpenForm, *, whole: bool) -> Reply:
    if form.open_question == CONSENT:
        return _consent(form, whole=whole)
    if form.asks_which:
        return which(form)
    if form.open_question == CONFIRM:
        return summary(form)
    field = form.asked
    assert field is not None
    kind = type_of(field)
    text = phrase(
        "question",
        position=form.position(field.name),
        total=form.total,
        prompt=kind.half_question(form.half) or field.prompt,
    )
    barred = precheck.bar(form.service, form.answers)
    if barred is not None and field.name in barred.fields:
        text = "\n".join([barred.text, _ways_from_bar(form, field, barred), text])
    choices = kind.choices(form.half, missed=form.misses > 0)
    if _is_known(form, whole) and len(choices) > _LONG_LIST:
        text += phrase("list_hint")
        choices = (Choice(title("list"), title("list")),) if form.misses else ()
    return _with_way_past(form, field, kind, Reply(text, choices))


def _ways_from_bar(form: OpenForm, field: ServiceField, barred: precheck.Obstacle) -> str:
    """Return in words what else than another answer there is: the question may take numbers."""
    labels = [one.label for one in form.fields if one.name in barred.fields and one is not field]
    others = "".join(phrase("barred_other", label=label) for label in labels)
    return phrase("barred_ways", others=others)


def _with_way_past(form: OpenForm, field: ServiceField, kind: FieldType, asked: Reply) -> Reply:
    """Add how the question is passed: by keeping the answer there is, or by skipping it."""
    offered = form.offered(field)
    if offered is not None:
        text = "\n".join([asked.text, phrase("was", value=kind.show(offered))])
        way = Choice(title("keep"), title("keep"))
    elif not field.required:
        text, way = asked.text, Choice(title("skip"), "/skip")
    else:
        return asked
    if kind.takes_numbers:
        # A bare 「1」 is an answer here, so nothing may be chosen by it.
        return Reply(text if offered is not None else text + phrase("skip_hint"), asked.choices)
    return Reply(text, (*asked.choices, way))


def _consent(form: OpenForm, *, whole: bool) -> Reply:
    consent = form.service.consent
    assert consent is not None
    text = phrase("consent_short")
    if not _is_known(form, whole):
        text = phrase(
            "consent", stores=consent.stores, purpose=consent.purpose, erase=consent.erase
        )
    return Reply(text, (Choice(title("agree"), "/affirm"), Choice(title("disagree"), "/deny")))


def _leaving(form: OpenForm) -> Reply:
    names = (title("leave_keep"), title("leave_drop"), title("leave_stay"))
    keep, drop, stay = (Choice(name, name) for name in names)
    leaving = form.leaving
    if leaving is not None and leaving.anew:
        again = Choice(title("start_over"), title("start_over"))
        return Reply(phrase("leave_for_new_start", service=form.service.name), (again, stay))
    if leaving is not None and leaving.to is not None:
        return Reply(phrase("leave_for_other", service=form.service.name), (keep, drop, stay))
    return Reply(phrase("leave_for_good", service=form.service.name), (drop, keep, stay))


def _items(form: OpenForm) -> str:
    return "，".join(
        phrase("item", label=field.label, value=form.shown(field))
        for field in form.fields
        if field.name in form.heard
    )


def _is_known(form: OpenForm, whole: bool) -> bool:
    """Whether the open question was shown in full before, and need not be again."""
    return not whole and _shown_as(form) in form.draft.answers.get(SHOWN, ())


def _shown_as(form: OpenForm) -> str:
    """Return the name under which the open question, as it stands, is noted as shown."""
    asked = form.asked
    listed = () if asked is None else type_of(asked).choices(form.half, missed=form.misses > 0)
    return f"{form.open_question}:{len(listed)}:{listed[0].title if listed else ''}"


def ask_now(said: list[str], form: OpenForm, *ways: Choice, whole: bool = False) -> Reply:
    """Say something and ask the open question; note that it was shown."""
    if form.open_question == CONFIRM and form.heard:
        # The summary reads back everything.
        form.note(HEARD, None)
    asked = question(form, whole=whole)
    shown, name = form.draft.answers.get(SHOWN, []), _shown_as(form)
    if name not in shown:
        form.note(SHOWN, [*shown, name])
    return Reply("\n".join([*filter(None, said), asked.text]), (*asked.choices, *ways))


def summary(form: OpenForm) -> Reply:
    """Return every answer for a last look; where no yes could hand it in, what to change."""
    lines = answer_lines(form, form.fields)
    obstacle = precheck.obstacle(form.service, form.answers)
    if obstacle is not None:
        return Reply("\n".join([*lines, obstacle.text]), ways_around(form, obstacle))
    told = precheck.at_summary(form.service, form.answers)
    return Reply(
        "\n".join([str(form.service.confirm), *lines, *filter(None, [told])]),
        (Choice(title("right"), "/affirm"), Choice(title("change"), "/deny"), stop_choice()),
    )


def ways_around(form: OpenForm, obstacle: precheck.Obstacle) -> tuple[Choice, ...]:
    """Return the answers whose change would help, and the ways out."""
    labels = [form.service.field(name).label for name in obstacle.fields if name in form.answers]
    changes = [Choice(title("change_one") + one, f"改一下{one}") for one in labels]
    return (*changes, human_choice(), stop_choice())


def answer_lines(form: OpenForm, fields: Iterable[ServiceField]) -> list[str]:
    """Return a line for each answer; private ones stand as tokens, opened at the door."""
    tokens = form.draft.answers.get(TOKENS, {})
    return [
        phrase("summary_line", label=field.label, value=tokens.get(field.name, form.shown(field)))
        for field in fields
    ]


def which(form: OpenForm) -> Reply:
    """Return the question which answer is to be changed."""
    labels = [Choice(field.label, f"改一下{field.label}") for field in form.fields]
    return Reply(phrase("which_field"), (*labels, Choice(title("no_change"), title("no_change"))))
