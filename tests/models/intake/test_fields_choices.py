"""Answers from a list, yes and no, and what a service file may set for a field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue.service import ServiceField
from models.intake.fields import field_type, problems
from models.intake.fields.base import Reading, Refused, Said, Taken

LOANS: dict[str, object] = {
    "choices": [
        "高校毕业生",
        {"title": "登记失业人员", "value": "jobless", "words": ["下岗", "没工作"]},
        {"title": "退役军人", "words": ["当过兵", "退伍"]},
    ]
}


def _read(kind: str, text: str, **options: object) -> Reading:
    return field_type(kind, options).read(Said(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "高校毕业生"), ("第二个", "jobless"), ("二。", "jobless"), ("B", "jobless"),
        ("最后一个", "退役军人"), ("我当过兵", "退役军人"), ("下岗了。", "jobless"),
        ("失业的", "jobless"), ("毕业生", "高校毕业生"), ("選3", "退役军人"),
    ],
)  # fmt: skip
def test_one_is_named(text: str, value: str) -> None:
    reading = _read("choice", text, **LOANS)
    assert isinstance(reading, Taken)
    assert reading.value == value


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("4", "number"), ("下岗，当过兵", "several"), ("不是退役军人", "unclear"),
        ("算了", "unclear"), ("", "unclear"), ("人", "unclear"),
    ],
)  # fmt: skip
def test_none_or_two_are_named(text: str, error: str) -> None:
    reading = _read("choice", text, **LOANS)
    assert isinstance(reading, Refused)
    assert reading.error == error


def test_other_words_are_kept_where_they_may_be() -> None:
    reading = _read("choice", "返乡的", **LOANS, other=True)
    assert reading == Taken("其他:返乡的", sure=False)
    assert field_type("choice", LOANS).show("其他:返乡的") == "返乡的"
    assert isinstance(_read("choice", "没有", **LOANS, other=True), Refused)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1、3", ["高校毕业生", "退役军人"]),
        ("第三个和第一个。", ["高校毕业生", "退役军人"]),
        ("当过兵，现在下岗", ["jobless", "退役军人"]),
        ("都是", ["高校毕业生", "jobless", "退役军人"]),
        ("都不是", []),
        ("没有", []),
    ],
)
def test_several_are_named(text: str, values: list[str]) -> None:
    assert _read("many_choices", text, **LOANS, min=0) == Taken(values)


def test_how_many_may_be_named() -> None:
    few = _read("many_choices", "都没有", **LOANS)
    many = _read("many_choices", "1、2、3", **LOANS, max=2)
    assert isinstance(few, Refused)
    assert isinstance(many, Refused)
    assert (few.error, many.error) == ("few", "many")


@given(st.sets(st.integers(1, 3), min_size=1))
def test_what_is_shown_is_read_back(numbers: set[int]) -> None:
    kind = field_type("many_choices", LOANS)
    reading = kind.read(Said("、".join(map(str, sorted(numbers)))))
    assert isinstance(reading, Taken)
    assert kind.read(Said(kind.show(reading.value))) == reading


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("有的", True), ("登记过", True), ("办了", True), ("是的。", True),
        ("没登记过", False), ("还没办", False), ("不是的", False), ("从来没领过", False),
    ],
)  # fmt: skip
def test_facts(text: str, value: bool) -> None:
    reading = _read("yes_no", text)
    assert isinstance(reading, Taken)
    assert reading.value is value


def test_not_to_know_is_no_no() -> None:
    assert isinstance(_read("yes_no", "不清楚"), Refused)
    assert _read("yes_no", "不清楚", unsure=True) == Taken(None)
    assert field_type("yes_no", {"unsure": True}).show(None) == "不清楚"
    for text in ("补贴多少钱", "算了", "转人工", "晚上"):
        assert isinstance(_read("yes_no", text), Refused), text


def _field(**about: object) -> ServiceField:
    return ServiceField.model_validate(
        {"name": "one", "label": "一项", "prompt": "？", "help": "说吧。", **about}
    )


@pytest.mark.parametrize(
    ("about", "place"),
    [
        ({"type": "nothing", "example": "1"}, ("type",)),
        ({"type": "count", "example": "3", "options": {"most": 3}}, ("options", "most")),
        ({"type": "count", "example": "3", "options": {"min": 5, "max": 3}}, ("options",)),
        ({"type": "choice", "example": "1"}, ("options",)),
        ({"type": "choice", "example": "1", "options": {"choices": ["一", "一"]}}, ("options",)),
        ({"type": "date", "example": "去年", "options": {"precision": "day"}}, ("example",)),
        ({"type": "id_number", "example": "1"}, ("private",)),
        ({"type": "count", "example": "3", "private": True}, ("private",)),
        ({"type": "count", "example": "3", "errors": {"odd": "？"}}, ("errors", "odd")),
    ],
)
def test_a_wrong_field_is_told(about: dict[str, object], place: tuple[str, ...]) -> None:
    assert place in [where for where, _ in problems(_field(**about))]


def test_a_right_field_has_no_problems() -> None:
    assert list(problems(_field(type="text", example="老板不给钱", private=True))) == []
    assert list(problems(_field(type="choice", example="下岗", options=LOANS))) == []


def test_none_of_the_list_is_told_in_the_words_of_the_question() -> None:
    options = {"choices": ["农民工", "退役军人"], "min": 0, "none": "都不是"}
    assert field_type("many_choices", options).show([]) == "都不是"
    assert _read("many_choices", "都不是", **options) == Taken([])
    plain = {"choices": ["农民工", "退役军人"], "min": 0}
    assert field_type("many_choices", plain).show([]) == "都没有"
