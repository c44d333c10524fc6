"""What staff read first of a case."""

from models import handoff
from models.brief import Exchange, brief_of
from models.catalogue.loader import load_catalogue
from models.conversation import conversation_of
from models.database import Database
from models.handoff import HandoffReason
from models.message import Author, record_said
from models.reply import Reply
from tests.models.staffing import writes

LONG = "这份文件没有写具体期限。\n" + "很长的话" * 30


def test_each_word_of_the_person_stands_with_the_answer_it_got(database: Database) -> None:
    with database.unit_of_work() as work:
        conversation = conversation_of(work, "web", "", "person")
        for number in range(4):
            writes(work, conversation, f"问题{number}")
            record_said(work, conversation, Reply(f"回答{number}"), Author.BOT)
        writes(work, conversation, "能贷多久")
        record_said(work, conversation, Reply(LONG), Author.BOT)
        asked = writes(work, conversation, "找人工")
        case = handoff.request(work, conversation, HandoffReason.ASKED, message_id=asked.id)
        told = brief_of(work, load_catalogue(), case)
    assert [one.asked for one in told.talk] == ["问题1", "问题2", "问题3", "能贷多久", "找人工"]
    assert told.talk[0] == Exchange("问题1", "回答1")
    assert told.talk[3].answered.startswith("这份文件没有写具体期限。 很长的话")
    assert len(told.talk[3].answered) == 80
    assert told.talk[4].answered == ""
    assert told.reason is HandoffReason.ASKED
    assert told.form is None and told.requests == []
