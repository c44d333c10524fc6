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
    received_media,
    request,
    understanding,
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
    "received_media",
    "request",
    "understanding",
]

metadata = Base.metadata
