"""Tokens stand for private values, for their owner only."""

from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from models.contact import meet_contact
from models.database import Database
from models.private_value import TOKEN, Span, keep_value, open_all, open_token, swap


def test_a_value_is_kept_once_and_opened_by_its_owner_alone(database: Database) -> None:
    text = "我叫王芳，电话13800138000"
    spans = [Span(2, 4, "姓名", "王芳"), Span(7, 18, "手机号", "13800138000")]
    with database.unit_of_work() as session:
        owner = meet_contact(session, "web", "", "owner").id
        other = meet_contact(session, "web", "", "other").id
        swapped = swap(session, owner, text, spans)
        assert swap(session, owner, text, spans) == swapped
        name, mobile = (match[0] for match in TOKEN.finditer(swapped))
        assert swapped == f"我叫{name}，电话{mobile}"
        assert open_token(session, owner, mobile) == "13800138000"
        assert open_token(session, other, mobile) is None
        assert open_token(session, owner, "〔手机号#999〕") is None
        assert open_token(session, owner, "13800138000") is None


def test_only_its_owner_reads_a_text_with_the_values_in_it(database: Database) -> None:
    with database.unit_of_work() as session:
        owner = meet_contact(session, "web", "", "owner").id
        other = meet_contact(session, "web", "", "other").id
        token = keep_value(session, owner, "姓名", "王芳")
        assert keep_value(session, owner, "姓名", "王芳") == token
        assert open_all(session, owner, f"姓名：{token}，对吗？") == "姓名：王芳，对吗？"
        assert open_all(session, other, f"姓名：{token}") == "姓名：（姓名）"


@examples(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.text(alphabet="王芳138，。 a〔〕#", max_size=8), max_size=6))
def test_swapping_and_opening_gives_the_text_back(
    sqlite_database: Database, words: list[str]
) -> None:
    text, spans = "", []
    for number, word in enumerate(words):
        if number % 2 and word:
            spans.append(Span(len(text), len(text) + len(word), "姓名", word))
        text += word
    with sqlite_database.unit_of_work() as session:
        owner = meet_contact(session, "web", "", "owner").id
        swapped = swap(session, owner, text, spans)
        opened = TOKEN.sub(lambda m: open_token(session, owner, m[0]) or m[0], swapped)
    assert opened == text
