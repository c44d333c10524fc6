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
    request,
    understanding,
)
from models.database import Base
from models.knowledge import document, editing, feedback, gaps, synonyms

__all__ = [
    "access_token",
    "contact",
    "conversation",
    "delivery",
    "document",
    "draft",
    "editing",
    "feedback",
    "gaps",
    "gig",
    "message",
    "metadata",
    "private_value",
    "request",
    "synonyms",
    "understanding",
]

metadata = Base.metadata
