"""WeChat's 2,048 bytes."""

from hypothesis import given
from hypothesis import strategies as st

from models.reply import Choice, Reply
from webhook.wechat.channel import LIMIT, WeChatChannel, split
from webhook.wording import MORE_IS_WAITING

anything = st.text(alphabet=st.sampled_from("政策零工登记。！\nabc 😀？；"), max_size=3000)


@given(anything)
def test_every_piece_fits_and_nothing_is_lost(text: str) -> None:
    pieces = split(text)
    assert all(len(piece.encode()) <= LIMIT for piece in pieces)
    shown = "".join(piece.removesuffix(f"\n{MORE_IS_WAITING}") for piece in pieces)
    assert shown.replace("\n", "") == text.replace("\n", "")


def test_pieces_end_with_a_sentence() -> None:
    pieces = split("今天天气不错。" * 200)
    assert all(piece.removesuffix(f"\n{MORE_IS_WAITING}").endswith("。") for piece in pieces)


def test_a_web_address_is_not_cut() -> None:
    address = "https://example.org/" + "a" * 300
    pieces = split("长" * 640 + address + "尾" * 300)
    assert any(address in piece for piece in pieces)


def test_a_choice_with_a_page_links_to_it() -> None:
    whole = Choice("看整条", "/a", path="/m/clause/7")
    reply = Reply("……", (whole, Choice("找人工", "/human")))
    (piece,) = WeChatChannel("https://example.org").pieces(reply)
    assert "1. 看整条 https://example.org/m/clause/7\n2. 找人工" in piece.text
    assert piece.content is not None
    menu = piece.content["msgmenu"]
    assert menu["tail_content"] == "看整条 https://example.org/m/clause/7"
    assert [entry["content"] for entry in menu["list"]] == ["看整条", "找人工"]


def test_a_choice_with_a_picture_is_followed_by_a_card() -> None:
    whole = Choice("看整条", "/a", path="/m/clause/7", picture="/m/pictures/ab")
    reply = Reply(f"「{'推动' * 20}」\n出处：……", (whole, Choice("找人工", "/human")))
    words, card = WeChatChannel("https://example.org").pieces(reply)
    assert words.text.startswith("「推动") and words.content is not None
    assert card.content == {
        "msgtype": "news",
        "news": {
            "articles": [
                {
                    "title": f"「{'推动' * 17}…",
                    "description": "看整条",
                    "url": "https://example.org/m/clause/7",
                    "picurl": "https://example.org/m/pictures/ab",
                }
            ]
        },
    }
    assert card.text == "看整条 https://example.org/m/clause/7"
    assert Choice.from_json(whole.as_json()) == whole
    elsewhere = Choice("看整条", "/a", path="/m/clause/7", picture="https://gov.cn/a.png")
    (_, card) = WeChatChannel("https://example.org").pieces(Reply("好", (elsewhere,)))
    assert card.content is not None
    assert card.content["news"]["articles"][0]["picurl"] == "https://gov.cn/a.png"


def test_choices_become_numbers() -> None:
    (piece,) = WeChatChannel().pieces(Reply("要吗？", (Choice("要", "/a"), Choice("不要", "/b"))))
    assert piece.text == "要吗？\n\n回复数字选择：\n1. 要\n2. 不要"
