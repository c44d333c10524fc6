"""What of a clause is embedded: everything of a few, the beginnings of very many."""

from itertools import pairwise

import pytest

from models.knowledge.vectors import passages_of, reach_of

ANSWER = "".join(f"第{number}步到窗口办理，" for number in range(100))


def embedded(count: int, answer: str, question: str | None) -> tuple[int, int]:
    """Return how many characters of one entry, and of a file of `count`, are embedded."""
    reach = reach_of([(answer, question)] * count)
    each = sum(map(len, passages_of(answer, "", question, reach)))
    return each, each * count


def test_a_single_text_is_read_far_and_without_gaps():
    windows = passages_of(ANSWER, "", None, reach_of([(ANSWER, None)]))
    assert len(windows) > 1
    assert ANSWER.startswith(windows[0])
    for one, following in pairwise(windows):
        assert one[-30:] == following[:30]


@pytest.mark.parametrize("question", [None, "住房公积金怎么提取", "我" * 1_500])
def test_a_large_file_is_embedded_in_bounded_time(question: str | None):
    each, together = embedded(1_600, ANSWER, question)
    assert each >= 90
    assert together <= 400_000
    assert embedded(1_600, "短。", None) == (2, 3_200)


def test_every_question_is_embedded_by_itself_and_the_heading_stands_before_the_text():
    assert passages_of("到窗口办。", "提取", "怎么取\n取钱") == [
        "怎么取",
        "取钱",
        "提取：到窗口办。",
    ]
    assert passages_of("经研究，现答复如下：到窗口办。", "", None) == ["到窗口办。"]
