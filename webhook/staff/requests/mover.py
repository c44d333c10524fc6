"""Who takes a step: the official whose request this is, in their role."""

from models.catalogue.life import STAFF_ACTORS, Actor
from models.request_life import Mover
from webhook.staff.access import me


def mover() -> Mover:
    """Return the one who is signed in as somebody who moves requests."""
    return Mover(actor(), me.id)


def actor() -> Actor:
    """Return the part that the role of the one who is signed in plays in a request's life."""
    roles = {one.value: one for one in STAFF_ACTORS}
    return roles[me.role.value]
