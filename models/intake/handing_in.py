"""Papers handed in after a request was submitted: by a picture in the chat, a page or the API."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.catalogue.life import STAFF_ACTORS, Actor, RequestState
from models.catalogue.loader import Catalogue
from models.catalogue.service import Material as Wanted
from models.catalogue.service import Service
from models.change import ChangeKind, note_change
from models.contact import WECHAT, Contact, hold
from models.intake import papers
from models.intake.wording import phrase, title
from models.materials import material
from models.materials.material import Material
from models.materials.store import MaterialStore
from models.materials.upload import Upload, UploadRefusedError
from models.received_media import waiting_for
from models.reply import Choice, Reply
from models.request import Request, RequestEvent, find_by_number, requests_of
from models.request_life import Mover, correct, hold_request
from models.request_notice import page_of, request_name

_HAND_IN = "交材料"
_PAGES = 3


@dataclass(frozen=True)
class Lack:
    """A request that is open, with the papers that it cannot be granted without."""

    service: Service
    request: Request
    papers: list[Wanted]

    @property
    def name(self) -> str:
        """What was asked for."""
        return request_name(self.service, self.request)

    @property
    def labels(self) -> str:
        """What is missing, in words."""
        return "、".join(one.label for one in self.papers)


def lacks(session: Session, catalogue: Catalogue, contact_id: int) -> list[Lack]:
    """Return the person's open requests that lack papers, the newest intake first.

    What is still being fetched from WeChat counts as given.
    """
    found = [
        _lack(session, catalogue.service(one.service), one)
        for one in requests_of(session, contact_id)
        if one.service in catalogue
    ]
    found.sort(key=lambda one: (one.request.intake, -one.request.id), reverse=True)
    return [one for one in found if one.papers]


def takes_papers(request: Request) -> bool:
    """Whether papers may still be given to a request: nothing is decided, and it is somebody's."""
    return request.is_open and request.contact_id is not None


def may_take_back(service: Service, request: Request) -> bool:
    """Whether its applicant may remove papers: nobody of the staff works with them yet."""
    return takes_papers(request) and request.state in service.life.correct_in


def hand_in(
    session: Session,
    store: MaterialStore,
    service: Service,
    request: Request,
    name: str,
    upload: Upload,
) -> bool:
    """Give a prepared file (`papers.prepare`) to a request.

    What was returned for this very paper is submitted again with it.

    Args:
        session: the open unit of work.
        store: where the file goes.
        service: the request's service.
        request: it is read again and held until the unit of work ends.
        name: which of its papers it is.
        upload: the file, clean.

    Returns:
        Whether the request was submitted again.

    Raises:
        UploadRefusedError: it is not taken; `told` says why.
    """
    if request.contact_id is not None:
        hold(session, request.contact_id)
    hold_request(session, request)
    if not takes_papers(request):
        raise UploadRefusedError("decided", phrase("papers_too_late"))
    if name not in {one.name for one, _ in papers.of_request(session, service, request)}:
        raise UploadRefusedError("no_such_material", phrase("papers_not_wanted"))
    assert request.contact_id is not None
    papers.take(session, store, service, request.contact_id, name, upload, request=request)
    note_change(session, None, ChangeKind.REQUEST, request_id=request.id)
    if request.state is not RequestState.RETURNED or request.returned_field != name:
        return False
    mover = Mover(Actor.APPLICANT, request.contact_id)
    correct(session, service, request, request.answers, mover)
    return True


def take_back(session: Session, service: Service, request: Request, file: Material) -> None:
    """Remove a file from a request.

    Raises:
        UploadRefusedError: staff work with it already, or with another request of the same
            bundle; `told` says so.
    """
    hold_request(session, request)
    assert request.contact_id is not None
    siblings = find_by_number(session, request.contact_id, request.intake)
    if not all(may_take_back(service, one) for one in siblings if one.is_open):
        raise UploadRefusedError("submitted", phrase("papers_in_use"))
    material.remove(session, file)
    note_change(session, None, ChangeKind.REQUEST, request_id=request.id)


def arrived(session: Session, requests: Sequence[Request]) -> list[Material]:
    """Return the files that came after their request was submitted and staff's newest step.

    Those are what nobody of the staff can have looked at when they last took a step.
    """
    taken = (
        select(RequestEvent.at)
        .where(RequestEvent.request_id == Request.id, RequestEvent.actor.in_(STAFF_ACTORS))
        .order_by(RequestEvent.id.desc())
        .limit(1)
        .correlate(Request)
        .scalar_subquery()
    )
    ids = [one.id for one in requests]
    return list(
        session.scalars(
            select(Material)
            .join(Request, Request.id == Material.request_id)
            .where(
                Request.id.in_(ids),
                Material.created_at > func.coalesce(taken, Request.created_at),
            )
        )
    )


def ways_to_hand_in(session: Session, catalogue: Catalogue, contact_id: int) -> Reply:
    """Say which papers are missing where, and how they are handed in."""
    found = lacks(session, catalogue, contact_id)
    if not found:
        return Reply(phrase("papers_none"))
    lines = [
        phrase("papers_line", service=one.name, number=one.request.number, labels=one.labels)
        for one in found
    ]
    return Reply("\n".join([*lines, _how(session, contact_id)]), _pages(found))


def still_lacking(session: Session, catalogue: Catalogue, contact_id: int) -> Reply:
    """Say in one line what is still missing, to somebody who has just been told how to hand in."""
    found = lacks(session, catalogue, contact_id)
    labels = dict.fromkeys(paper.label for one in found for paper in one.papers)
    return Reply(phrase("papers_still", labels="、".join(labels)), _pages(found))


def count_given(session: Session, lack: Lack) -> int:
    """Return how many files an intake has, those still being fetched from WeChat among them."""
    request = lack.request
    assert request.contact_id is not None, "what is nobody's lacks nothing"
    siblings = [one.id for one in find_by_number(session, request.contact_id, request.intake)]
    on_the_way = waiting_for(session, request.contact_id, lack.service.code, siblings)
    return len(material.of_intake(session, request.intake)) + len(on_the_way)


def after_submission(
    session: Session, service: Service, contact_id: int, intake: str, *, on_page: bool = False
) -> Reply | None:
    """Say what is still missing of an intake that was just submitted; None where nothing is.

    Args:
        session: an open session.
        service: the intake's service.
        contact_id: whose it is.
        intake: its number.
        on_page: whether this is read on a page, whichever door the person talks through.
    """
    found = [_lack(session, service, one) for one in find_by_number(session, contact_id, intake)]
    labels = dict.fromkeys(paper.label for one in found for paper in one.papers)
    if not labels:
        return None
    told = phrase("papers_after", labels="、".join(labels))
    return Reply(f"{told}\n{_how(session, contact_id, on_page=on_page)}", _pages(found[:1]))


def _how(session: Session, contact_id: int, *, on_page: bool = False) -> str:
    """Return how papers are handed in here: only WeChat takes a picture in the talk for one."""
    in_wechat = session.get_one(Contact, contact_id).channel == WECHAT and not on_page
    return phrase("papers_how_wechat" if in_wechat else "papers_how_page")


def _lack(session: Session, service: Service, request: Request) -> Lack:
    if request.contact_id is None or not takes_papers(request):
        return Lack(service, request, [])
    # The requests of a bundle share their files.
    siblings = [one.id for one in find_by_number(session, request.contact_id, request.intake)]
    on_the_way = waiting_for(session, request.contact_id, service.code, siblings)
    missing = papers.missing(session, service, request)
    return Lack(service, request, [one for one in missing if one.name not in on_the_way])


def _pages(found: Sequence[Lack]) -> tuple[Choice, ...]:
    """Return the pages on which papers are uploaded; in a chat without pages they are listed."""
    return tuple(
        Choice(
            title("hand_in") if len(found) == 1 else f"{title('hand_in')}：{one.name}",
            _HAND_IN,
            path=page_of(one.request),
        )
        for one in found[:_PAGES]
    )
