"""Papers that come after the submission: what is missing, who may give and take them back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.catalogue.life import Actor, RequestState
from models.catalogue.loader import load_catalogue
from models.contact import Contact, give_consent, meet_contact
from models.conversation import open_conversation
from models.database import Database, utc_now
from models.intake import papers
from models.intake.handing_in import (
    after_submission,
    arrived,
    hand_in,
    lacks,
    may_take_back,
    take_back,
    ways_to_hand_in,
)
from models.intake.recorders import recorder_of
from models.materials import material
from models.materials.store import MaterialStore
from models.materials.upload import UploadRefusedError
from models.message import Inbound, record_inbound
from models.received_media import keep_media
from models.request import Request, requests_of
from models.request_life import Mover, move
from tests.models.intake.test_recorders import SUBSIDIES
from tests.models.materials.files import photo
from tests.models.staffing import official

CATALOGUE = load_catalogue()
SERVICE = CATALOGUE.service("startup_subsidies")


@pytest.fixture
def mine(database: Database) -> Iterator[int]:
    with database.unit_of_work() as session:
        contact_id = meet_contact(session, "web", "", "somebody").id
        assert SERVICE.consent is not None
        consent = give_consent(session, contact_id, SERVICE.code, SERVICE.consent.wording)
        recorder_of(SERVICE).record(session, contact_id, consent.id, SUBSIDIES)
    yield contact_id


def give(database: Database, tmp_path: Path, mine: int, name: str, at: int = 0) -> bool:
    """Hand a photo in for one request of the bundle."""
    upload = papers.prepare(SERVICE, name, photo())
    with database.unit_of_work() as session:
        request = requests_of(session, mine)[at]
        return hand_in(session, MaterialStore(tmp_path), SERVICE, request, name, upload)


def missing(database: Database, mine: int) -> dict[str, list[str]]:
    with database.reading() as session:
        return {
            one.request.number[-2:]: [paper.name for paper in one.papers]
            for one in lacks(session, CATALOGUE, mine)
        }


def decide(database: Database, mine: int, state: str, at: int = 0, **more: str) -> None:
    with database.unit_of_work() as session:
        staff = official(session, f"staff-{state}-{at}")
        request = requests_of(session, mine)[at]
        mover = Mover(Actor.REVIEWER, staff.id)
        move(session, SERVICE, request, RequestState(state), mover, **more)


def test_what_is_missing_is_told_until_it_is_here(
    database: Database, tmp_path: Path, mine: int
) -> None:
    before = missing(database, mine)
    assert all("id_card" in names for names in before.values())
    give(database, tmp_path, mine, "id_card")
    # The requests of a bundle share their files.
    after = missing(database, mine)
    assert after == {
        number: names
        for number, kept in before.items()
        if (names := [one for one in kept if one != "id_card"])
    }
    with database.reading() as session:
        told = ways_to_hand_in(session, CATALOGUE, mine)
        assert "还差" in told.text
        assert told.choices[0].path.startswith("/m/requests/")


def test_how_to_hand_in_fits_the_door(database: Database, mine: int) -> None:
    with database.unit_of_work() as session:
        number = requests_of(session, mine)[0].intake
        contact = session.get_one(Contact, mine)
        for channel, on_page, in_talk in (
            ("web", False, False),
            ("miniprogram", True, False),
            ("wechat", False, True),
            ("wechat", True, False),
        ):
            contact.channel = channel
            after = after_submission(session, SERVICE, mine, number, on_page=on_page)
            assert after is not None
            assert ("在微信里把照片发给我" in after.text) is in_talk
            assert ("手机页面上传" in after.text) is not in_talk
            assert after.choices[0].path.startswith("/m/requests/")
        contact.channel = "web"
        assert "在微信里" not in ways_to_hand_in(session, CATALOGUE, mine).text


def test_what_is_being_fetched_is_not_asked_for_again(database: Database, mine: int) -> None:
    with database.unit_of_work() as session:
        first = requests_of(session, mine)[0]
        sent = record_inbound(
            session, open_conversation(session, mine), Inbound("picture", "image"),
            safe_text="", awaited_until=utc_now(),
        )  # fmt: skip
        keep_media(
            session, mine, sent.id, service=SERVICE.code, name="id_card", kind="image",
            media_id="m", request_id=first.id,
        )  # fmt: skip
    assert not any("id_card" in names for names in missing(database, mine).values())


def test_what_was_returned_for_a_paper_comes_back_with_it(
    database: Database, tmp_path: Path, mine: int
) -> None:
    decide(database, mine, "returned", reason="照片不清楚", field="id_card")
    assert give(database, tmp_path, mine, "business_licence") is False
    assert give(database, tmp_path, mine, "id_card") is True
    with database.reading() as session:
        first = requests_of(session, mine)[0]
        assert (first.state, first.returned_field) == (RequestState.SUBMITTED, None)
        assert first.events[-1].actor is Actor.APPLICANT


def test_a_paper_nobody_wants_is_refused(database: Database, tmp_path: Path, mine: int) -> None:
    with database.reading() as session:
        first = requests_of(session, mine)[0]
        wanted = {one.name for one, _ in papers.of_request(session, SERVICE, first)}
    other = next(one.name for one in papers.every(SERVICE) if one.name not in wanted)
    with pytest.raises(UploadRefusedError) as refused:
        give(database, tmp_path, mine, other)
    assert refused.value.code == "no_such_material"


def test_after_the_decision_nothing_is_taken(database: Database, tmp_path: Path, mine: int) -> None:
    with database.unit_of_work() as session:
        first = requests_of(session, mine)[0]
        move(session, SERVICE, first, RequestState.WITHDRAWN, Mover(Actor.APPLICANT, mine))
    with pytest.raises(UploadRefusedError) as refused:
        give(database, tmp_path, mine, "id_card")
    assert refused.value.code == "decided"


def test_staff_see_what_came_since_their_last_step(
    database: Database, tmp_path: Path, mine: int
) -> None:
    def news() -> int:
        with database.reading() as session:
            return len(arrived(session, requests_of(session, mine)))

    assert news() == 0
    give(database, tmp_path, mine, "id_card")
    assert news() == 1
    decide(database, mine, "accepted")
    assert news() == 0


def test_what_staff_work_with_is_not_taken_back(
    database: Database, tmp_path: Path, mine: int
) -> None:
    give(database, tmp_path, mine, "id_card")
    give(database, tmp_path, mine, "business_licence")

    def remove(at: int) -> None:
        with database.unit_of_work() as session:
            first: Request = requests_of(session, mine)[0]
            assert may_take_back(SERVICE, first)
            take_back(session, SERVICE, first, material.of_intake(session, first.intake)[at])

    remove(1)
    # Another request of the bundle is in work: its file is shared.
    decide(database, mine, "accepted", at=1)
    with pytest.raises(UploadRefusedError):
        remove(0)
