import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.knowledge.normalisation import normalise
from models.settings import ROOT

WRITTEN = [
    ("馬蘭花創業培訓", "马兰花创业培训"),
    ("ＳＹＢ　培训", "syb培训"),
    ("打 零 工 去哪\u200b登记??", "打零工去哪登记?"),
    ("我的号〔手机号#12〕", "我的号〔手机号〕"),
    ("答覆政策覆盖", "答复政策覆盖"),
    ("👍", "好"),
    ("1000元", "1000元"),
    ("/:rose123", "谢谢123"),
    ("/:8-) 你好", "你好"),
    ("在吗/::)你好", "在吗你好"),
    ("/:OK", "好"),
    ("/::800", "/:800"),
]


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_many_ways_of_writing_become_one(text: str, expected: str):
    assert normalise(text) == expected


@given(st.text(max_size=80))
def test_normalising_again_changes_nothing(text: str):
    assert normalise(normalise(text)) == normalise(text)


# Rasa's step runs in an environment of its own, so its rules are read from its source, without
# the parts that need Rasa.
def _rules_of_the_assistant() -> dict[str, object]:
    tree = ast.parse((ROOT / "bot/components/normalisation.py").read_text(encoding="utf-8"))
    tree.body = [
        node
        for node in tree.body
        if not isinstance(node, ast.ClassDef)
        and not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rasa"))
    ]
    names: dict[str, object] = {"__file__": str(ROOT / "bot/components/normalisation.py")}
    exec(compile(tree, "normalisation", "exec"), names)
    return names


SIGNS = [
    line.partition("\t")[0]
    for line in (ROOT / "nlu_data/signs.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("# ")
]
THEIRS = _rules_of_the_assistant()["normalise"]


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from([*SIGNS, "/:", "/::", "[", "]", "13800001111", "8", "你好", " ", "ok"]),
            max_size=8,
        ).map("".join),
        st.text("/:8-)(@!*&,<>$|?~'+x0 好", max_size=20),
        st.text("馬蘭花創業培訓后後乾干著着么麼 \t!!??[OK]👍0123ＡＢ〔手机号#7〕反覆", max_size=40),
    )
)
def test_both_processes_share_one_form(text: str):
    assert normalise(text) == THEIRS(text)
    assert normalise(normalise(text)) == normalise(text)


@given(st.sampled_from(SIGNS), st.integers(10, 10**11).map(str))
def test_a_sign_takes_no_digit_of_a_number(sign: str, number: str):
    assert normalise(sign + number).endswith(number)
