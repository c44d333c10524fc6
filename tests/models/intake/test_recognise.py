"""Private values in messages: found where they are, and nowhere else."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from models.catalogue import load_catalogue
from models.contact import meet_contact
from models.database import Database
from models.intake.fields.id_number import is_id_number
from models.intake.fields.mobile import VALID
from models.intake.form import agree, open_form, start
from models.intake.recognise import private_spans
from models.private_value import TOKEN, Span, open_token, swap

ID_CARD = "210106199001011237"
BANK_CARD = "6222020200112233449"


@pytest.fixture
def session(sqlite_database: Database) -> Iterator[Session]:
    with sqlite_database.unit_of_work() as session:
        yield session


@pytest.fixture
def contact_id(session: Session) -> int:
    return meet_contact(session, "web", "test", "somebody").id


def _found(session: Session, contact_id: int, text: str) -> list[tuple[str, str, str]]:
    spans = private_spans(session, contact_id, text)
    return [(span.kind, span.value, text[span.start : span.end]) for span in spans]


def _id_with_check(body: str) -> str:
    return next(body + last for last in "0123456789X" if is_id_number(body + last))


def test_identity_numbers_are_checked() -> None:
    number = _id_with_check("21010619900101123")
    assert is_id_number(number)
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert not is_id_number(wrong)
    assert not is_id_number("210106199013011237")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我手机13800000000", [("手机号", "13800000000", "13800000000")]),
        ("138 0000 0000", [("手机号", "13800000000", "138 0000 0000")]),
        ("138-0000-0000吧", [("手机号", "13800000000", "138-0000-0000")]),
        ("１３８００００００００", [("手机号", "13800000000", "１３８００００００００")]),
        ("+86 13800000000", [("手机号", "13800000000", "+86 13800000000")]),
        ("幺三八零零零零零零零零", [("手机号", "13800000000", "幺三八零零零零零零零零")]),
        (
            "13800000000，13900000000",
            [
                ("手机号", "13800000000", "13800000000"),
                ("手机号", "13900000000", "13900000000"),
            ],
        ),
        ("我叫王芳，想打零工", [("姓名", "王芳", "王芳")]),
        ("我叫王芳住沈阳", [("姓名", "王芳", "王芳")]),
        ("我是李雷", [("姓名", "李雷", "李雷")]),
        ("名字是古丽·买买提，", [("姓名", "古丽·买买提", "古丽·买买提")]),
        ("我是农民工", []),
        ("我是农村的想创业", []),
        ("我是高校毕业生", []),
        ("我叫不到车", []),
        ("补贴500万元，2024年底", []),
        ("打零工去哪里登记", []),
        ("王芳", []),
        ("/affirm", []),
        ("〔手机号#13800000000〕", []),
        ("", []),
    ],
)
def test_what_is_found(
    session: Session, contact_id: int, text: str, expected: list[tuple[str, str, str]]
) -> None:
    assert _found(session, contact_id, text) == expected


def test_cards_are_found(session: Session, contact_id: int) -> None:
    number = _id_with_check("21010619900101123")
    text = f"身份证{number}，卡号 6222 0202 0011 2233 449 吧"
    spaced = "6222 0202 0011 2233 449"
    found = _found(session, contact_id, text)
    assert found[0] == ("身份证号", number, number)
    if len(found) > 1:
        assert found[1] == ("银行卡号", BANK_CARD, spaced)


def test_bank_cards_pass_luhn(session: Session, contact_id: int) -> None:
    assert _found(session, contact_id, "4111 1111 1111 1111") == [
        ("银行卡号", "4111111111111111", "4111 1111 1111 1111")
    ]
    assert _found(session, contact_id, "4111 1111 1111 1112") == []


def test_a_mistyped_identity_number_is_hidden_too(session: Session, contact_id: int) -> None:
    ((kind, value, _),) = _found(session, contact_id, "210106199001011230")
    assert (kind, value) == ("身份证号", "210106199001011230")


def test_the_open_question_tells_what_an_answer_is(session: Session, contact_id: int) -> None:
    catalogue = load_catalogue()
    start(session, catalogue, contact_id, "gig_registration")
    form = open_form(session, catalogue, contact_id)
    assert form is not None
    assert _found(session, contact_id, "王芳") == []
    agree(session, form)
    assert _found(session, contact_id, " 王芳。") == [("姓名", "王芳", "王芳")]
    assert _found(session, contact_id, "王芳 电话13800000000，沈阳铁西") == [
        ("姓名", "王芳", "王芳"),
        ("手机号", "13800000000", "13800000000"),
    ]
    assert _found(session, contact_id, "算了") == []
    assert _found(session, contact_id, "补贴多少钱") == []
    form.draft.asked = "mobile"
    session.flush()
    assert _found(session, contact_id, "1380000000") == [("手机号", "1380000000", "1380000000")]
    assert _found(session, contact_id, "王芳") == []


_TEXT = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(["我叫王芳", "我是李雷", "姓名：", "，", "😀", "\u200b"]),
        st.sampled_from(["13800000000", "138 0000 0000", "１３８００００００００"]),
        st.sampled_from(["一三八零零零零零零零零", ID_CARD, BANK_CARD]),
        st.sampled_from(["〔姓名#900001〕", "〔手机号#900002〕"]),
    ),
    max_size=6,
).map("".join)


@given_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=_TEXT)
def test_spans_are_inside_in_order_and_apart(session: Session, contact_id: int, text: str) -> None:
    spans = private_spans(session, contact_id, text)
    end = 0
    tokens = [(match.start(), match.end()) for match in TOKEN.finditer(text)]
    for span in spans:
        assert isinstance(span, Span)
        assert end <= span.start < span.end <= len(text)
        assert not any(span.start < stop and start < span.end for start, stop in tokens)
        end = span.end
        if span.kind == "手机号":
            assert VALID.match(span.value)
    safe = swap(session, contact_id, text, spans)
    # Putting the values' own words back in gives the message as it came.
    pieces = iter(text[span.start : span.end] for span in spans)
    back = TOKEN.sub(lambda match: match[0] if match[0] in text else next(pieces), safe)
    assert back == text
    new = [match[0] for match in TOKEN.finditer(safe) if match[0] not in text]
    assert [open_token(session, contact_id, token) for token in new] == [s.value for s in spans]
