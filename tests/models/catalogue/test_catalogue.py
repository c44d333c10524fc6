"""The catalogue: what it holds, and how it says what is wrong with a file."""

from pathlib import Path

import pytest

from models.catalogue import Catalogue, CatalogueError, load_catalogue
from models.catalogue.loader import FOLDER, read_folder

GIG = (FOLDER / "gig_registration.yml").read_text(encoding="utf-8")
SENTENCE = "免费向社会提供零工信息登记发布和求职招聘服务。"


def _written(folder: Path, text: str, name: str = "gig_registration.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_services_are_valid() -> None:
    catalogue = load_catalogue()
    assert "gig_registration" in catalogue
    service = catalogue.service("gig_registration")
    assert [field.name for field in service.fields] == [
        "name",
        "mobile",
        "place",
        "work_kinds",
        "available",
    ]
    assert service.start_intent == "start_gig_registration"
    with pytest.raises(KeyError):
        catalogue.service("no_such_service")


def test_an_answer_from_its_clause_leads_to_the_service() -> None:
    catalogue = load_catalogue()
    offered = {service.code: offer.title for service, offer in catalogue.offers("三(八)", SENTENCE)}
    assert offered.keys() == {"gig_registration", "gig_posting", "gig_search"}
    assert offered["gig_registration"] == "现在登记"
    assert catalogue.offers("三(五)", SENTENCE) == []
    assert catalogue.offers("三(八)", "别的话") == []


def test_a_service_is_known_by_its_name() -> None:
    service = load_catalogue().named(" 零工登记。")
    assert service is not None
    assert service.code == "gig_registration"
    assert load_catalogue().named("别的") is None


def test_a_service_is_added_by_one_file(tmp_path: Path) -> None:
    added = GIG.replace("code: gig_registration", "code: farm_work").replace(
        "name: 零工登记\naliases: [登记零工, 打零工登记, 登记打零工, 零工信息登记, 干零工]",
        "name: 农活登记",
    )
    _written(tmp_path, GIG)
    _written(tmp_path, added, "farm_work.yml")
    assert [service.code for service in load_catalogue(tmp_path)] == [
        "farm_work",
        "gig_registration",
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("type: mobile", "type: telephone", "fields.1.type: no field type 'telephone'"),
        ("record: gig_registration", "record: nobody", "record: Input should be 'request'"),
        ("    label: 姓名\n", "", "fields.0.label: Field required"),
        ("- name: mobile", "- name: name", "field name given twice: name"),
        ("aliases: [手机,", "aliases: [姓名,", "label or alias given twice: 姓名"),
        ('example: "13800000000"', "example: '138'", "fields.1.example: mobile does not take"),
        ("    example: 王芳\n    private: true", "    example: 王芳", "person_name needs private"),
        ("编号：{number}。请", "编号。请", "have to tell the {number}"),
        ("clauses: [三(八)]", "clauses: []", "clauses: "),
        ("- name: mobile", "- name: consent", "the name 'consent' is taken"),
        ("code: gig_registration", "code: Gig", "code: String should match"),
        ("audience:", "audiense:", "audiense: Extra inputs"),
        (
            "    prompt: 请留一个打得通的手机号。",
            "    prompt: 请留一个打得通的手机号。\n    errors: {missing: 没有}",
            "fields.1.errors.missing: mobile has no such error",
        ),
    ],
)
def test_a_mistake_is_told_with_file_line_and_path(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    assert before in GIG
    _written(tmp_path, GIG.replace(before, after, 1))
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(tmp_path)
    message = str(caught.value)
    assert told in message
    file, line, _ = message.split(":", 2)
    assert file == "gig_registration.yml"
    assert 1 <= int(line) <= GIG.count("\n") + 1


def test_the_line_is_that_of_the_mistake(tmp_path: Path) -> None:
    path = _written(tmp_path, GIG.replace("type: place", "type: nowhere"))
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "nowhere" in text)
    with pytest.raises(CatalogueError, match=f"gig_registration.yml:{line}: fields.2.type"):
        load_catalogue(tmp_path)


SUBSIDIES = (FOLDER / "startup_subsidies.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("    label: 身份\n", "    label: 身份\n    label: 人\n", "'label' is given twice"),
        ("prefix: BT\n", "open_from: 2026-13-01\n", "open_from: Input should be a valid date"),
        (
            "prefix: BT\n",
            "open_from: 2026-12-01\nopen_until: 2026-11-01\n",
            "open_until is before open_from",
        ),
        ("总编号还是：{number}。", "总编号还是：。", "updated: done and updated have to tell"),
        ("- code: job_seeking", "- code: one_time_startup", "part given twice"),
        (
            "- {name: id_card, label: 居民身份证}",
            "- {name: lease, label: 居民身份证}",
            "parts.2.materials.0.name: 'lease' is 居民身份证 already",
        ),
        ("{field: first_time, is: true}", "{field: first_time, is: 是}", "it is never '是'"),
        ("{field: did, is: 租了经营场地}", "{field: did, is: true}", "it is never True"),
        (
            "{field: did, is: 租了经营场地}",
            "{field: did, at_least: 3}",
            "at_least looks at count or money, and did is a many_choices",
        ),
        (
            "{field: opened_on, months_ago_at_least: 12}",
            "{field: first_time, months_ago_at_least: 12}",
            "months_ago_at_least looks at date",
        ),
        ("months_ago_at_least: 12", "months_ago_at_least: -12", "greater than or equal to 0"),
        (
            "{field: opened_on, months_ago_at_least: 12}",
            "{sum: [did, opened_on], at_most: 12}",
            "at_most looks at count or money, and opened_on is a date",
        ),
    ],
)
def test_what_would_silently_decide_nothing_is_a_mistake(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    assert before in SUBSIDIES
    broken = SUBSIDIES.replace(before, after, 1)
    _written(tmp_path, broken, "startup_subsidies.yml")
    _, problems = read_folder(tmp_path)
    found = next((one for one in problems if told in str(one)), None)
    assert found is not None, problems
    assert found.line > 1


def test_a_file_that_would_not_be_read_is_told(tmp_path: Path) -> None:
    _written(tmp_path, GIG)
    _written(tmp_path, GIG, "farm_work.yaml")
    with pytest.raises(CatalogueError, match=r"farm_work.yaml:1: a service file ends in .yml"):
        load_catalogue(tmp_path)


def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    _written(tmp_path, "code: x\nname: [", "x.yml")
    with pytest.raises(CatalogueError, match=r"x.yml:2: not YAML"):
        load_catalogue(tmp_path)


def test_what_is_no_mapping_is_told(tmp_path: Path) -> None:
    _written(tmp_path, "- 1", "x.yml")
    with pytest.raises(CatalogueError, match=r"x.yml:1: a service is a mapping"):
        load_catalogue(tmp_path)


def test_the_file_is_named_after_the_service(tmp_path: Path) -> None:
    _written(tmp_path, GIG, "other.yml")
    with pytest.raises(CatalogueError, match="has to be the file's name"):
        load_catalogue(tmp_path)


def test_other_words_of_consent_are_another_wording() -> None:
    consent = load_catalogue().service("gig_registration").consent
    assert consent.wording.startswith("1.")
    assert len(consent.wording) <= 64
    changed = consent.model_copy(update={"purpose": "别的用处"})
    assert changed.wording != consent.wording


def test_an_empty_catalogue_has_nothing() -> None:
    assert list(Catalogue({})) == []
