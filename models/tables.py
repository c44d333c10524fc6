"""Every table of the domain, gathered for migrations."""

from models import (
    access_token,
    attachment,
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
    office_calendar,
    private_value,
    received_media,
    request,
    staff,
    staff_session,
    understanding,
)
from models.database import Base
from models.knowledge import document, edits, feedback, gaps, pictures, synonyms
from models.materials import material

__all__ = [
    "access_token",
    "attachment",
    "audit",
    "canned_reply",
    "change",
    "contact",
    "conversation",
    "delivery",
    "document",
    "draft",
    "edits",
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
    "office_calendar",
    "pictures",
    "private_value",
    "received_media",
    "request",
    "staff",
    "staff_session",
    "synonyms",
    "understanding",
]

metadata = Base.metadata
