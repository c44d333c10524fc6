"""A query code is read however people write it, and nothing else is read as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.query_code import CODE, codes_in, draw_code

SHOWN = "9EV2-AQBZ"


@pytest.mark.parametrize(
    "text",
    ["9EV2-AQBZ", "9EV2 AQBZ", "9ev2aqbz", "９ＥＶ２－ＡＱＢＺ", "９ｅｖ２　ａｑｂｚ", "9ev2—aqbz",
     "9ev2 - aqbz", "查询码 9ev2aqbz 办到哪了", "查询码：9EV2AQBZ。"],
)  # fmt: skip
def test_every_way_of_writing_is_one_code(text: str) -> None:
    (found,) = codes_in(text)
    assert found.code == SHOWN
    assert text[found.start].upper() in "9９"
    assert text[found.end - 1].upper() in "ZＺ"


@pytest.mark.parametrize(
    "text",
    ["2345-6789", "23456789", "我会database", "standard", "open data", "13942345678", "abcd9",
     "91210102MA0U5XK87Y", "GD202611-00023", "vx: abcd23456", "沈阳", ""],
)  # fmt: skip
def test_numbers_and_words_are_no_codes(text: str) -> None:
    assert codes_in(text) == []


def test_letters_alone_are_a_code_where_one_is_named() -> None:
    assert [one.code for one in codes_in("查询码是abcdefgh")] == ["ABCD-EFGH"]
    assert [one.code for one in codes_in("abcd-efgh")] == ["ABCD-EFGH"]


@given(st.text(max_size=20))
def test_what_stands_around_a_drawn_code_does_not_move_it(around: str) -> None:
    code = draw_code()
    assert CODE.fullmatch(code)
    text = f"{around}，{code.replace('-', '')}，{around}"
    assert code in [one.code for one in codes_in(text)]
    assert all(0 <= one.start < one.end <= len(text) for one in codes_in(text))
