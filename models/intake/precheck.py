"""What a pre-check says: a first look at who may ask for what, and why (初步判断).

It is shown above the yes that submits a request, and never decides. Only a rule that `blocks`
(nobody could grant the request) keeps it from being submitted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.catalogue.eligibility import Assessment, Rule, Verdict, assess
from models.catalogue.service import Part, Service

_UNCONFIRMED = "（以当地人社部门解释为准）"


@dataclass(frozen=True)
class Obstacle:
    """Why a request cannot be submitted as it is, and the answers whose change would help."""

    text: str
    fields: tuple[str, ...]


def at_summary(service: Service, answers: Mapping[str, Any]) -> str:
    """Return what the pre-check says under the summary; empty where a service has no rules."""
    lines: list[str] = []
    if service.parts:
        lines.append("初步判断，一份申请一起办：")
        possible = eligible_parts(service, answers)
        for part in service.parts:
            lines.append(_told_of_part(service, part, answers))
            lines += _needed(part, answers) if part in possible else ()
    elif service.eligibility:
        found = assess(service.eligibility, answers)
        lines.append(_told("初步判断", found, service.clauses))
    lines += _materials(service, answers)
    if service.parts or service.eligibility:
        lines.append("这只是按您说的先看一眼，批不批由经办机构定。")
    return "\n".join(lines)


def obstacle(service: Service, answers: Mapping[str, Any]) -> Obstacle | None:
    """Return what keeps a request from being submitted, if anything does."""
    for rule in (*service.eligibility, *service.checks):
        if rule.blocks and rule.needs.holds(answers) is False:
            text = f"这样办不了：{_because(rule)}{rule.change}"
            return Obstacle(text, tuple(dict.fromkeys(rule.needs.fields())))
    if service.parts and not eligible_parts(service, answers):
        failed = [assess(part.eligibility, answers).failed for part in service.parts]
        names = [name for rule in failed if rule is not None for name in rule.needs.fields()]
        told = "\n".join(_told_of_part(service, part, answers) for part in service.parts)
        text = f"按您说的，这几样眼下都对不上：\n{told}\n说错了可以改，拿不准就找人工。"
        return Obstacle(text, tuple(dict.fromkeys(names)))
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


def _told_of_part(service: Service, part: Part, answers: Mapping[str, Any]) -> str:
    """Return the outcome of one part; one that its lead rules out says so and nothing else."""
    found = assess(part.eligibility, answers)
    if part in eligible_parts(service, answers) or found.verdict is Verdict.NOT_MET:
        return "· " + _told(part.name, found, part.clauses)
    lead = next(one for one in service.parts if one.code == part.goes_with)
    return f"· {part.name}：跟着「{lead.name}」一起办，「{lead.name}」能办了才轮到它。"


def _told(name: str, found: Assessment, clauses: tuple[str, ...]) -> str:
    """Return one outcome with its reason, its clause and what would change it."""
    head = f"{name}：{found.verdict}（{'、'.join(clauses)}）"
    if found.failed is not None:
        return f"{head}。{_because(found.failed)}{found.failed.change}"
    if found.open:
        asks = "；".join(_reason(rule) for rule in found.open)
        return f"{head}。要核实的：{asks}{_UNCONFIRMED if found.needs_confirming else ''}"
    why = "；".join(rule.reason for rule in found.met)
    return f"{head}。因为：{why}{_UNCONFIRMED if found.needs_confirming else ''}"


def _because(rule: Rule) -> str:
    where = f"方案{rule.source}" if rule.is_in_plan else f"{rule.source}"
    doubt = "" if rule.is_in_plan or rule.confirmed else _UNCONFIRMED
    return f"要求是「{rule.reason}」，出自{where}{doubt}。"


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
