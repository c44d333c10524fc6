"""Every table of the domain, gathered for migrations."""

from models import (
    access_token,
    contact,
    conversation,
    delivery,
    draft,
    gig,
    idempotency,
    message,
    private_value,
    request,
    understanding,
)
from models.database import Base
from models.knowledge import document
from models.materials import material

__all__ = [
    "access_token",
    "contact",
    "conversation",
    "delivery",
    "document",
    "draft",
    "gig",
    "idempotency",
    "material",
    "message",
    "metadata",
    "private_value",
    "request",
    "understanding",
]

metadata = Base.metadata
