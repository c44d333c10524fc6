"""Every table of the domain, gathered for migrations."""

from models import (
    access_token,
    contact,
    conversation,
    delivery,
    draft,
    gig,
    message,
    private_value,
    staff,
    staff_session,
)
from models.database import Base
from models.knowledge import document

__all__ = [
    "access_token",
    "contact",
    "conversation",
    "delivery",
    "document",
    "draft",
    "gig",
    "message",
    "metadata",
    "private_value",
    "staff",
    "staff_session",
]

metadata = Base.metadata
