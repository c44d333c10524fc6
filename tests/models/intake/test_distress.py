"""People in danger or in need are heard by rule, and nobody else is."""

import pytest

from models.intake.distress import distress_in, distress_reply, is_unpaid


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("不想活了", "life"),
        ("我真想死", "life"),
        ("想跳楼", "life"),
        ("喝药算了", "life"),
        ("活着没意思", "life"),
        ("我撑不下去了", "life"),
        ("想结束自己的生命", "life"),
        ("轻生", "life"),
        ("我去死得了", "life"),
        ("老公打我", "violence"),
        ("被家暴了怎么办", "violence"),
        ("没钱吃饭了", "need"),
        ("孩子病了没钱治病", "need"),
    ],
)
def test_distress_is_heard(text: str, kind: str) -> None:
    assert kind in distress_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "想死你了", "累死了", "笑死我了", "饿死了", "打死我也不干", "跳楼价",
        "我的店撑不下去了有补贴吗",
        "打我电话", "我天天喝药", "不想活动", "这活没意思", "我不想干活了", "王芳",
        "打零工去哪里登记",
        "你去死吧", "去死", "打我手机13800000000",
    ],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    assert distress_in(text) == ()


def test_who_helps_is_named() -> None:
    said = distress_reply("老板不给工资，我不想活了", form_is_open=False).text
    for number in ("110", "120", "12356", "12333", "12348"):
        assert number in said
    assert "接着办" not in said
    assert "12338" in distress_reply("他家暴", form_is_open=False).text
    need = distress_reply("没钱看病", form_is_open=True).text
    assert "12345" in need
    assert "民政" in need
    assert "接着办" in need


@pytest.mark.parametrize(
    "text",
    [
        "老板不给我工钱三个月了",
        "我的工资没发",
        "欠我三个月工资了",
        "去年的工钱到现在也没给",
        "工钱要不回来",
        "工地欠薪",
        "克扣工资",
    ],
)
def test_unpaid_wages_are_heard(text: str) -> None:
    assert is_unpaid(text)


@pytest.mark.parametrize(
    "text", ["工资一般多少钱", "没发工资条", "想找个工资日结的活", "贷款还没发", "我欠银行钱"]
)
def test_other_words_of_money_are_not_unpaid_wages(text: str) -> None:
    assert not is_unpaid(text)
