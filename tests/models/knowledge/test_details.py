import pytest

from models.knowledge.details import (
    Detail,
    as_question,
    asked_detail,
    asks_who_is_responsible,
    holds,
)

GIG = (
    "推动公共就业服务机构设立零工服务专区，结合实际动态调整服务大厅开放时间，"
    "免费向社会提供零工信息登记发布和求职招聘服务。"
)
SUBSIDY = "推广“直补快办”方式，打包落实一次性创业补贴、求职创业补贴、创业场地补贴等政策。"
REWARD = "加大优秀创业孵化基地建设投入力度，给予最高500万元奖补。"
EXTENSION = (
    "创业担保贷款借款人因疫情影响流动性遇到暂时困难的，可申请展期还款，期限原则上不超过1年。"
)
WAIVER = "推动担保基金有效履行代偿责任，对符合条件的按规定免除反担保要求。"
LOAN = "加快落实创业担保贷款政策，支持有条件的市加快推行电子化审批。"
BANK = (
    "人力资源社会保障部门与中国银行辽宁省分行开展“惠泽千岗万家·守护万家灯火”金融助企稳岗扩岗活动。"
)
GOAL = "到2024年底，力争实现每年创业培训规模不少于1万人次、高校毕业生新创业不少于3000人。"
MARKET = "鼓励有条件的地方因地制宜、科学规划布局零工市场。"


@pytest.mark.parametrize(
    ("question", "detail"),
    [
        ("一次性创业补贴多少钱", Detail.AMOUNT),
        ("贷款额度是多少", Detail.AMOUNT),
        ("额度能提高不", None),
        ("提高额度多出来的利息谁掏", None),
        ("能补几年", Detail.DURATION),
        ("一次辅导几个小时", Detail.DURATION),
        ("登记要钱吗", Detail.FEE),
        ("利息是多少", Detail.RATE),
        ("大赛几号报名", Detail.DATE),
        ("政策什么时候结束", Detail.END),
        ("这个文件到什么时候截止", Detail.END),
        ("要什么条件", Detail.CONDITION),
        ("条件能放宽吗", None),
        ("要带啥材料", Detail.MATERIALS),
        ("给谁的", Detail.WHO),
        ("去哪里登记", Detail.PLACE),
        ("具体地址", Detail.ADDRESS),
        ("电话多少", Detail.PHONE),
        ("展期审批要几天", Detail.HANDLING),
        ("满几个月才能展期", Detail.WAITING),
        ("哪家银行能办", Detail.NAME),
        ("办理流程是什么", Detail.STEPS),
        ("流程简化了没", None),
        ("一年能申请几次", Detail.QUANTITY),
        ("营收要达到多少", Detail.QUANTITY),
        ("责任单位是哪几家", None),
        ("符合条件的有补贴吗", None),
        ("能网上办吗", None),
        ("怎么申请", None),
    ],
)
def test_the_detail_asked_for(question: str, detail: Detail | None):
    assert asked_detail(question) is detail


@pytest.mark.parametrize(
    ("text", "question", "held"),
    [
        (GIG, "打零工去哪里登记", True),
        (GIG, "零工登记收费吗", True),
        (GIG, "大厅几点开门", False),
        (GIG, "零工登记电话多少", False),
        (SUBSIDY, "一次性创业补贴多少钱", False),
        (SUBSIDY, "创业补贴上哪领", False),
        (SUBSIDY, "求职创业补贴给谁", False),
        (REWARD, "孵化基地奖补多少钱", True),
        (REWARD, "大学生创业最高给多少钱", False),
        (REWARD, "一次性创业补贴多少钱", False),
        (EXTENSION, "展期最长多久", True),
        (EXTENSION, "创业担保贷款多长时间批下来", False),
        (EXTENSION, "展期要什么条件", True),
        (EXTENSION, "创业担保贷款啥条件", False),
        (EXTENSION, "创业担保贷款能延期多久", True),
        ("申请创业补贴的，须年满16周岁。", "创业补贴要什么条件", True),
        ("培训1万人次，毕业生创业3000人。", "毕业生创业给多少钱", False),
        (WAIVER, "免反担保要什么条件", False),
        (EXTENSION, "展期审批要多久", False),
        (EXTENSION, "展期申请几天能批下来", False),
        (EXTENSION, "满几个月才能展期", False),
        (EXTENSION, "展期能申请几次", False),
        (EXTENSION, "担保贷款最多能延几年", True),
        (REWARD, "大学生创业最高奖多少万", False),
        (REWARD, "奖补分几次给", False),
        (MARKET, "要建多少个零工市场", False),
        (BANK, "惠泽千岗万家是和哪家银行办的", True),
        (LOAN, "哪家银行能办创业担保贷款", False),
        (GOAL, "方案执行到什么时候为止", True),
        (GOAL, "结业证书有效期到什么时候", False),
        (MARKET, "零工市场在哪", False),
    ],
)
def test_a_clause_holds_a_detail_or_does_not(text: str, question: str, held: bool):
    detail = asked_detail(question)
    assert detail is not None
    assert holds(text, detail, question) is held


def test_who_is_in_charge_is_another_question_than_where_to_go():
    assert asks_who_is_responsible("零工的事归哪个部门管")
    assert not asks_who_is_responsible("登记去哪个部门")


@pytest.mark.parametrize(
    ("claim", "question"),
    [
        ("听说创业给3000块", "听说创业给多少钱"),
        ("大学生创业每人给一万吗", "大学生创业每人给多少钱吗"),
        ("贷款能贷50万吗", "贷款能贷多少钱吗"),
        ("首次创业补贴5000元对吗", "首次创业补贴多少钱对吗"),
        ("利息3%对吗", "利息多少对吗"),
        ("社保补贴享受三年是吗", "社保补贴享受多久是吗"),
        ("免租期是不是三年", "免租期是不是多久"),
        ("10万以内要担保吗", "多少钱以内要担保吗"),
        ("执照满一年才给吗", "执照满多久才给吗"),
        ("展期能展2年吗", "展期能展多久吗"),
        ("我有5万块钱想创业", "我有5万块钱想创业"),
        ("一天200块的活有没", "一天200块的活有没"),
        ("45岁能登记零工吗", "多大岁数能登记零工吗"),
        ("2023年的大赛报名了吗", "2023年的大赛报名了吗"),
    ],
)
def test_a_claimed_figure_is_put_as_a_question(claim: str, question: str):
    assert as_question(claim) == question
