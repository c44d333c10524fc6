"""Every action of the domain, put together for one desk."""

from bot.actions.form import (
    Cancel,
    CorrectField,
    GoBack,
    Help,
    ReadBack,
    Repeat,
    SetAside,
    ShowList,
    Skip,
    TakeAnswer,
    TakeNo,
    TakeYes,
    Why,
)
from bot.actions.gig import ChooseApplicant, SeeApplicants, WantPosting
from bot.actions.hand_off import Distress, HandOff
from bot.actions.my_data import MyData
from bot.actions.offering import BrowseOfferings, ChangeSession, SignUp, TakeSeat
from bot.actions.policy import AnswerPolicy
from bot.actions.request import HandIn, Withdraw
from bot.actions.service import Leave, Resume, ShowProgress, ShowSoFar, StartOver, StartService
from bot.actions.small_talk import (
    Clarify,
    Misunderstood,
    OutOfScope,
    SmallTalk,
)
from bot.actions.topic import Desk, TopicAction
from bot.actions.turns import TurnTaker

ACTIONS: tuple[type[TopicAction], ...] = (
    AnswerPolicy,
    StartService,
    Resume,
    StartOver,
    ShowProgress,
    TakeAnswer,
    TakeYes,
    TakeNo,
    Cancel,
    GoBack,
    Skip,
    CorrectField,
    Repeat,
    Help,
    MyData,
    SmallTalk,
    HandOff,
    OutOfScope,
    BrowseOfferings,
    Misunderstood,
)

BY_RULE: tuple[type[TopicAction], ...] = (
    Distress,
    Clarify,
    Leave,
    ReadBack,
    SetAside,
    Why,
    ShowList,
    ShowSoFar,
    Withdraw,
    HandIn,
    WantPosting,
    SeeApplicants,
    ChooseApplicant,
    SignUp,
    TakeSeat,
    ChangeSession,
)
"""Topics that are heard by rule only: no intent of the classifier leads to them, Rasa never calls
them, and so its domain does not name them."""


def build_actions(desk: Desk) -> list[TopicAction]:
    """Return the actions, wired to each other and to the desk."""
    turns = TurnTaker(desk)
    actions = [kind(turns) for kind in ACTIONS]
    starts = {service.start_intent: StartService.action_name for service in desk.catalogue}
    turns.serve([*actions, *(kind(turns) for kind in BY_RULE)], starts)
    return actions
