"""Several answers in one message: every word answers one question only."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import load_catalogue
from models.catalogue.service import Service, ServiceField
from models.intake.answers import gather, read_asked
from models.intake.fields.base import Refused, Said, Taken

TODAY = date(2026, 11, 24)


def _field(name: str, kind: str, label: str, *cues: str, **options: object) -> ServiceField:
    return ServiceField.model_validate(
        {
            "name": name,
            "type": kind,
            "label": label,
            "prompt": "？",
            "help": "说吧。",
            "example": "1",
            "private": kind in ("mobile", "person_name"),
            "options": {**options, "cues": cues} if cues else options,
        }
    )


def _service(fields: Iterable[ServiceField]) -> Service:
    gig = load_catalogue().service("gig_registration")
    return gig.model_copy(update={"fields": tuple(fields)})


SHOP = _service(
    [
        _field("opened_on", "date", "开业时间", "开业", "开张"),
        _field("rented_on", "date", "起租时间", "租", precision="year"),
        _field("rent", "money", "房租", "租", per=["month"]),
        _field("wage", "money", "工资", "工资", "开给", per=["month"]),
        _field("staff", "count", "雇了几个人"),
        _field("name", "person_name", "姓名"),
        _field("place", "place", "地点"),
    ]
)


def _found(text: str, asked: str | None = None) -> dict[str, Any]:
    answers = gather(SHOP, Said(text, today=TODAY), asked)
    return {n: r.value if isinstance(r, Taken) else r.known for n, r in answers.found.items()}


def _month(yuan: int) -> dict[str, object]:
    return {"low": yuan * 100, "high": yuan * 100, "per": "month"}


def test_words_beside_an_answer_tell_its_field() -> None:
    assert _found("明年三月开业，租了间门市一个月三千") == {
        "opened_on": "2027-03",
        "rent": _month(3000),
    }
    assert _found("工资五千，房租三千") == {"rent": _month(3000), "wage": _month(5000)}
    assert _found("房租三千工资五千") == {"rent": _month(3000), "wage": _month(5000)}
    assert _found("去年租的，今年三月开业", "opened_on") == {
        "opened_on": "2026-03",
        "rented_on": "2025",
    }


def test_what_two_fields_could_take_is_nobodys() -> None:
    assert "rent" not in _found("一个月三千", "place")
    assert "wage" not in _found("一个月三千", "place")
    assert _found("一个月三千", "wage") == {"wage": _month(3000)}


def test_a_loose_answer_counts_beside_another_only() -> None:
    assert _found("我们这儿有两个人，你说咋整", "place") == {}
    assert _found("我叫王芳，雇了俩人，沈阳铁西") == {
        "name": "王芳",
        "staff": 2,
        "place": {"city": "沈阳市", "district": "铁西区"},
    }


def test_words_of_another_field_are_not_read_as_the_answer() -> None:
    said = Said("房租三千", today=TODAY)
    answers = gather(SHOP, said, "wage")
    assert set(answers.found) == {"rent"}
    assert isinstance(read_asked(SHOP.field("wage"), said, None, answers), Refused)


def test_a_gig_registration_in_one_breath() -> None:
    gig = load_catalogue().service("gig_registration")
    said = Said("我叫王芳，13800000000，沈阳铁西，干保洁的，白天有空")
    assert set(gather(gig, said, None).found) == {field.name for field in gig.fields}


@pytest.mark.parametrize("service", list(load_catalogue()), ids=lambda one: one.code)
def test_an_example_answers_its_own_question(service: Service) -> None:
    for field in service.fields:
        answers = gather(service, Said(field.example), field.name)
        others = set(answers.found) - {field.name}
        reading = read_asked(field, Said(field.example), None, answers)
        assert isinstance(reading, Taken), field.name
        assert not others, field.name


@given(
    st.text(alphabet="工资房租开业三千两百一天个月年前明去人俩，。沈阳铁西我叫王芳", max_size=40)
)
def test_no_words_answer_twice(text: str) -> None:
    for asked in (None, "wage", "opened_on"):
        answers = gather(SHOP, Said(text, today=TODAY), asked)
        spans = [span for many in answers.spans.values() for span in many]
        for i, (a, b) in enumerate(spans):
            assert not any(a < d and c < b for c, d in spans[i + 1 :])


@pytest.mark.parametrize(
    ("said", "name", "others"),
    [
        ("老王饭店", "老王饭店", set()),
        ("沈阳铁西老王饭店", "沈阳铁西老王饭店", set()),
        ("老王饭店 13800138001 沈阳铁西", "老王饭店", {"mobile", "place"}),
        ("沈阳铁西，老王饭店", "老王饭店", {"place"}),
        ("老王饭店，招两个保洁，一天200", "老王饭店", {"work_kinds", "how_many", "pay"}),
    ],
)
def test_a_name_stands_apart_from_the_answers_beside_it(
    said: str, name: str, others: set[str]
) -> None:
    service = load_catalogue().service("gig_posting")
    heard = Said(said)
    answers = gather(service, heard, "employer")
    assert set(answers.found) == others
    reading = read_asked(service.field("employer"), heard, None, answers)
    assert isinstance(reading, Taken)
    assert reading.value == name
