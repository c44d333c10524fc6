"""Everything the plan promises (S01–S40) is reached by plain words in at most two turns.

The first turn is a question; the answer quotes the clause and names the office. Where a service
takes it further, it is offered, and the second turn starts it: with clause, office and next step.
"""

import re

import pytest

from bot.actions.topic import Desk
from models.catalogue.service import Kind
from models.intake.guide import about_line
from tests.bot.actions.dialogue import Person

PROMISES = [
    ("S01", "办营业执照怎么办", "三(一)", "business_registration"),
    ("S02", "本地有什么创业品牌和劳务品牌", "三(一)", "startup_guidance"),
    ("S03", "创业训练营怎么参加", "三(二)", "training_signup"),
    ("S04", "农民工返乡创业有什么扶持", "三(二)", "returning_startup"),
    ("S05", "夜经济、后备箱经济有什么政策", "三(二)", "startup_guidance"),
    ("S06", "专精特新企业怎么培育", "三(二)", "growing_firm"),
    ("S07", "中国创翼创业大赛怎么报名", "三(二)", "event_signup"),
    ("S08", "公共创业服务标准和功能手册", "三(三)", "startup_guidance"),
    ("S09", "有没有一站式的创业服务", "三(三)", "startup_guidance"),
    ("S10", "有没有创业导师上门指导", "三(三)", "mentor_booking"),
    ("S11", "创业公司招不到人咋办", "三(三)", "recruitment_support"),
    ("S12", "参加创业培训有补贴吗", "三(四)", "training_signup"),
    ("S13", "马兰花创业培训是什么", "三(四)", "training_signup"),
    ("S14", "创业培训师资怎么选拔培养", "三(四)", "training_signup"),
    ("S15", "创业担保贷款怎么申请", "三(五)", "startup_loan"),
    ("S16", "什么情况能免除反担保", "三(五)", "startup_loan"),
    ("S17", "创业担保贷款能展期还款吗", "三(五)", "loan_extension"),
    ("S18", "贷款后有跟踪指导服务吗", "三(五)", "startup_loan"),
    ("S19", "直补快办是什么", "三(五)", "startup_subsidies"),
    ("S20", "小微企业首贷信用贷中长期贷款", "三(六)", "finance_guide"),
    ("S21", "惠泽千岗万家是什么活动", "三(六)", "finance_guide"),
    ("S22", "孵化基地的场地免费吗", "三(七)", "incubator_space"),
    ("S23", "优秀创业孵化基地奖补多少", "三(七)", "incubator_reward"),
    ("S24", "共享创业项目、孵化场地、仪器设备信息", "三(七)", "incubator_space"),
    ("S25", "灵活就业怎么办就业登记", "三(八)", "employment_registration"),
    ("S26", "零工服务专区在哪", "三(八)", "gig_registration"),
    ("S27", "服务大厅开放时间会调整吗", "三(八)", "gig_registration"),
    ("S28", "免费招零工发布招聘信息", "三(八)", "gig_posting"),
    ("S29", "有没有零工市场", "三(八)", "gig_search"),
    ("S30", "维权绿色通道和法律援助", "三(八)", "rights_protection"),
    ("S31", "灵活就业社会保险补贴", "三(八)", "social_insurance_subsidy"),
    ("S32", "每年创业培训规模目标是多少", "二", "training_signup"),
    ("S33", "哪些部门要落实这个政策，各部门怎么分工", "四(一)", "complaint_report"),
    ("S34", "制度创新成果怎么申报", "四(二)", "startup_guidance"),
    ("S35", "遇到难点堵点怎么解决", "四(三)", "complaint_report"),
    ("S36", "想投诉举报怎么办", "四(三)", "complaint_report"),
    ("S37", "政策太难懂有没有通俗易懂的说明", "四(四)", "startup_guidance"),
    ("S38", "融资路演、创业大讲堂怎么参加", "四(四)", "event_signup"),
    ("S39", "有什么创业沙龙和成果展示活动", "四(四)", "event_signup"),
    ("S40", "重点群体都包括哪些人", "一", "startup_subsidies"),
]


def test_every_promise_has_a_row() -> None:
    assert [row for row, *_ in PROMISES] == [f"S{number:02d}" for number in range(1, 41)]


def test_every_service_keeps_a_promise(desk: Desk) -> None:
    assert {service.code for service in desk.catalogue} == {code for *_, code in PROMISES}


@pytest.mark.parametrize(("row", "words", "clause", "code"), PROMISES)
def test_a_promise_is_two_turns_away(
    person: Person, row: str, words: str, clause: str, code: str
) -> None:
    service = person.desk.catalogue.service(code)
    answered = person.says(words, "ask_policy")
    assert f"》{clause}" in answered.text, row
    assert re.search("12333|12345", answered.text), row
    offered = next((c for c in answered.choices if c.payload == f"/{service.start_intent}"), None)
    assert offered is not None, (row, answered.titles)
    begun = person.says(offered.title)
    assert about_line(service) in begun.text, row
    assert begun.choices or "（1/" in begun.text, row


def test_every_service_is_started_by_each_of_its_names(desk: Desk) -> None:
    for service in desk.catalogue:
        for name in service.names:
            assert desk.catalogue.named(name) is service


def test_guides_tell_where_and_what_to_bring(person: Person) -> None:
    for service in person.desk.catalogue:
        if service.kind is Kind.GUIDE:
            told = person.says(service.name).text
            assert "1. " in told
            assert "在哪办" in told
            assert "一般要带" in told
