"""Numbers, sums, counts and dates, as people write and say them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.intake.fields import field_type
from models.intake.fields.base import Partly, Reading, Refused, Said, Taken
from models.intake.fields.dates import bounds
from models.intake.fields.numerals import number_of, quantities

TODAY = date(2026, 11, 24)  # a Tuesday
_HAN = "零一二三四五六七八九"
WILD = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="一二三十百千万零半两俩0123456789.,kw到-多来个人块元钱天月年", max_size=30),
    st.text(alphabet="今明去前后上下个周星期年月日号底初一二三十0123456789-/.点半午", max_size=30),
)


def _read(kind: str, text: str, known: object = None, **options: object) -> Reading:
    return field_type(kind, options).read(Said(text, today=TODAY), known)


def _value(kind: str, text: str, known: object = None, **options: object) -> object:
    reading = _read(kind, text, known, **options)
    assert isinstance(reading, Taken), (text, reading)
    return reading.value


def _error(kind: str, text: str, **options: object) -> str:
    reading = _read(kind, text, **options)
    assert isinstance(reading, Refused), (text, reading)
    return reading.error


def _in_words(number: int) -> str:
    """Return a number below ten thousand as it is read aloud."""
    words, skipped = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            words += ("零" if skipped and words else "") + _HAN[digit] + name
            skipped = False
        else:
            skipped = True
    return words


@given(st.integers(1, 9999), st.integers(0, 9999))
def test_a_number_is_read_as_it_is_said(thousands: int, rest: int) -> None:
    assert number_of(_in_words(thousands)) == thousands
    if rest >= 1000:
        number = thousands * 10_000 + rest
        assert number_of(f"{_in_words(thousands)}万{_in_words(rest)}") == number
    assert number_of(str(thousands)) == thousands
    assert number_of(f"{thousands}万") == thousands * 10_000


@given(WILD)
def test_numbers_stand_inside_the_text_and_apart(text: str) -> None:
    folded = Said(text).text
    end = 0
    for one in quantities(folded):
        assert end <= one.start < one.end <= len(folded)
        assert one.low <= one.high
        end = one.end


_PAY: dict[str, object] = {"per": ["hour", "day", "month", "piece"], "range": True}


@pytest.mark.parametrize(
    ("text", "low", "high", "per"),
    [
        ("一天200", 200, 200, "day"),
        ("200一天。", 200, 200, "day"),
        ("两百块钱一天", 200, 200, "day"),
        ("二百一天", 200, 200, "day"),
        ("200元/天", 200, 200, "day"),
        ("日薪二百", 200, 200, "day"),
        ("一天给一百五到二百", 150, 200, "day"),
        ("20块一小时", 20, 20, "hour"),
        ("时薪20", 20, 20, "hour"),
        ("一个月三千", 3000, 3000, "month"),
        ("月薪5k", 5000, 5000, "month"),
        ("三千到五千一个月", 3000, 5000, "month"),
        ("3000-5000元每月", 3000, 5000, "month"),
        ("一万二一个月", 12000, 12000, "month"),
        ("一单五块", 5, 5, "piece"),
    ],
)
def test_pay(text: str, low: int, high: int, per: str) -> None:
    assert _value("money", text, **_PAY) == {"low": low * 100, "high": high * 100, "per": per}


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("20万", 20_000_000),
        ("二十万块。", 20_000_000),
        ("1.5万", 1_500_000),
        ("一万二", 1_200_000),
        ("三块五", 350),
        ("¥99.5", 9950),
        ("五千多", 500_000),
        ("我想贷十万", 10_000_000),
    ],
)
def test_plain_sums(text: str, fen: int) -> None:
    assert _value("money", text) == {"low": fen, "high": fen, "per": None}


def test_a_sum_without_its_unit_is_asked_further() -> None:
    half = _read("money", "200", **_PAY)
    assert isinstance(half, Partly)
    assert "200元" in half.ask
    assert _value("money", "一天", half.known, **_PAY) == {
        "low": 20000,
        "high": 20000,
        "per": "day",
    }
    kind = field_type("money", _PAY)
    for choice in kind.choices(half.known):
        assert isinstance(kind.read(Said(choice.payload), half.known), Taken)
    assert _value("money", "三千", per=["month"])["per"] == "month"  # type: ignore[index]


def test_sums_that_are_none() -> None:
    assert _error("money", "不知道") == "none"
    assert _error("money", "三个人") == "none"
    assert _error("money", "三千到五千") == "range"
    assert _error("money", "工资五千，押金一千") == "several"
    assert _error("money", "五毛", min=100) in ("none", "little")
    assert _error("money", "50元", min=100) == "little"
    assert _error("money", "50万", max=300000) == "much"
    assert _error("money", "面议") == "none"
    assert _value("money", "面议", negotiable=True) == {"low": None, "high": None, "per": None}


@given(st.integers(1, 10**8), st.sampled_from([None, "day", "month"]))
def test_a_sum_that_is_shown_is_read_back(yuan: int, per: str | None) -> None:
    options: dict[str, object] = {"per": [per] if per else [], "range": True}
    value = {"low": yuan * 100, "high": yuan * 100, "per": per}
    shown = field_type("money", options).show(value)
    assert _value("money", shown, **options) == value


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("3", 3), ("三", 3), ("俩", 2), ("仨", 3), ("我们俩", 2), ("两个人。", 2), ("十来个人", 10),
        ("5名员工", 5), ("没有", 0), ("就我自己", 0), ("招3个人，一天200", 3), ("二十一", 21),
    ],
)  # fmt: skip
def test_counts(text: str, count: int) -> None:
    assert _value("count", text) == count


def test_rough_counts() -> None:
    assert _value("count", "三五个", range=True) == {"low": 3, "high": 5}
    assert _value("count", "五到十个人", range=True) == {"low": 5, "high": 10}
    assert _error("count", "三五个") == "vague"
    assert _error("count", "好几个") == "vague"
    assert _error("count", "3.5") == "whole"
    assert _error("count", "算了") == "none"
    assert _error("count", "0", min=1) == "few"
    assert _error("count", "一百个", max=50) == "many"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023年6月", "2023-06"),
        ("二〇二三年六月", "2023-06"),
        ("二零二三年六月十五号。", "2023-06-15"),
        ("23年6月", "2023-06"),
        ("2023.6.15", "2023-06-15"),
        ("20230615", "2023-06-15"),
        ("明年三月", "2027-03"),
        ("去年年底", "2025-12"),
        ("前年五月份", "2024-05"),
        ("下周三", "2026-12-02"),
        ("周五", "2026-11-27"),
        ("月底前", "2026-11-30"),
        ("下个月底", "2026-12-31"),
        ("上个月15号", "2026-10-15"),
        ("大后天", "2026-11-27"),
        ("半年前", "2026-05"),
        ("三个月前", "2026-08"),
        ("国庆", "2026-10-01"),
    ],
)
def test_dates(text: str, value: str) -> None:
    assert _value("date", text) == value


def test_a_month_leans_where_the_question_does() -> None:
    assert _value("date", "三月", not_before="today") == "2027-03"
    assert _value("date", "十二月", not_after="today") == "2025-12"
    assert _error("date", "明年三月", not_after="today") == "late"
    assert _error("date", "去年三月", not_before="today") == "early"


def test_a_date_is_as_precise_as_wanted() -> None:
    assert _value("date", "去年", precision="year") == "2025"
    assert _value("date", "开了三年了", precision="year") == "2023"
    year = _read("date", "2023年")
    assert isinstance(year, Partly)
    assert _value("date", "六月", year.known) == "2023-06"
    assert _value("date", "6", year.known) == "2023-06"
    month = _read("date", "2023年6月", precision="day")
    assert isinstance(month, Partly)
    assert _value("date", "15号", month.known, precision="day") == "2023-06-15"


def test_what_is_no_date() -> None:
    assert _error("date", "不知道") == "none"
    assert _error("date", "2023年13月") == "none"
    assert _error("date", "2023年2月30日") == "none"
    assert _error("date", "腊月二十") == "lunar"
    assert _error("date", "去年到今年") == "several"


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)), st.sampled_from([4, 7, 10]))
def test_a_date_that_is_shown_is_read_back(day: date, length: int) -> None:
    value = day.isoformat()[:length]
    options = {"precision": "year"}
    assert _value("date", field_type("date", options).show(value), **options) == value
    first, last = bounds(value)
    assert first <= day <= last


def test_appointments() -> None:
    assert _value("appointment", "下周三上午") == {"date": "2026-12-02", "time": "上午"}
    assert _value("appointment", "明天下午两点半") == {"date": "2026-11-25", "time": "14:30"}
    assert _value("appointment", "后天10:30。") == {"date": "2026-11-26", "time": "10:30"}
    assert _error("appointment", "昨天上午") == "past"
    day = _read("appointment", "明天")
    assert isinstance(day, Partly)
    assert _value("appointment", "上午", day.known) == {"date": "2026-11-25", "time": "上午"}
    time = _read("appointment", "下午三点")
    assert isinstance(time, Partly)
    assert _value("appointment", "周五", time.known) == {"date": "2026-11-27", "time": "15:00"}


@given(WILD)
def test_wild_words_break_none_of_them(text: str) -> None:
    said = Said(text, today=TODAY)
    for code in ("money", "count", "date", "appointment"):
        kind = field_type(code, {})
        reading = kind.read(said)
        if isinstance(reading, Taken):
            assert kind.show(reading.value)
        if isinstance(reading, Partly):
            assert kind.half_question(reading.known)
            assert all(kind.half_note(reading.known))
        for found in kind.find(said):
            assert all(0 <= start < end <= len(said.text) for start, end in found.spans)
