"""A guide as a reply: steps in order, where, online, and what to bring."""

from models.catalogue.service import Service
from models.intake.form import human_choice
from models.reply import Reply


def guide_reply(service: Service) -> Reply:
    """Return the steps of a guide with its clause and office.

    Raises:
        ValueError: the service is no guide.
    """
    guide = service.guide
    if guide is None:
        raise ValueError(f"{service.code} is no guide")
    lines = [f"{service.name}，一步一步来："]
    for number, step in enumerate(guide.steps, 1):
        lines.append(f"{number}. {step.do}" + (f"（{step.note}）" if step.note else ""))
    lines.append(f"在哪办：{guide.where}")
    if guide.online:
        lines.append(f"网上办：{guide.online}")
    if guide.bring:
        lines.append(f"一般要带：{'、'.join(guide.bring)}。{guide.bring_note or ''}")
    lines.append(about_line(service))
    return Reply("\n".join(lines), (human_choice(),))


def about_line(service: Service) -> str:
    """Return what a service rests on, where to go and which hotline to call."""
    clauses = "、".join(service.clauses)
    return f"依据：方案{clauses}。找谁：{service.office.who}，电话 {service.office.hotline}。"
