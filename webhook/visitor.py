"""Who a browser is to us: a name in a signed cookie, shared by the chat and the pages.

A browser inside WeChat whose person is known (`webhook.mobile.wechat`) shows the pages of that
person: what was begun in the talk goes on here.
"""

import secrets

from flask import session
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.contact import Contact, meet_contact, merge, same_person
from models.joining import learn_union_id
from webhook.services import WEB
from webhook.wechat.channel import WeChatChannel

ACCOUNT = ""
"""The web has no accounts as WeChat has."""


def visitor(create: bool = False) -> str:
    """Return this browser's name for us; empty where it has none and none is made."""
    if "visitor" not in session and create:
        session["visitor"] = secrets.token_hex(16)
        session.permanent = True
    return str(session.get("visitor", ""))


def openid() -> str:
    """Return who WeChat says looks at the page; empty where it did not say."""
    return str(session.get("openid", ""))


def met(work: Session) -> int:
    """Return the contact behind this browser, remembered at first sight."""
    return of_talk(work) or meet_contact(work, WEB.name, ACCOUNT, visitor(create=True)).id


def known(reading: Session) -> int | None:
    """Return the contact behind this browser; None while it has written nothing."""
    return of_talk(reading) or _of_browser(reading)


def sign_in(work: Session, openid: str, union_id: str = "") -> None:
    """Take WeChat's word for who this is.

    What the same browser began before, as somebody without a name, becomes the same person's.
    """
    if session.get("openid", openid) != openid:
        session.pop("visitor", None)  # another account on the same phone
    session["openid"] = openid
    session.permanent = True
    in_talk, in_browser = of_talk(work), _of_browser(work)
    if in_talk and in_browser and in_browser not in same_person(work, in_talk):
        browser, talk = (work.get_one(Contact, one) for one in (in_browser, in_talk))
        merge(work, browser, talk, why="browser")
    if in_talk:
        learn_union_id(work, work.get_one(Contact, in_talk), union_id)


def _of_browser(reading: Session) -> int | None:
    name = visitor()
    if not name:
        return None
    return reading.scalar(
        select(Contact.id).where(
            Contact.channel == WEB.name, Contact.account == ACCOUNT, Contact.external_id == name
        )
    )


def of_talk(reading: Session) -> int | None:
    """Return the contact that has talked to us in WeChat; None where nobody has yet."""
    if not openid():
        return None
    return reading.scalar(
        select(Contact.id)
        .where(Contact.channel == WeChatChannel.name, Contact.external_id == openid())
        .order_by(Contact.id.desc())
        .limit(1)
    )
