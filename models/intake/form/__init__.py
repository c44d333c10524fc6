"""The form engine: one person, one service, one question at a time.

Everything about an open form is in its draft in the database, so a form goes on after a restart,
in a new session of the assistant, or on another device. These functions change the draft and
return what to say; whoever opened the unit of work commits it.
"""

from models.intake.form.answering import (
    correct,
    go_back,
    heard_right,
    keep,
    misheard,
    skip,
    take_answers,
    tells_matter,
    which_field,
)
from models.intake.form.beginning import (
    agree,
    ask_which_form,
    offer_resume,
    refuse,
    reopen,
    reopened,
    restart,
    resume,
    start,
    take_up,
)
from models.intake.form.explaining import help_for, show_list, so_far, why
from models.intake.form.leaving import ask_to_switch, cancel, drop, set_aside, start_over, stay
from models.intake.form.open_form import CONFIRM, CONSENT, OpenForm, begun_forms, open_form
from models.intake.form.question import human_choice, question, stop_choice
from models.intake.form.submitting import hand_in, told

__all__ = [
    "CONFIRM",
    "CONSENT",
    "OpenForm",
    "agree",
    "ask_to_switch",
    "ask_which_form",
    "begun_forms",
    "cancel",
    "correct",
    "drop",
    "go_back",
    "hand_in",
    "heard_right",
    "help_for",
    "human_choice",
    "keep",
    "misheard",
    "offer_resume",
    "open_form",
    "question",
    "refuse",
    "reopen",
    "reopened",
    "restart",
    "resume",
    "set_aside",
    "show_list",
    "skip",
    "so_far",
    "start",
    "start_over",
    "stay",
    "stop_choice",
    "take_answers",
    "take_up",
    "tells_matter",
    "told",
    "which_field",
    "why",
]
