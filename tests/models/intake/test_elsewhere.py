"""Near neighbours are told whose matter theirs is, with the hotline that answers there."""

import pytest

from models.intake.elsewhere import who_handles


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("公积金怎么提取", "12329"),
        ("住房公積金咋取", "12329"),
        ("医保报销比例是多少", "12393"),
        ("退休金什么时候涨", "12333"),
        ("养老金怎么算", "12333"),
        ("失业金领多少", "12333"),
        ("社保卡丢了", "12333"),
        ("婚姻登记去哪", "12345"),
        ("户口 迁移", "12345"),
        ("孩子上学怎么报名", "12345"),
        ("驾照到期了", "12123"),
    ],
)
def test_a_near_neighbour_is_sent_to_its_counter(text: str, call: str) -> None:
    handled = who_handles(text)
    assert handled is not None
    assert call in handled


@pytest.mark.parametrize("text", ["今天天气怎么样", "讲个笑话", "", "/out_of_scope"])
def test_nobody_is_made_up_for_the_rest(text: str) -> None:
    assert who_handles(text) is None
