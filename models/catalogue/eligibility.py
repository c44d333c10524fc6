"""Who may ask for something: rules with a reason and a source each, and what they come to.

A pre-check is a first look, never a decision. It has three outcomes. 不符合 rests on one condition
that an answer contradicts, and names it; what was not answered never counts against anybody.
Where a right holds only in cities that chose it, or a condition stays open, the desk decides.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from models.catalogue.conditions import Condition
from models.catalogue.strict import Strict, Text

_CLAUSE = re.compile(r"[一二三四五六七八九十]+(?:\([一二三四五六七八九十]+\))?")


class Rule(Strict):
    """One condition that has to be met.

    Attributes:
        needs: the condition on the answers.
        reason: the condition in plain words, as it is named to somebody who misses it.
        source: the clause of the plan (「三(五)」) or the title of the document it stands in.
        change: what would change the outcome.
        confirmed: whether an editor has confirmed it against what is in force here. A rule that
            the plan does not state is marked 「以当地人社部门解释为准」 until then.
        local: whether it holds only where a city chose it: it never promises anything by itself.
        blocks: whether the request is refused on the spot, because nobody could grant it.
    """

    needs: Condition
    reason: Text
    source: Text
    change: Text
    confirmed: bool = False
    local: bool = False
    blocks: bool = False

    @property
    def is_in_plan(self) -> bool:
        """Whether the plan itself states it."""
        return _CLAUSE.fullmatch(self.source) is not None


class Verdict(StrEnum):
    """What a pre-check comes to."""

    LIKELY = "可能符合"
    NOT_MET = "不符合"
    AT_THE_DESK = "需窗口核实"


@dataclass(frozen=True)
class Assessment:
    """The outcome of a pre-check.

    Attributes:
        verdict: what it comes to.
        failed: the one condition that is not met; None unless the verdict is 不符合.
        met: the conditions that are met.
        open: the conditions that the answers leave open, and those that hold only locally.
    """

    verdict: Verdict
    failed: Rule | None = None
    met: tuple[Rule, ...] = ()
    open: tuple[Rule, ...] = ()

    @property
    def needs_confirming(self) -> bool:
        """Whether it rests on a rule that nobody has confirmed yet."""
        rules = (*self.met, *self.open, *((self.failed,) if self.failed else ()))
        return any(not (rule.is_in_plan or rule.confirmed) for rule in rules)


def assess(
    rules: Sequence[Rule], answers: Mapping[str, Any], today: date | None = None
) -> Assessment:
    """Look at the answers with every rule. No rule at all is a matter for the desk."""
    truths = [(rule, rule.needs.holds(answers, today)) for rule in rules]
    failed = next((rule for rule, truth in truths if truth is False), None)
    met = tuple(rule for rule, truth in truths if truth and not rule.local)
    left = tuple(rule for rule, truth in truths if truth is None or (truth and rule.local))
    if failed is not None:
        return Assessment(Verdict.NOT_MET, failed, met, left)
    if left or not rules:
        return Assessment(Verdict.AT_THE_DESK, None, met, left)
    return Assessment(Verdict.LIKELY, None, met, left)
