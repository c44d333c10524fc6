"""What a pre-check says: a first look at who may ask for what, and why (初步判断).

It is shown above the yes that submits a request, and never decides. Only a rule that `blocks`
(nobody could grant the request) keeps it from being submitted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.catalogue.eligibility import Assessment, Rule, Verdict, assess
from models.catalogue.service import Part, Service

_DESK_DECIDES = "这是按您说的先看一眼，批不批由经办机构定。"
_UNCONFIRMED = "方案里没写的条件，以当地人社部门解释为准。"


@dataclass(frozen=True)
class Obstacle:
    """Why a request cannot be submitted as it is, and the answers whose change would help."""

    text: str
    fields: tuple[str, ...]


def at_summary(service: Service, answers: Mapping[str, Any]) -> str:
    """Return what the pre-check says under the summary; empty where a service has no rules."""
    lines: list[str] = []
    if service.parts:
        lines += _told_of_parts(service, answers)
    elif service.eligibility:
        lines.append(_told("初步判断", assess(service.eligibility, answers), service.clauses))
    lines += _materials(service, answers)
    if service.parts or service.eligibility:
        lines.append(_DESK_DECIDES + _doubt(service, answers))
    return "\n".join(lines)


def obstacle(service: Service, answers: Mapping[str, Any]) -> Obstacle | None:
    """Return what keeps a request from being submitted, if anything does."""
    barred = bar(service, answers)
    if barred is not None:
        return barred
    if service.parts and not eligible_parts(service, answers):
        failed = [assess(part.eligibility, answers).failed for part in service.parts]
        names = [name for rule in failed if rule is not None for name in rule.needs.fields()]
        told = "\n".join(_told_of_part(service, part, answers) for part in service.parts)
        text = f"按您说的，这几样眼下都对不上：\n{told}\n说错了可以改，拿不准就找人工。"
        text += _doubt(service, answers)
        return Obstacle(text, tuple(dict.fromkeys(names)))
    return None


def bar(service: Service, answers: Mapping[str, Any]) -> Obstacle | None:
    """Return the rule that no answer still to come could mend, if the answers so far break one."""
    for rule in (*service.eligibility, *service.checks):
        if rule.blocks and rule.needs.holds(answers) is False:
            text = f"初步判断：不符合，照现在填的交不了。{_because(rule)}{rule.change}"
            text += "" if rule.is_in_plan or rule.confirmed else _UNCONFIRMED
            return Obstacle(text, tuple(dict.fromkeys(rule.needs.at_fault(answers))))
    return None


def eligible_parts(service: Service, answers: Mapping[str, Any]) -> list[Part]:
    """Return the parts of a bundle that these answers do not rule out, nor what they go with."""
    possible = {
        part.code
        for part in service.parts
        if assess(part.eligibility, answers).verdict is not Verdict.NOT_MET
    }
    return [
        part
        for part in service.parts
        if part.code in possible and (part.goes_with is None or part.goes_with in possible)
    ]


def closed(service: Service) -> str:
    """Return why a service takes no requests today."""
    if service.open_from is not None and not service.is_open():
        first = f"{service.open_from.year}年{service.open_from.month}月{service.open_from.day}日"
        last = service.open_until
        until = f"，到{last.year}年{last.month}月{last.day}日为止" if last else ""
        return f"「{service.name}」{first}起受理{until}，现在不在受理时间里。"
    ask = f"想知道下一次什么时候，可打 {service.office.hotline}。"
    return f"「{service.name}」的受理时间已经过了。{ask}"


def _told_of_parts(service: Service, answers: Mapping[str, Any]) -> Iterator[str]:
    """Yield first what is handed in with a yes, then what is not, and why."""
    possible = eligible_parts(service, answers)
    others = [part for part in service.parts if part not in possible]
    if possible:
        yield (
            f"初步判断，这{len(possible)}样会交上，各批各的：" if others else "初步判断，都会交上："
        )
    for part in possible:
        yield _told_of_part(service, part, answers)
        yield from _needed(part, answers)
    if others:
        yield f"这{len(others)}样眼下不交：" if possible else "初步判断，眼下都对不上："
    for part in others:
        yield _told_of_part(service, part, answers)


def _told_of_part(service: Service, part: Part, answers: Mapping[str, Any]) -> str:
    """Return the outcome of one part; one that its lead rules out says so and nothing else."""
    found = assess(part.eligibility, answers)
    if part in eligible_parts(service, answers) or found.verdict is Verdict.NOT_MET:
        return "· " + _told(part.name, found, part.clauses)
    lead = next(one for one in service.parts if one.code == part.goes_with)
    return f"· {part.name}：跟着「{lead.name}」一起办，「{lead.name}」能办了才轮到它。"


def _told(name: str, found: Assessment, clauses: tuple[str, ...]) -> str:
    """Return one outcome with its reason, and with what would change it or where it stands."""
    if found.failed is not None:
        return f"{name}：{found.verdict}。{_because(found.failed)}{found.failed.change}"
    head = f"{name}：{found.verdict}（{'、'.join(clauses)}）"
    if found.open:
        return f"{head}。要核实的：{'；'.join(_reason(rule) for rule in found.open)}"
    return f"{head}。因为：{'；'.join(rule.reason for rule in found.met)}"


def _because(rule: Rule) -> str:
    where = f"方案{rule.source}" if rule.is_in_plan else rule.source
    return f"要求「{rule.reason}」（{where}）。"


def _doubt(service: Service, answers: Mapping[str, Any]) -> str:
    """Return, once for all, whose word counts where a rule is neither in the plan nor confirmed."""
    groups = [part.eligibility for part in service.parts] or [service.eligibility]
    is_open = any(assess(rules, answers).needs_confirming for rules in groups)
    return _UNCONFIRMED if is_open else ""


def _reason(rule: Rule) -> str:
    return f"{rule.reason}（要看您所在的市有没有定）" if rule.local else rule.reason


def _needed(part: Part, answers: Mapping[str, Any]) -> Iterator[str]:
    papers = [one.label for one in part.materials if one.applies(answers)]
    if papers:
        yield f"  一般要带：{'、'.join(papers)}"


def _materials(service: Service, answers: Mapping[str, Any]) -> Iterator[str]:
    papers = [one.label for one in service.materials if one.applies(answers)]
    if papers:
        yield f"一般要带：{'、'.join(papers)}。最后要什么，以窗口一次告知的为准。"
