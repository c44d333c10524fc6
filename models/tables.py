"""Every table of the domain, gathered for migrations."""

from models import (
    access_token,
    audit,
    canned_reply,
    change,
    contact,
    conversation,
    delivery,
    draft,
    gig,
    handoff,
    idempotency,
    message,
    note,
    notification,
    private_value,
    received_media,
    request,
    request_mark,
    staff,
    staff_session,
    understanding,
)
from models.database import Base
from models.knowledge import document, editing, feedback, gaps, synonyms
from models.materials import material

__all__ = [
    "access_token",
    "audit",
    "canned_reply",
    "change",
    "contact",
    "conversation",
    "delivery",
    "document",
    "draft",
    "editing",
    "feedback",
    "gaps",
    "gig",
    "handoff",
    "idempotency",
    "material",
    "message",
    "metadata",
    "note",
    "notification",
    "private_value",
    "received_media",
    "request",
    "request_mark",
    "staff",
    "staff_session",
    "synonyms",
    "understanding",
]

metadata = Base.metadata
