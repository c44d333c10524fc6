"""Normalisation: one form for one thing, whatever people type."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC
from rasa.shared.nlu.training_data.message import Message

from bot.components.normalisation import NORMALISED_TEXT, TextNormaliser, normalise

han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=20)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("我想登記零工", "我想登记零工"),
        ("創業補貼多少錢？", "创业补贴多少钱?"),
        ("ＯＫ", "ok"),
        ("１３８", "138"),
        ("我 想 登 记", "我想登记"),
        ("hello   world", "hello world"),
        ("登\u200b记\ufeff零工", "登记零工"),
        ("补贴！！！！！", "补贴!"),
        ("好好好好", "好"),
        ("哈哈", "哈哈"),
        ("一天1000块", "一天1000块"),
        ("13800000000", "13800000000"),
        ("👍", "好"),
        ("谢谢😀😀", "谢谢"),
        ("[抱拳]", "谢谢"),
        ("在吗[微笑]", "在吗"),
        ("/:8-)", ""),
        ("/:8-) 你好", "你好"),
        ("/:rose123", "谢谢123"),
        ("/:strong", "好"),
        ("我叫〔姓名#1〕，〔手机号#12〕", "我叫〔姓名〕,〔手机号〕"),
        ("  ", ""),
        ("", ""),
    ],
)
def test_levels_ways_of_writing(written: str, meant: str) -> None:
    assert normalise(written) == meant


@given(st.text(max_size=60))
def test_never_raises_and_settles(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == once.strip()


@given(han)
def test_settles_on_chinese(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


# No character twice, so that a mark between two equal ones is no question.
plain = st.lists(
    st.sampled_from("我想登记零工补贴怎么领取创业贷款"), min_size=1, max_size=12, unique=True
).map("".join)
noise = st.sampled_from(
    ["\u200b", "\ufeff", "\u200d", "\u2060", "\x1d", "😀", "🤝", "\ufe0f", " ", "　"]
)


@given(plain, st.lists(noise, max_size=5), st.randoms(use_true_random=False))
def test_decoration_and_invisible_marks_change_nothing(
    text: str, marks: list[str], random: Random
) -> None:
    noisy = list(text)
    for mark in marks:
        noisy.insert(random.randint(0, len(noisy)), mark)
    assert normalise("".join(noisy)) == normalise(text)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20))
def test_full_width_is_half_width(text: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in text)
    assert normalise(wide) == normalise(text)


@given(plain)
def test_traditional_is_simplified(text: str) -> None:
    assert normalise(OpenCC("s2t").convert(text)) == normalise(text)


@given(st.sampled_from("我想登记零工好哈"), st.integers(3, 40))
def test_a_character_held_down_is_said_once(char: str, times: int) -> None:
    assert normalise(char * times) == char


@given(st.text(st.sampled_from("0123456789"), max_size=30))
def test_digits_stay_as_they_are(digits: str) -> None:
    assert normalise(digits) == digits


@given(st.sampled_from(["手机号", "身份证号", "银行卡号", "姓名", "地址"]), st.integers(0, 10**6))
def test_private_tokens_keep_their_kind_only(kind: str, number: int) -> None:
    assert normalise(f"给你〔{kind}#{number}〕") == f"给你〔{kind}〕"


def test_the_original_text_stays_in_the_message() -> None:
    message = Message.build("我想登記零工！！")
    TextNormaliser().process([message])
    assert message.get("text") == "我想登記零工！！"
    assert message.get(NORMALISED_TEXT) == "我想登记零工!"
    assert NORMALISED_TEXT in message.as_dict(only_output_properties=True)


@pytest.mark.parametrize("payload", ["/go_back", '/ask_policy{"clause": "12"}'])
def test_a_button_payload_has_no_words(payload: str) -> None:
    message = Message.build(payload)
    TextNormaliser().process([message])
    assert message.get(NORMALISED_TEXT) == ""
