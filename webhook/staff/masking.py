"""Personal values as staff see them: by kind and masked, in the clear only for a stated reason."""

import re

from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.contact import Contact
from models.intake.fields.mobile import mask_mobile
from models.intake.fields.person_name import mask_name
from models.private_value import TOKEN, PrivateValue
from webhook.staff import wording

_LINKS = re.compile(r"https?://[^\s<>\"']+")


def masked(value: PrivateValue) -> str:
    """Return a value so that one can tell it from another and no more."""
    if value.kind == "姓名":
        return mask_name(value.value)
    if value.kind == "手机号":
        return mask_mobile(value.value)
    text = value.value
    return f"{text[:2]}{'*' * 6}{text[-2:]}" if len(text) > 8 else f"{text[:1]}***"


def values_of(session: Session, contact_ids: list[int]) -> list[PrivateValue]:
    """Return what a person gave us of themselves, in the order they gave it."""
    return list(
        session.scalars(
            select(PrivateValue)
            .where(PrivateValue.contact_id.in_(contact_ids))
            .order_by(PrivateValue.id)
        )
    )


def names_of(session: Session, contacts: list[Contact]) -> dict[int, str]:
    """Return what to call each contact: their masked name if we have it, else their door."""
    given = session.scalars(
        select(PrivateValue)
        .where(
            PrivateValue.contact_id.in_([contact.id for contact in contacts]),
            PrivateValue.kind == "姓名",
        )
        .order_by(PrivateValue.id)
    )
    named = {value.contact_id: mask_name(value.value) for value in given}
    return {
        contact.id: named.get(contact.id)
        or f"{wording.CHANNELS.get(contact.channel, contact.channel)}用户 {contact.id}"
        for contact in contacts
    }


def line(text: str) -> Markup:
    """Write a message for a screen: tokens as their kind, addresses as links."""
    parts: list[Markup] = []
    done = 0
    for match in re.finditer(f"{TOKEN.pattern}|{_LINKS.pattern}", text):
        parts.append(escape(text[done : match.start()]))
        if match["kind"]:
            parts.append(
                Markup(
                    '<span class="token" title="为保护隐私不显示，可在「资料」里查看">{}</span>'
                ).format(match["kind"])
            )
        else:
            parts.append(
                Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(
                    match[0]
                )
            )
        done = match.end()
    return Markup("").join([*parts, escape(text[done:])])
