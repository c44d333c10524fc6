"""The life of a request, as far as a service's file decides it: limits, notices, second person."""

from enum import StrEnum

from pydantic import Field

from models.catalogue.strict import Strict, Text


class RequestState(StrEnum):
    """Where a request stands."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REVIEWED = "reviewed"
    GRANTED = "granted"
    REFUSED = "refused"
    PAID = "paid"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Actor(StrEnum):
    """Who may move a request: the applicant, or staff in a role (DESIGN section 9)."""

    APPLICANT = "applicant"
    AGENT = "agent"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    SYSTEM = "system"


OPEN_STATES = frozenset(
    {
        RequestState.SUBMITTED,
        RequestState.ACCEPTED,
        RequestState.RETURNED,
        RequestState.REVIEWED,
    }
)
"""States in which nothing is decided yet: the same request again is a duplicate."""

AT_THE_DESK = frozenset({RequestState.SUBMITTED, RequestState.ACCEPTED, RequestState.REVIEWED})
"""States in which the next step is one of staff."""

STAFF_ACTORS = (Actor.AGENT, Actor.REVIEWER, Actor.ADMIN)
"""Actors that are staff, each with a role of the same name."""

_DECIDERS = (Actor.REVIEWER, Actor.ADMIN)

MOVES: dict[RequestState, dict[RequestState, tuple[Actor, ...]]] = {
    RequestState.SUBMITTED: {
        RequestState.ACCEPTED: STAFF_ACTORS,
        RequestState.RETURNED: STAFF_ACTORS,
        RequestState.WITHDRAWN: (Actor.APPLICANT,),
    },
    RequestState.RETURNED: {
        RequestState.SUBMITTED: (Actor.APPLICANT,),
        RequestState.WITHDRAWN: (Actor.APPLICANT,),
    },
    RequestState.ACCEPTED: {
        RequestState.RETURNED: STAFF_ACTORS,
        RequestState.REVIEWED: _DECIDERS,
        RequestState.WITHDRAWN: (Actor.APPLICANT,),
    },
    RequestState.REVIEWED: {
        RequestState.RETURNED: _DECIDERS,
        RequestState.GRANTED: _DECIDERS,
        RequestState.REFUSED: _DECIDERS,
        RequestState.WITHDRAWN: (Actor.APPLICANT,),
    },
    RequestState.GRANTED: {
        RequestState.PAID: _DECIDERS,
        RequestState.CLOSED: STAFF_ACTORS,
        # Only where the service lets people take back what was granted (a posting).
        RequestState.WITHDRAWN: (Actor.APPLICANT,),
    },
    RequestState.REFUSED: {RequestState.CLOSED: STAFF_ACTORS},
    RequestState.PAID: {RequestState.CLOSED: STAFF_ACTORS},
    RequestState.CLOSED: {},
    RequestState.WITHDRAWN: {},
}
"""From which state to which, and who may do it."""

NEEDS_REASON = frozenset({RequestState.RETURNED, RequestState.REFUSED})
"""States nobody puts a request into without saying why."""


class TimeLimit(Strict):
    """Within how many working days a request has to leave a state (限时办结), and who says so."""

    state: RequestState
    working_days: int = Field(ge=1, le=365)
    source: Text


class Life(Strict):
    """What a service decides about the life of its requests.

    Attributes:
        two_person: whether who decides has to be another person than who reviewed.
        pays: whether money follows a grant.
        kept_by_law: whether what was granted stays when the applicant has everything else erased,
            as the papers behind public money and loans have to.
        limits: time limits; without one for a state, none is promised.
        names: what people call a state here, where the usual word does not fit: who signs up for
            a course is not 「已批准」 but 「已报上名」.
        notices: what the applicant is told in a state, instead of the usual sentence. ``{number}``,
            ``{service}``, ``{reason}`` and ``{field}`` are filled in.
        correct_in: the states in which the applicant can change the answers.
        withdraw_in: the states in which the applicant can take the request back.
    """

    two_person: bool = False
    pays: bool = False
    kept_by_law: bool = False
    limits: tuple[TimeLimit, ...] = ()
    names: dict[RequestState, Text] = Field(default_factory=dict)
    notices: dict[RequestState, Text] = Field(default_factory=dict)
    correct_in: tuple[RequestState, ...] = (RequestState.SUBMITTED, RequestState.RETURNED)
    withdraw_in: tuple[RequestState, ...] = (
        RequestState.SUBMITTED,
        RequestState.RETURNED,
        RequestState.ACCEPTED,
    )

    def limit(self, state: RequestState) -> TimeLimit | None:
        """Return the time limit of a state, if one is set."""
        return next((one for one in self.limits if one.state is state), None)
