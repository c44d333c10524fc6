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
    notice_grant,
    notification,
    office_calendar,
    passing_value,
    private_value,
    quality,
    received_media,
    request,
    request_mark,
    staff,
    staff_session,
    understanding,
)
from models.database import Base
from models.knowledge import document, edits, feedback, gaps, pictures, synonyms
from models.materials import material
from models.offering import offering, seat
from models.person import own_page
from models.report import trail

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
    "notice_grant",
    "notification",
    "offering",
    "office_calendar",
    "own_page",
    "passing_value",
    "pictures",
    "private_value",
    "quality",
    "received_media",
    "request",
    "request_mark",
    "seat",
    "staff",
    "staff_session",
    "synonyms",
    "trail",
    "understanding",
]

metadata = Base.metadata
