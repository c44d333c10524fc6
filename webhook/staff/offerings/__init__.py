"""``/staff/offerings``: sessions, events, mentors and places; their times; who signed up."""

from webhook.staff.offerings import editing, listing, roster, times
from webhook.staff.offerings.blueprint import bp

__all__ = ["bp", "editing", "listing", "roster", "times"]
