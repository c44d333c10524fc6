"""What asks and what answers, whatever the classifier thinks."""

import pytest

from models.intake.wording import is_question


@pytest.mark.parametrize(
    "said",
    [
        "大学生也能办不",
        "要钱不",
        "大学生也能办不，我刚毕业",
        "给办不？",
        "有补贴没",
        "有没啥补贴",
        "大学生呢",
        "没办呢吗",
        "展期最长多久",
        "家里老人有病，不知道有补贴没，我没工作",
        "开始报名没",
        "今天上班不呀",
    ],
)
def test_a_closing_no_asks(said: str) -> None:
    assert is_question(said)


@pytest.mark.parametrize(
    "said",
    [
        "不",
        "没",
        "还没",
        "也不",
        "暂时不",
        "我不",
        "不不不",
        "从来没",
        "不，我是说沈阳",
        "还没，下周去",
        "沈阳铁西行不",
        "周末可以不",
        "哪都行",
        "老板三个月没给工钱",
        "照还没办呢",
        "还没开业呢",
        "正找着呢",
        "刚开了个早餐店，没啥生意",
    ],
)
def test_a_no_is_an_answer(said: str) -> None:
    assert not is_question(said)
