import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.knowledge.figures import FigureError, check_figures, figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("最高500万元", ["500万"]),
        ("到2024年底", ["2024"]),
        ("利率3.5%", ["3.5%"]),
        ("最多三万元", ["三万"]),
        ("百分之二十", ["百分之二十"]),
        ("两年内还清", ["两"]),
        ("一次性创业补贴", []),
        ("这一条各地不一样，请问当地。", []),
        ("１２３３３", ["１２３３３"]),
    ],
)
def test_figures_are_seen(text: str, expected: list[str]):
    assert figures(text) == expected


def test_a_figure_of_the_source_may_be_said():
    check_figures("期限不超过1年。", "可申请展期还款，期限原则上不超过1年。")


@pytest.mark.parametrize("own", ["给5000元。", "3天内办好。", "最多三万元。", "10年。", "5.5%"])
def test_an_invented_figure_is_refused(own: str):
    with pytest.raises(FigureError):
        check_figures(own, "期限原则上不超过1年，最高500万元。")


@given(st.integers(1, 10**9), st.text("零工补贴，。", max_size=20), st.text(max_size=40))
def test_any_number_that_no_source_holds_is_refused(number: int, around: str, source: str):
    own = f"{around}{number}元{around}"
    if str(number) in figures(source):
        check_figures(own, source)
    else:
        with pytest.raises(FigureError):
            check_figures(own, source)
