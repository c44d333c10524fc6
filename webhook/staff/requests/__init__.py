"""``/staff/requests``: the desk at which applications are looked through and decided."""

from webhook.staff.requests import answers, listing, materials, moves, page
from webhook.staff.requests.blueprint import bp

__all__ = ["answers", "bp", "listing", "materials", "moves", "page"]
