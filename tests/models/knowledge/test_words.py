import pytest

from models.knowledge.words import concepts, telling, words


def test_a_colloquial_name_is_one_concept_with_its_formal_words():
    found = {concept.said: concept.means for concept in concepts("送外卖的咋登记")}
    assert "依托" in found["送外卖"]
    assert "登记" in found


@pytest.mark.parametrize("other", ["失业金怎么领", "公积金贷款", "点外卖", "养老保险"])
def test_other_matters_mean_nothing_of_the_kind(other: str):
    assert all(not concept.means for concept in concepts(other))


def test_words_that_name_no_subject_are_left_out():
    assert words("请问我可以怎么办") == []


def test_inner_words_are_found():
    assert "孵化基地" in words("创业孵化基地", inner=True)


def test_rare_words_tell_more():
    assert 0 <= telling("有") < telling("补贴") < telling("反担保") <= 1
