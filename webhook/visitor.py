"""Who a browser is to us: a name in a signed cookie, shared by the chat and the pages."""

import secrets

from flask import session
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.contact import Contact, meet_contact
from webhook.services import WEB

ACCOUNT = ""
"""The web has no accounts as WeChat has."""


def visitor(create: bool = False) -> str:
    """Return this browser's name for us; empty where it has none and none is made."""
    if "visitor" not in session and create:
        session["visitor"] = secrets.token_hex(16)
        session.permanent = True
    return str(session.get("visitor", ""))


def met(work: Session) -> int:
    """Return the contact behind this browser, remembered at first sight."""
    return meet_contact(work, WEB.name, ACCOUNT, visitor(create=True)).id


def known(reading: Session) -> int | None:
    """Return the contact behind this browser; None while it has written nothing."""
    name = visitor()
    if not name:
        return None
    return reading.scalar(
        select(Contact.id).where(
            Contact.channel == WEB.name, Contact.account == ACCOUNT, Contact.external_id == name
        )
    )
