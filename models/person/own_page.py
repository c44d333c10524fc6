"""The link to a page with everything that is kept of somebody, for them alone.

A talk in WeChat cannot show it all, and the browser a link opens in does not know who taps it. So
the link itself is the proof: drawn for one person, good for half an hour and for the first browser
that opens it. It is shown at delivery only (`models.passing_value`); here is its fingerprint.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.private_value import keep_value
from models.sealed import lookup_hash

LASTS = timedelta(minutes=30)
LINK = "链接"


class OwnPageLink(Base):
    """One link that was given out, and whether it was used."""

    __tablename__ = "own_page_link"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def link_for(session: Session, contact_id: int, address: str) -> str:
    """Draw a link for a person and return the token that stands for it in a message.

    Args:
        session: the open unit of work.
        contact_id: whose page.
        address: the page's address, without the secret.
    """
    secret = secrets.token_urlsafe(24)
    session.add(OwnPageLink(contact_id=contact_id, secret_hash=lookup_hash(secret)))
    session.flush()
    return keep_value(session, contact_id, LINK, f"{address}/{secret}")


def open_link(session: Session, secret: str) -> int | None:
    """Use a link up; return whose page it opens, or None when it is used, too old or unknown."""
    now = utc_now()
    return session.scalar(
        update(OwnPageLink)
        .where(
            OwnPageLink.secret_hash == lookup_hash(secret),
            OwnPageLink.opened_at.is_(None),
            OwnPageLink.created_at > now - LASTS,
        )
        .values(opened_at=now)
        .returning(OwnPageLink.contact_id)
        .execution_options(synchronize_session=False)
    )
