"""Every service from the first word to its end, and the ways in which it goes otherwise."""

import re

import pytest
from sqlalchemy import func, select

from models.catalogue import Service, load_catalogue
from models.catalogue.service import Kind
from models.intake.form import CONFIRM, CONSENT, OpenForm, open_form
from models.request import Request
from tests.bot.actions.dialogue import Answered, Person
from tests.bot.actions.paths import Path, paths_of

FORMS = [service for service in load_catalogue() if service.kind is not Kind.GUIDE]
REQUESTS = [service for service in FORMS if service.kind is Kind.REQUEST]
GUIDES = [service for service in load_catalogue() if service.kind is Kind.GUIDE]
HAPPY = [
    pytest.param(service, path, id=f"{service.code}-{number}")
    for service in FORMS
    for number, path in enumerate(paths_of(service))
]
NUMBER = re.compile(r"[A-Z]{2}\d{6}-\d{5}")


def form_of(person: Person) -> OpenForm | None:
    with person.desk.database.reading() as session:
        return open_form(session, person.desk.catalogue, person.contact_id)


def begin(person: Person, service: Service) -> Answered:
    """Ask for a service and agree to what it stores."""
    asked = person.says("开始", service.start_intent)
    return person.says("同意", "affirm") if service.consent is not None else asked


def fill(person: Person, path: Path, *, until: str = "") -> Answered:
    """Answer what is asked, as far as the summary, the end, or the field `until`."""
    answered = Answered("", ())
    while (form := form_of(person)) and form.open_question not in (CONFIRM, CONSENT, until):
        answered = person.says(path[form.open_question])
    return answered


def stored(person: Person) -> int:
    with person.desk.database.reading() as session:
        return session.scalars(select(func.count(Request.id))).one() + len(person.registrations)


@pytest.mark.parametrize(("service", "path"), HAPPY)
def test_the_happy_path(person: Person, service: Service, path: Path) -> None:
    asked = person.says("开始", service.start_intent)
    assert service.office.hotline in asked.text
    assert service.clauses[0] in asked.text
    if service.consent is not None:
        person.says("同意", "affirm")
    said = fill(person, path)
    if service.kind is Kind.SEARCH:
        assert form_of(person) is None
        assert said.text
        return
    assert said.titles == ["都对，提交", "要改", "先不办了"]
    form = form_of(person)
    assert form is not None
    for field in form.fields:
        assert f"· {field.label}：" in said.text
    done = person.says("对")
    if form_of(person) is None:
        assert NUMBER.search(done.seen)
        assert stored(person) >= 1
    else:
        # Nobody could grant it as answered: that is said, with what would change it.
        assert stored(person) == 0
        assert done.titles[-1] == "找人工"


@pytest.mark.parametrize("service", GUIDES, ids=lambda service: service.code)
def test_a_guide_tells_its_steps_and_leaves_a_form_alone(person: Person, service: Service) -> None:
    told = person.says("怎么办", service.start_intent).text
    assert "1. " in told
    assert service.office.hotline in told
    begin(person, REQUESTS[0])
    before = person.draft
    assert before is not None
    assert "（1/" in person.says("怎么办", service.start_intent).text
    assert person.draft is not None
    assert person.draft.answers == before.answers


@pytest.mark.parametrize("service", REQUESTS, ids=lambda service: service.code)
class TestUnhappy:
    """What may go otherwise, for each service that stores something."""

    def test_without_consent_nothing_is_stored(self, person: Person, service: Service) -> None:
        person.says("开始", service.start_intent)
        assert "什么都没记" in person.says("不同意", "deny").text
        assert person.draft is None

    def test_given_up_at_the_summary(self, person: Person, service: Service) -> None:
        begin(person, service)
        fill(person, paths_of(service)[0])
        person.says("算了", "cancel")
        assert "取消" in person.says("算了", "cancel").text
        assert (person.draft, stored(person)) == (None, 0)

    def test_set_aside_and_taken_up_again(self, person: Person, service: Service) -> None:
        path = paths_of(service)[0]
        begin(person, service)
        form = form_of(person)
        assert form is not None
        person.says(path[form.open_question])
        kept = person.answers
        assert "给您留着" in person.says("先不办了").text
        assert person.draft is None
        assert "接着办" in person.says("接着上次的办", "resume").text
        assert person.answers == kept

    def test_back_from_the_summary_and_kept(self, person: Person, service: Service) -> None:
        begin(person, service)
        fill(person, paths_of(service)[0])
        kept = person.answers
        form = form_of(person)
        assert form is not None
        assert f"（{form.total}/{form.total}）" in person.says("上一步", "go_back").text
        assert str(service.confirm) in person.says("不改").text
        assert person.answers == kept

    def test_corrected_by_name_at_the_summary(self, person: Person, service: Service) -> None:
        path = paths_of(service)[0]
        begin(person, service)
        fill(person, path)
        form = form_of(person)
        assert form is not None
        first = form.fields[0]
        assert f"（1/{form.total}）" in person.says(f"改一下{first.label}", "correct").text
        person.says(path[first.name])
        fill(person, path)
        assert form_of(person).open_question == CONFIRM  # type: ignore[union-attr]

    def test_begun_again(self, person: Person, service: Service) -> None:
        path = paths_of(service)[0]
        begin(person, service)
        fill(person, path, until=service.fields[1].name)
        assert "从头填" in person.says("重新开始", "start_over").titles
        assert "（1/" in person.says("1").text
        assert person.answers == {}

    def test_left_for_another_service_and_dropped(self, person: Person, service: Service) -> None:
        begin(person, service)
        fill(person, paths_of(service)[0], until=service.fields[1].name)
        other = next(one for one in REQUESTS if one.code != service.code)
        person.says(other.name, other.start_intent)
        said = person.says("第二个")
        assert f"「{service.name}」不办了" in said.text
        assert person.draft is not None
        assert person.draft.service == other.code
        person.says("算了", "cancel")
        assert person.says("接着办", "resume").text == "<utter_nothing_to_resume>"


def test_what_hangs_on_a_changed_answer_is_forgotten_and_nothing_else(person: Person) -> None:
    service = load_catalogue().service("complaint_report")
    path = {field.name: field.example for field in service.fields}
    begin(person, service)
    person.says("实名")
    fill(person, path)
    before = person.answers
    hanging = {field.name for field in service.fields if field.ask_if is not None}
    assert hanging <= set(before)
    person.says("改一下实名还是匿名", "correct")
    changed = person.says("匿名")
    assert str(service.confirm) in changed.text
    assert set(person.answers) == set(before) - hanging
    person.says("改一下实名还是匿名", "correct")
    asked = person.says("实名")
    form = form_of(person)
    assert form is not None
    assert form.open_question in hanging
    assert f"/{len(before)}）" in asked.text
