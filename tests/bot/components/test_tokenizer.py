"""Tokens: words of the trade in one piece, nothing lost."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.normalisation import normalise
from bot.components.tokenizer import ChineseTokenizer

_CONFIG = {**ChineseTokenizer.get_default_config(), "dictionary_path": "nlu_data/lookups"}


@pytest.fixture
def tokenizer(
    model_storage: LocalModelStorage, execution_context: ExecutionContext
) -> ChineseTokenizer:
    return ChineseTokenizer.create(_CONFIG, model_storage, Resource("words"), execution_context)


def words(tokenizer: ChineseTokenizer, text: str) -> list[str]:
    return [token.text for token in tokenizer.tokenize(Message.build(text), TEXT)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("打零工去哪里登记", "打零工"),
        ("一次性創業補貼多少錢", "一次性创业补贴"),
        ("创业担保贷款咋整", "创业担保贷款"),
        ("我叫〔姓名#1〕,打我电话", "〔姓名〕"),
        ("〔手机号#12〕", "〔手机号〕"),
    ],
)
def test_keeps_words_whole(tokenizer: ChineseTokenizer, text: str, word: str) -> None:
    assert word in words(tokenizer, text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=40))
def test_tokens_cover_all_but_spaces(tokenizer: ChineseTokenizer, text: str) -> None:
    tokens = tokenizer.tokenize(Message.build(text), TEXT)
    normalised = normalise(text)
    assert "".join(token.text for token in tokens) == "".join(normalised.split())
    for token in tokens:
        assert normalised[token.start : token.end] == token.text


def test_dictionary_travels_with_the_model(
    tokenizer: ChineseTokenizer,
    model_storage: LocalModelStorage,
    execution_context: ExecutionContext,
) -> None:
    resource = tokenizer.train(TrainingData([]))
    with model_storage.read_from(resource) as folder:
        assert (Path(folder) / "words.txt").is_file()
    loaded = ChineseTokenizer.load(_CONFIG, model_storage, resource, execution_context)
    assert "零工市场" in words(loaded, "零工市场在哪")
