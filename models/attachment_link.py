"""The link to an attachment, for a door that cannot carry the file: WeChat takes no PDF from us.

The link leads to a page, which shows the file to its owner only. Phones hand a PDF over to another
app, which has none of the browser's cookies; so the page draws a second link to the bare file,
good for minutes. Both are signed and expire; nothing is stored for them.
"""

import hmac
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from models.attachment import Attachment
from models.database import utc_now
from models.sealed import lookup_hash

LASTS_DAYS = 7
_SIGNATURE = 32


class Leads(StrEnum):
    """Where a link leads."""

    TO_PAGE = "page"
    TO_FILE = "file"


_LASTS = {Leads.TO_PAGE: timedelta(days=LASTS_DAYS), Leads.TO_FILE: timedelta(minutes=10)}


def link_to(key: str, leads: Leads) -> str:
    """Return the signed part of an address for the attachment under `key`."""
    until = int((utc_now() + _LASTS[leads]).timestamp())
    return f"{key}.{until}.{_signed(key, until, leads)}"


def key_behind(link: str, leads: Leads) -> str | None:
    """Return the attachment's key; None where the link is not ours or has expired."""
    key, _, rest = link.partition(".")
    told, _, signature = rest.partition(".")
    if not (told.isascii() and told.isdigit() and len(told) < 12 and signature.isascii()):
        return None
    until = int(told)
    is_ours = hmac.compare_digest(signature, _signed(key, until, leads))
    return key if is_ours and until > utc_now().timestamp() else None


def opens_in(found: Attachment, browser: str) -> bool:
    """Whether a file was opened in this browser before."""
    return found.browser_hash == _named(browser)


def open_in(session: Session, found: Attachment, browser: str) -> bool:
    """Let a file be opened in this browser, unless it was in another before. Whether it may."""
    name = _named(browser)
    taken = session.scalar(
        update(Attachment)
        .where(
            Attachment.id == found.id,
            or_(Attachment.browser_hash.is_(None), Attachment.browser_hash == name),
        )
        .values(browser_hash=name)
        .returning(Attachment.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


def _signed(key: str, until: int, leads: Leads) -> str:
    return lookup_hash(f"attachment:{leads}:{key}:{until}")[:_SIGNATURE]


def _named(browser: str) -> str:
    return lookup_hash(f"browser:{browser}")
