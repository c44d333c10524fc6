"""Identity cards, bank cards, addresses and private words."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.intake.fields import field_type
from models.intake.fields.address import find_addresses
from models.intake.fields.bank_card import find_bank_cards, mask_bank_card, passes_luhn
from models.intake.fields.base import Reading, Refused, Said, Taken
from models.intake.fields.id_number import (
    birth_date,
    find_id_numbers,
    is_id_number,
    mask_id_number,
    region,
)

BODIES = st.builds(
    lambda place, born, number: f"{place}{born:%Y%m%d}{number:03}",
    st.sampled_from(["210102", "210203", "211402", "110101", "650104"]),
    st.dates(date(1930, 1, 1), date(2010, 12, 31)),
    st.integers(0, 999),
)


def _read(kind: str, text: str, **options: object) -> Reading:
    return field_type(kind, options).read(Said(text))


def _error(kind: str, text: str, **options: object) -> str:
    reading = _read(kind, text, **options)
    assert isinstance(reading, Refused), (text, reading)
    return reading.error


def _with_check(body: str) -> str:
    return next(body + last for last in "0123456789X" if is_id_number(body + last))


def _with_luhn(body: str) -> str:
    return next(body + last for last in "0123456789" if passes_luhn(body + last))


@given(BODIES, st.data())
def test_an_identity_number_is_read_however_it_is_written(body: str, data: st.DataObject) -> None:
    number = _with_check(body)
    spoken = dict(zip("0123456789X", "零幺二三四五六七八九叉", strict=True))
    written = "".join(data.draw(st.sampled_from([char, spoken[char]])) for char in number)
    gap = data.draw(st.sampled_from(["", " ", "-"]))
    text = f"身份证号是{written[:6]}{gap}{written[6:14]}{gap}{written[14:]}。"
    assert _read("id_number", text) == Taken(number)
    assert [span.value for span in find_id_numbers(text)] == [number]


@given(BODIES, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(body: str, place: int, by: int) -> None:
    number = _with_check(body)
    if number[place] == "X":
        return
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert not is_id_number(wrong)
    assert isinstance(_read("id_number", wrong), Refused)


def test_what_an_identity_number_tells() -> None:
    number = _with_check("21010219900101123")
    assert birth_date(number) == date(1990, 1, 1)
    assert region(number) == "辽宁省沈阳市"
    assert region(_with_check("11010119900101002")) == "北京市"
    assert mask_id_number(number) == f"2101**********{number[-4:]}"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "none"),
        ("没带身份证", "none"),
        ("2101021990", "count"),
        ("210102900101123", "old"),
        ("990102199001011234", "region"),
        ("210102199013011234", "birthday"),
    ],
)
def test_identity_numbers_that_are_none(text: str, error: str) -> None:
    assert _error("id_number", text) == error


@given(st.from_regex(r"[1-9][0-9]{14,17}", fullmatch=True))
def test_a_card_is_read_with_its_gaps(body: str) -> None:
    number = _with_luhn(body)
    spaced = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
    assert _read("bank_card", f"卡号{spaced}。") == Taken(number)
    assert [span.value for span in find_bank_cards(spaced)] == [number]
    assert mask_bank_card(number) == f"尾号{number[-4:]}"
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert _error("bank_card", wrong) == "check"


def test_mistyped_numbers_are_hidden_while_they_are_asked_for() -> None:
    for kind in ("id_number", "bank_card"):
        for text in ("我的是2101021990010", "2101 0219 9001 01", "二一零一零二一九九零"):
            assert field_type(kind, {}).private_spans(text), (kind, text)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("沈阳市铁西区启工街12号3单元501", "启工街12号3单元501"),
        ("我住沈阳皇姑昆山中路23号", "昆山中路23号"),
        ("沈阳市康平县胜利乡四家子村3组", "胜利乡四家子村3组"),
        ("大连市甘井子区华南广场万达公寓2号楼1203", "华南广场万达公寓2号楼1203"),
    ],
)
def test_addresses_are_hidden_behind_their_district(text: str, hidden: str) -> None:
    assert [span.value for span in find_addresses(text)] == [hidden]


@pytest.mark.parametrize("text", ["沈阳铁西", "打零工去哪里登记", "学了3门课", "一天里两个门都行"])
def test_what_is_no_address(text: str) -> None:
    assert find_addresses(text) == []


def test_an_address_is_put_together_from_its_token() -> None:
    said = Said("沈阳铁西〔地址#1〕", {"〔地址#1〕": "启工街12号"})
    kind = field_type("address", {})
    assert kind.read(said) == Taken("沈阳铁西启工街12号")
    (found,) = kind.find(said)
    assert found.reading == Taken("沈阳铁西启工街12号")
    assert kind.show("沈阳铁西启工街12号") == "沈阳铁西****"
    assert _error("address", "沈阳铁西") == "short"
    assert _error("address", "启工街12号") == "no_place"


def test_private_words() -> None:
    kind = field_type("text", {"min": 4, "max": 20})
    (span,) = kind.private_spans(" 老板不给钱。 ")
    assert (span.kind, span.value) == ("原话", "老板不给钱。")
    assert kind.private_spans("算了") == kind.private_spans("补贴多少钱？") == []
    assert kind.read(Said("〔原话#3〕", {"〔原话#3〕": "老板不给钱。"})) == Taken("老板不给钱")
    assert _error("text", "不给", min=4) == "short"
    assert _error("text", "不给钱" * 9, max=20) == "long"
    told = kind.read(Said("找〔手机号#1〕问", {"〔手机号#1〕": "13800000000"}))
    assert isinstance(told, Taken)
    assert kind.show(told.value) == "找***********问"
