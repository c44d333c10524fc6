"""The calendar and the directory: looking for a session, an event, a mentor or a place.

Links and plain forms only, so that they work on any phone; what is looked for stands in the
address, so a page can be shared.
"""

from itertools import groupby

from flask import redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from models.database import utc_now
from models.intake.fields import field_type
from models.intake.fields.base import Said, Taken
from models.intake.fields.place import cities
from models.offering.hours import told_hours, told_week
from models.offering.kinds import CALENDAR, DIRECTORY, Kind, kinds
from models.offering.lines import clock, day, day_and_time, seats_left
from models.offering.offering import Offering, Slot, find_offering, search, upcoming
from models.offering.seat import TAKEN, counts
from webhook.current import catalogue, database
from webhook.mobile.blueprint import bp

PICKED = "picked"
_SHOWN = 100
_LONGEST = 40


@bp.get("/calendar")
def calendar() -> str:
    """Show the times still to come, by day."""
    kind, city, words = _wanted(CALENDAR)
    with database().reading() as session:
        codes = [kind.code] if kind else [k.code for k in _of(CALENDAR)] + ["mentor"]
        slots = upcoming(session, codes, city=city, words=words, only_open=False, limit=_SHOWN)
        slots.sort(key=lambda one: one.begins_at)
        taken = counts(session, [one.id for one in slots], *TAKEN)
        days = [
            (name, [(one, clock(one.begins_at), _left(one, taken)) for one in of_day])
            for name, of_day in groupby(slots, key=lambda one: day(one.begins_at))
        ]
    return render_template(
        "mobile/calendar.html", days=days, **_filter(CALENDAR, kind, city, words)
    )


@bp.get("/directory")
def directory() -> str:
    """Show places, mentors and resources, those that are open now said to be so."""
    kind, city, words = _wanted(DIRECTORY)
    with database().reading() as session:
        codes = [kind.code] if kind else [one.code for one in _of(DIRECTORY)]
        found = search(session, codes, city=city, words=words, limit=_SHOWN)
        groups = [
            (kinds()[code].name, [(one, _open(one)) for one in of_kind])
            for code, of_kind in groupby(
                sorted(found, key=lambda one: list(kinds()).index(one.kind)),
                key=lambda one: one.kind,
            )
        ]
    return render_template(
        "mobile/directory.html", groups=groups, **_filter(DIRECTORY, kind, city, words)
    )


@bp.get("/offerings/<row:offering_id>")
def offering(offering_id: int) -> str:
    """Show one with its hours, its times, and the way to sign up."""
    with database().reading() as session:
        found = find_offering(session, offering_id)
        if found is None:
            raise NotFound
        return render_template("mobile/offering.html", **_whole(session, found))


@bp.get("/offerings/<row:offering_id>/sign-up")
def sign_up(offering_id: int) -> Response:
    """Lead to the service's sheet, with what was pointed at chosen there."""
    with database().reading() as session:
        found = find_offering(session, offering_id)
        code = found.about_kind.service if found is not None else None
        if found is None or code is None or code not in catalogue():
            raise NotFound
        slot_id = request.args.get("slot", type=int)
        mine = next((one for one in found.slots if one.id == slot_id), None)
        picked = f"场次{mine.id}" if mine is not None else f"资源{found.id}"
    cookie[PICKED] = {"service": code, "code": picked}
    return redirect(url_for("mobile.show_section", code=code, number=1))


def picked_for(code: str) -> str | None:
    """Return what this browser pointed at for a service, until its sheet is begun."""
    picked = cookie.get(PICKED)
    if not isinstance(picked, dict) or picked.get("service") != code:
        return None
    return str(picked.get("code"))


def forget_picked() -> None:
    """Forget what was pointed at: the sheet has it."""
    cookie.pop(PICKED, None)


def _of(page: str) -> list[Kind]:
    return [one for one in kinds().values() if one.page == page]


def _wanted(page: str) -> tuple[Kind | None, str | None, str]:
    """Return kind, city and words that are looked for, as far as they can be understood."""
    kind = kinds().get(request.args.get("kind", ""))
    reading = field_type("place", {"city_is_enough": True}).read(
        Said(request.args.get("city", "")[:_LONGEST])
    )
    city = reading.value["city"] if isinstance(reading, Taken) else None
    return kind, city, request.args.get("q", "")[:_LONGEST].strip()


def _filter(page: str, kind: Kind | None, city: str | None, words: str) -> dict[str, object]:
    service = kind.leads_to if kind is not None else None
    return {
        "kinds": _of(page),
        "kind": kind,
        "cities": cities(),
        "city": city,
        "words": words,
        "service": catalogue().service(service) if service in catalogue() and service else None,
    }


def _whole(session: Session, found: Offering) -> dict[str, object]:
    now = utc_now()
    slots = [one for one in found.slots if one.begins_at > now and one.cancelled_at is None]
    taken = counts(session, [one.id for one in slots], *TAKEN)
    kind, opening = found.about_kind, found.opening
    code = kind.leads_to
    return {
        "offering": found,
        "kind": kind,
        "service": catalogue().service(code) if code is not None and code in catalogue() else None,
        "slots": [(one, day_and_time(one), _left(one, taken)) for one in slots],
        "hours": told_hours(opening, now) if opening is not None else None,
        "week": told_week(opening) if opening is not None else [],
    }


def _left(slot: Slot, taken: dict[int, int]) -> str:
    if not slot.is_open():
        return "报名截止"
    return seats_left(slot, taken.get(slot.id, 0))


def _open(offering: Offering) -> str:
    return told_hours(offering.opening) if offering.opening is not None else ""
