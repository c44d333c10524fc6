"""``/m/``: the services as short pages for a phone. They work without JavaScript.

The same person, drafts and requests as at ``/chat``: what is begun there is finished here.
"""

from webhook.mobile import (
    clauses,
    filling,
    gigs,
    looking,
    mine,
    offerings,
    progress,
    sent_file,
    wechat,
)
from webhook.mobile.blueprint import bp

__all__ = [
    "bp",
    "clauses",
    "filling",
    "gigs",
    "looking",
    "mine",
    "offerings",
    "progress",
    "sent_file",
    "wechat",
]
