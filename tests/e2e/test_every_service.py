"""Every service through the whole stack: its happy path, and six ways in which it goes otherwise.

Generated from the catalogue: a service that is added is talked through without a line here. What
is meant is left to Rasa, so a service is asked for by its own name.
"""

import re
from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import select

from models.catalogue import Service, load_catalogue
from models.catalogue.service import Kind
from models.contact import Contact
from models.draft import Draft, active_draft
from models.intake.clarify import is_unclear
from models.intake.form import CONFIRM, CONSENT
from tests.bot.actions.paths import paths_of
from tests.e2e.conftest import Person
from tests.e2e.stack import Stack

pytestmark = pytest.mark.e2e

FORMS = [service for service in load_catalogue() if service.kind is not Kind.GUIDE]
STORED = [service for service in FORMS if service.kind is Kind.REQUEST]
GUIDES = [service for service in load_catalogue() if service.kind is Kind.GUIDE]
NUMBER = re.compile(r"[A-Z]{2}\d{6}-\d{5}")
_numbers = count(1)


def asked_for(service: Service) -> str:
    """Return a name of the service that means nothing else (「找零工」 may mean three things)."""
    return next(name for name in service.names if not is_unclear(name))


class Applicant(Person):
    """Somebody who wants one service."""

    def __init__(self, stack: Stack, service: Service) -> None:
        super().__init__(stack, f"openid-service-{next(_numbers)}")
        self.service = service
        self.path = paths_of(service)[0]

    @property
    def draft(self) -> Draft | None:
        with self.stack.database() as database, database.reading() as session:
            contact_id = session.scalar(
                select(Contact.id).where(Contact.external_id == self.openid)
            )
            return None if contact_id is None else active_draft(session, contact_id)

    @property
    def asked(self) -> str:
        draft = self.draft
        assert draft is not None
        assert draft.service == self.service.code
        return str(draft.asked)

    def begins(self) -> str:
        said = self.say(asked_for(self.service))
        return self.say("同意") if self.service.consent is not None else said

    def fills(self, until: str = CONFIRM) -> str:
        said = ""
        while (draft := self.draft) is not None and draft.asked not in (until, CONFIRM, CONSENT):
            said = self.say(self.path[str(draft.asked)])
        return said

    def to_the_second_question(self) -> None:
        self.begins()
        self.say(self.path[self.asked])


@pytest.fixture(params=STORED, ids=lambda service: service.code)
def applicant(request: pytest.FixtureRequest, stack: Stack) -> Iterator[Applicant]:
    yield Applicant(stack, request.param)


@pytest.mark.parametrize("service", FORMS, ids=lambda service: service.code)
def test_the_happy_path(stack: Stack, service: Service) -> None:
    person = Applicant(stack, service)
    begun = person.begins()
    assert "我没太明白" not in begun
    told = person.fills()
    if service.kind is Kind.SEARCH:
        assert person.draft is None
        assert "12333" in told
        return
    assert str(service.confirm) in told
    assert NUMBER.search(person.say("对"))
    assert person.draft is None


@pytest.mark.parametrize("service", GUIDES, ids=lambda service: service.code)
def test_a_guide_tells_its_steps(stack: Stack, service: Service) -> None:
    told = Applicant(stack, service).say(asked_for(service))
    assert "1. " in told
    assert service.office.hotline in told


def test_no_consent_no_draft(applicant: Applicant) -> None:
    applicant.say(asked_for(applicant.service))
    assert "什么都没记" in applicant.say("不同意")
    assert applicant.draft is None


def test_a_policy_question_in_between(applicant: Applicant) -> None:
    applicant.to_the_second_question()
    before = applicant.draft
    assert before is not None
    answered = applicant.say("创业担保贷款最多能展期多久？")
    assert "1年" in answered
    assert re.search(r"（\d+/\d+）", answered)
    assert applicant.asked == before.asked
    assert applicant.draft.answers == before.answers  # type: ignore[union-attr]


def test_nonsense_is_asked_again_and_loses_nothing(applicant: Applicant) -> None:
    applicant.begins()
    before = applicant.draft
    assert before is not None
    assert re.search(r"（\d+/\d+）", applicant.say("？？！！"))
    assert applicant.asked == before.asked


def test_back_and_on(applicant: Applicant) -> None:
    applicant.to_the_second_question()
    before = applicant.asked
    assert "退回上一项" in applicant.say("上一步")
    assert applicant.asked != before
    applicant.say("不改")
    assert applicant.asked == before


def test_set_aside_and_taken_up_again(applicant: Applicant) -> None:
    applicant.to_the_second_question()
    before = applicant.asked
    assert "给您留着" in applicant.say("先不办了")
    assert applicant.draft is None
    assert "接着办" in applicant.say("接着上次的办")
    assert applicant.asked == before


def test_given_up_for_good(applicant: Applicant) -> None:
    applicant.to_the_second_question()
    assert "找不回来" in applicant.say("算了")
    applicant.say("不要了，删掉")
    assert applicant.draft is None
    assert "没有" in applicant.say("接着办")


def test_another_service_in_between(applicant: Applicant) -> None:
    other = next(one for one in STORED if one.code != applicant.service.code)
    applicant.to_the_second_question()
    before = applicant.asked
    assert "先留着" in applicant.say(asked_for(other))
    applicant.say("接着办这份")
    assert applicant.asked == before
