"""Pictures of clauses: what explains a policy at a glance, kept with it in the database.

They are few and small, public, and needed on every machine: no folder has to be shared for them.
"""

import hashlib
from datetime import datetime

from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, UtcDateTime, utc_now
from models.materials.upload import clean

KINDS = ("jpeg", "png")


class ClausePicture(Base):
    """One picture, named by its content: the same picture twice is stored once."""

    __tablename__ = "clause_picture"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


def keep_picture(session: Session, content: bytes) -> str:
    """Keep a clean copy of a picture; return its name.

    Raises:
        UploadRefusedError: it is no picture, broken or too big.
    """
    picture = clean(content, KINDS)
    name = hashlib.sha256(picture.content).hexdigest()
    if find_picture(session, name) is None:
        session.add(ClausePicture(name=name, kind=picture.kind, content=picture.content))
        session.flush()
    return name


def find_picture(session: Session, name: str) -> ClausePicture | None:
    """Return a picture by its name; None when there is none."""
    return session.scalar(select(ClausePicture).where(ClausePicture.name == name))
