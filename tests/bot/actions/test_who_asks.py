"""What a person said of themselves decides which documents answer."""

import pytest

from models.knowledge.document import PolicyDocument
from models.knowledge.draft import About, draft_text
from models.knowledge.importing import import_document
from tests.bot.actions.dialogue import Person

RENT = "青年公寓的租金减免怎么申请"


@pytest.fixture
def places(person: Person) -> None:
    for title, region, audience in (
        ("省青年公寓办法", "辽宁省", ()),
        ("沈阳青年公寓细则", "辽宁省沈阳市", ()),
        ("大连青年公寓细则", "大连市", ()),
        ("毕业生青年公寓优待", "辽宁省抚顺市", ("高校毕业生",)),
        ("农民工青年公寓优待", "辽宁省抚顺市", ("农民工",)),
    ):
        with person.desk.database.unit_of_work() as session:
            draft = draft_text(f"{title}：青年公寓的租金减免向管理处申请。", About(title))
            document = session.get_one(PolicyDocument, import_document(session, draft).document_id)
            document.region, document.audience = region, list(audience)


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("before", "asked", "title"),
    [
        ((), f"我在沈阳，{RENT}", "沈阳青年公寓细则"),
        (("我是大连的",), RENT, "大连青年公寓细则"),
        (("我在大连", "我在沈阳市和平区"), RENT, "沈阳青年公寓细则"),
        (("我在抚顺", "我是去年毕业的大学生"), RENT, "毕业生青年公寓优待"),
        (("我在抚顺", "我不是大学生", "我是农民工"), RENT, "农民工青年公寓优待"),
        (("我在抚顺",), f"大学生的{RENT}", "毕业生青年公寓优待"),
    ],
)
def test_a_city_and_a_group_choose_the_document(
    person: Person, before: tuple[str, ...], asked: str, title: str
) -> None:
    for said in before:
        person.says(said, "greet")
    assert f"《{title}》" in person.says(asked, "ask_policy").text


@pytest.mark.usefixtures("places")
def test_another_place_is_a_follow_up(person: Person) -> None:
    assert "《大连青年公寓细则》" in person.says(f"我在大连，{RENT}", "ask_policy").text
    for further in ("在沈阳呢", "那沈阳呢", "沈阳也行吗"):
        assert "《沈阳青年公寓细则》" in person.says(further, "ask_policy").text


@pytest.mark.usefixtures("places")
def test_a_place_without_rules_of_its_own_is_told_so(person: Person) -> None:
    person.says(f"我在大连，{RENT}", "ask_policy")
    answered = person.says("在鞍山呢", "ask_policy").text
    assert answered.startswith("没有查到鞍山自己的规定")
    assert "《省青年公寓办法》" in answered


def test_who_never_named_a_place_hears_everything(person: Person) -> None:
    assert "三(五)" in person.says("创业担保贷款能网上办吗", "ask_policy").text
    assert "三(五)" in person.says("在沈阳呢", "ask_policy").text
