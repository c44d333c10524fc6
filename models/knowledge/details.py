"""Which detail a question asks for, and whether a clause holds it.

The plan names rights and seldom amounts, deadlines, conditions, materials or addresses. Before a
clause is given as the answer to 「多少钱」, it must hold an amount, and one that belongs to the
thing asked about.
"""

import re
from enum import StrEnum

from models.knowledge.normalisation import normalise
from models.knowledge.synonyms import Synonyms
from models.knowledge.words import Concept, concepts, pairs, words


class Detail(StrEnum):
    """A kind of detail, in the words of 「这份文件没有写……。」."""

    FEE = "收不收费"
    RATE = "具体比例或利率"
    COUNT = "具体人数"
    AMOUNT = "具体金额"
    END = "到什么时候为止"
    HANDLING = "办下来要多久"
    DURATION = "具体期限"
    DATE = "具体时间"
    MATERIALS = "要带哪些材料"
    WAITING = "时间上的条件"
    CONDITION = "具体条件"
    RECOGNITION = "怎么认定"
    WHO = "适用于哪些人"
    PHONE = "联系电话"
    ADDRESS = "具体地址"
    NAME = "具体是哪一家"
    STEPS = "具体步骤"
    PLACE = "具体到哪里办"
    QUANTITY = "具体数量"


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))


_NUMBER = r"(?:\d[\d,.]*|[一二三四五六七八九十百千两半几]+)"
_MONEY = rf"{_NUMBER}(?:百|千|万|亿)*元"
# Years of the calendar are no durations.
_SPAN = rf"(?<![\d年]){_NUMBER}(?:年(?!\d|底|末|初|前|后)|个月|个?工作日|天|日|小时|周)"

# 「听说创业给3000块」 asks how much is given: a figure that is claimed is put as the question it
# is. What a person has, earns or pays is no claim.
_GIVEN = (
    r"(?P<given>(?:给|补|贷|发|领|奖|拿|借|贴|助|励|每人|一人|每个人|最高|最多)"
    r"(?:个|到|了|是|我|咱)?)"
)
_PER = r"(?P<per>(?:一|每)个?(?:人|月|年|次))"
_DOUBT = r"(?=.{0,3}(?:吗|么|吧|对不|准不准|有没有|是不是|是真|真的|真假|属实|靠谱|不$))"
# 「一块儿办」 is no sum.
_SUM = rf"(?!一块[儿起办])(?!一块.?申请){_NUMBER}(?:百|千|万|亿)*(?:块钱|元钱|块|元|钱)"
_ROUND_SUM = r"(?:\d[\d,.]*|[一二三四五六七八九十两几]+)(?:[百千]?万|千)(?![人家次个名户])"
_LENGTH = rf"{_NUMBER}(?:年|个月|天)"
_HEADS = rf"{_NUMBER}(?:千|万)?(?:人次|人|名)"
_SHARE = r"(?:\d[\d.]*(?:%|个点)|百分之[一二三四五六七八九十]+)"
_CLAIMED: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(rf"{_GIVEN}(?:{_SUM}|{_ROUND_SUM}|\d{{3,}}(?![\d年人家次个名]))"),
        r"\g<given>多少钱",
    ),
    (re.compile(rf"{_PER}(?:{_SUM}|{_ROUND_SUM}|\d{{3,}}(?!\d)){_DOUBT}"), r"\g<per>给多少钱"),
    (re.compile(rf"(?<![有花赚挣攒欠投收押交])(?:{_SUM}|{_ROUND_SUM}){_DOUBT}"), "多少钱"),
    (re.compile(rf"{_SHARE}{_DOUBT}"), "多少"),
    (re.compile(rf"(?:能|可以)(?P<verb>[领补用免延展拖缓贷]期?){_LENGTH}"), r"能\g<verb>多久"),
    (re.compile(r"\d{2}(?:岁了?|多岁?了?|了)(?=还?(?:能|可以).{1,8}(?:吗|么|不|没)$)"), "多大岁数"),
    (re.compile(rf"(?:{_SUM}|{_ROUND_SUM})(?=以[内下上]|之内)"), "多少钱"),
    (re.compile(rf"满{_LENGTH}"), "满多久"),
    (
        re.compile(rf"(?P<whether>(?:是不是|是否|要不要|有没有).{{0,4}}?){_LENGTH}(?!了)"),
        r"\g<whether>多久",
    ),
    (re.compile(rf"(?<!\d)(?!\d{{4}}年){_LENGTH}(?!了|以上|以内){_DOUBT}"), "多久"),
    (re.compile(rf"(?<!们){_HEADS}{_DOUBT}"), "多少人"),
)

_HOW_LONG = (
    r"多久|多长时间|多长|几(?:天|年|周|小时|个(?:月|工作日|小时|钟头|星期|礼拜))(?!了)|"
    r"多少(?:天|年|个月|个?工作日)"
)
# 「满几个月才能」, 「毕业几年以内」 ask for a condition.
_QUALIFYING = r"(?:以上|以内|之内|以后|之后|内|后)|.{0,1}才"
_HANDLED = (
    r"批|审|下来|到账|放款|得等|要等|答复|回复|受理|提前|公示|出来|出结果|出证|到手|拿到|打款|"
    r"发(?:下来|到|放|钱)|办(?:完|好|结|成|妥|理|下)|处理|解决|有结果"
)
_CONDITIONS = r"条件|要求|资格|门槛|限制"
_LOOSENED = r".{0,4}(?:放宽|降低|松|放松)"
_NAMED = (
    r"银行|学校|院校|大学|医院|公司|网站|公众号|小程序|app|律所|律师|事务所|老师|讲师|专家|系统|"
    r"基地|园区|创业园|市场"
)
_UNITS = r"次|趟|门|节|期|届|场|套|所|平|米|份|倍|站|步|座|辆|张"
_ASKED: dict[Detail, re.Pattern[str]] = {
    Detail.FEE: _pattern(
        r"(?:要|收|交|花|缴|得交|用交)(?:不要|不收|不用交)?(?:多少|几个?|啥|什么)?.{0,2}(?:钱|费)",
        r"收费|(?<!免)费用|免费(?:吗|不|么|的吗)|租金多少|要不要钱|贵不贵|学费",
        r"(?<!回)(?:收|缴)多少(?!人|个|学|名)",
    ),
    Detail.RATE: _pattern(
        r"利率|利息(?:是)?(?:多少|几|多高|咋算|怎么算)|多少利息|几厘|几个点|几分利|比例|百分之(?:几|多少)|几成|贴息多少",
        r"(?:lpr|报价利率).{0,3}(?:多少|几)|(?:利息|利率)多少",
    ),
    Detail.COUNT: _pattern(
        r"多少个?(?:大学|高校|应届|困难)?(?:人|名|家|企业|大?学生|学员|毕业生|青年|农民工)",
        r"(?<![哪这那好])几[十百千万]*个?(?:人|名|家)|名额|人数",
    ),
    Detail.AMOUNT: _pattern(
        r"多少(?:钱|元|块|万|补贴|补助|奖)|(?:给|补|贷|发|领|奖|拿|借|报|补助|补贴|奖补|奖励)(?:个|到|了|是)?(?:多少|几)(?!天|年|个?月|个?人|名|期)",
        r"奖金|(?:多[大少高]|什么|啥|最高|最大)的?额度|额度(?:上限|标准)?(?:$|[是有为]?(?:多(?!出)|几|啥|什么|咋|怎))|金额|几[万千百块](?![人名家个户次])|补贴标准|标准(?:是|多|咋|怎)|(?:最高|最多)(?:能|可以|是)?"
        r"(?:多少|(?:给|补|贷|拿|领|借|奖)(?!.{0,3}(?:多久|多长|几)))|上限(?=$|[是有为多几])|(?:补贴|补助|钱)(?:是)?(?:怎么|咋|如何)计?算",
    ),
    Detail.END: _pattern(
        r"到(?:哪一?年|哪一?天|几号|什么时候|啥时候|何时)(?!.{0,6}(?:办|领|申请|登记|报名))"
        r"(?:就|才)?(?:结束|到期|截止|过期|作废|失效|为止)?",
        r"(?:什么时候|啥时候|哪年|何时|几号)(?:结束|到期|截止|过期|作废|失效)|有效期|(?:还|过)期了?没",
        r"哪一?年的(?!.{0,4}(?:毕业|学))",
    ),
    # How long an office takes is another span than how long a right holds.
    Detail.HANDLING: _pattern(
        rf"(?:{_HANDLED}).{{0,4}}(?:{_HOW_LONG})|(?:{_HOW_LONG})(?:能|可以|才|就)?.{{0,2}}(?:{_HANDLED})",
        r"时限",
    ),
    Detail.DURATION: _pattern(rf"(?<!满)(?:{_HOW_LONG})(?!{_QUALIFYING})|期限|最长"),
    Detail.DATE: _pattern(
        r"什么时候|啥时候|啥时间|什么时间|几(?:号|月|点)|(?:周|星期|礼拜)几|每周|哪(?:天|年)|何时|截止|几时|时间表|多咱|周末|周六|星期"
    ),
    Detail.MATERIALS: _pattern(
        r"材料|证件|证明|(?:带|要|用|拿)(?:身份证|户口本|毕业证)|(?:带|拿|交|准备|提供|需要|要)(?:点|些)?(?:什么|啥|哪些)(?:东西|资料|表|手续)?$",
        r"(?:带|拿|准备)(?:点|些)?(?:什么|啥|哪些)|(?:什么|啥|哪些)(?:手续|资料|表)|复印件|填(?:什么|啥)表",
    ),
    Detail.WAITING: _pattern(rf"满(?:{_HOW_LONG})|(?:{_HOW_LONG})(?:{_QUALIFYING})"),
    Detail.CONDITION: _pattern(
        rf"(?:什么|啥|哪些|哪个|多大|有|要|需|具体|何)(?!{_LOOSENED})[^，。？ ]{{0,4}}"
        rf"(?:{_CONDITIONS})(?!{_LOOSENED})",
        rf"(?<!符合)(?:{_CONDITIONS})(?:吗|么|没|不|是|有|要|都|高|写|多|咋|怎|呢|$|[?？])",
        r"符合(?:什么|啥|哪)|多大(?:岁|年龄)|几岁|(?:年龄|岁数|学历|户口)(?:有|要|限|得|上限)|周岁",
    ),
    Detail.RECOGNITION: _pattern(
        r"认定|界定|评定|评选|(?:怎么|咋|咋样|怎样|如何|啥样|什么样)的?(?:才|就|能)?(?:叫|算(?!账)|证明|鉴定)"
    ),
    Detail.WHO: _pattern(
        r"(?:什么|啥|哪些|哪种|啥样的?|什么样的?)人|谁(?:能|可以|有资格|才|都)|给谁|哪些群体|面向谁|发给谁"
    ),
    Detail.PHONE: _pattern(r"电话|号码|联系方式|热线|微信号|(?:咋|怎么)联系|邮箱"),
    Detail.ADDRESS: _pattern(r"地址|位置|怎么走|咋走|几楼|哪条街|哪条路|几号楼"),
    Detail.NAME: _pattern(
        rf"(?:哪(?:个|家|几家|所|几所|些|位)?|什么|啥)(?:创业|孵化|零工|培训)*(?:{_NAMED})",
        rf"(?:{_NAMED})(?:名称|名字|(?:是|叫)(?:什么|啥|哪))|网址|名单|谁来讲",
    ),
    Detail.STEPS: _pattern(
        r"流程(?!.{0,3}(?:简化|优化|变|快|麻烦|复杂))|步骤|几步|哪几步|先.{1,8}(?:后|再)"
    ),
    Detail.PLACE: _pattern(
        r"(?:在|去|上|到|搁|往|从)(?:哪(?!个?一?[年天月]|类|些)|什么地方|啥地方|什么部门)|哪(?:里|儿|块|有|办)|什么地方|啥地方|哪个地方"
    ),
    # Whatever else is asked for by a number; 「多少给点」 asks for none.
    Detail.QUANTITY: _pattern(
        r"多少(?!.{0,2}(?:给|补|帮|贷|借)点)",
        rf"(?<![哪这那好十百上头前后])几个?(?:{_UNITS})",
        r"(?<![哪这那好十百])几个(?=$|\W)|多(?:大|高|远|宽|重)(?:面积|距离)?|面积|幅度|什么程度|啥程度",
    ),
}

# To soften or to loosen a condition is not to state it.
_LEFT_OPEN = re.compile(r"符合条件|按规定|有条件的|放宽")
# 「困难的，可申请展期还款」: the condition stands first, what it is a condition of follows.
_WITH_GRANT = r"困难的，|允许.{2,40}的(?:劳动者|人员|个人)"
_GRANTED = re.compile(_WITH_GRANT)
_HELD: dict[Detail, re.Pattern[str]] = {
    Detail.FEE: _pattern(r"免费|不收|免收|收费|费用", _MONEY),
    Detail.RATE: _pattern(r"\d%|百分之|‰|基点|倍|成(?=[，。])"),
    Detail.COUNT: _pattern(rf"{_NUMBER}(?:千|万|亿)?(?:人次|人|名|家|个企业)"),
    Detail.AMOUNT: _pattern(_MONEY),
    Detail.END: _pattern(r"(?:到|至|截至)\d{4}年|有效期"),
    Detail.HANDLING: _pattern(
        rf"(?:受理|审核|审批|办理|答复|办结|公示|发放|到账).{{0,12}}{_SPAN}",
        rf"{_SPAN}(?:之?内)?.{{0,8}}(?:受理|审核|审批|答复|办结|公示|发放|到账)",
    ),
    Detail.DURATION: _pattern(_SPAN, r"当场|即时|当日|当天|定期"),
    Detail.DATE: _pattern(r"\d+月|\d+日|\d+[点:：]\d*|每(?:周|月|天|年\d)|工作日"),
    Detail.MATERIALS: _pattern(r"材料|证明|证件|身份证|户口簿|申请表|复印件|执照"),
    Detail.WAITING: _pattern(rf"满{_SPAN}|{_SPAN}(?:以上|之?内|以内|后)"),
    Detail.CONDITION: _pattern(
        r"须|应当?(?:具备|满足|符合)|(?:年)?满.{0,6}(?:周岁|年|个月)|周岁|以下|下列|学历",
        _WITH_GRANT,
    ),
    Detail.RECOGNITION: _pattern(r"认定|界定|是指|指的是|所称"),
    Detail.WHO: _pattern(
        r"人员|毕业生|农民工|劳动者|重点群体|青年|创业者|借款人|企业|大学生|妇女|退役军人|个体|居民|公民"
    ),
    Detail.PHONE: _pattern(r"电话|热线|\d{5,}|\d{3,4}-\d{7,8}"),
    Detail.ADDRESS: _pattern(r"[路街巷道]\d+号|号楼|\d+(?:层|楼|室)"),
    # A proper name begins with a place or a state body: 「中国银行辽宁省分行」.
    Detail.NAME: _pattern(rf"(?:[省市县区州]|中国|人民)[\u4e00-\u9fff]{{0,8}}(?:{_NAMED})"),
    Detail.STEPS: _pattern(r"第一步|首先|先.{1,30}(?:后|再)|[①②]|1[.、．]"),
    Detail.QUANTITY: _pattern(r"(?<!\d)\d[\d,.]*(?!\d|年)"),
}

# Where something is done: a body of a kind the question has not named itself.
_PLACES = (
    re.compile(r"机构|窗口|大厅|服务中心|服务站|社区|街道|部门|厅|(?<!布)局|银行"),
    re.compile(r"专区"),
    re.compile(r"基地|园区|创业园|孵化|载体"),
    re.compile(r"市场(?!主体|监管|报价|环境)"),
    re.compile(r"平台(?!灵活)"),
    re.compile(r"通道"),
    re.compile(r"网上|线上|就近|网站|公众号|小程序"),
)
_UNIT_ASKED = re.compile(rf"(?:多少|几)个?(?P<unit>{_UNITS})")
# What is said of the document itself names no subject of it, nor does the most of something.
_DOCUMENT = re.compile(
    r"政策|方案|文件|行动|计划|通知|规定|办法|意见|目标|指标|任务|完成|省里|全省|执行|有效|为止|结束|"
    r"最高|最多|最长|至多|上限"
)
# A figure or a condition answers only for the thing it is given for.
_BOUND = frozenset(
    {
        Detail.AMOUNT,
        Detail.COUNT,
        Detail.RATE,
        Detail.HANDLING,
        Detail.DURATION,
        Detail.WAITING,
        Detail.QUANTITY,
        Detail.NAME,
        Detail.DATE,
        Detail.END,
        Detail.FEE,
        Detail.CONDITION,
    }
)
# Its sentence must be about the thing, and the part of the sentence it stands in, with the part
# before, must name it: 「期限原则上不超过1年」 is how long a loan may be extended, nothing else.
_SAME_SUBJECT = 0.65
_SAME_PLACE = 0.2
_PARTS = re.compile(r"[，；。,;]")
_RESPONSIBLE = re.compile(
    r"(?<![去到上在])(?:哪|什么|啥)(?:个|些|家)?(?:部门|单位|局|厅|机关)|归(?:谁|哪)|谁(?:管|负责|牵头|主管|来管|在管)|"
    r"责任单位|主管|牵头"
)


def as_question(text: str) -> str:
    """Put a claimed figure as the question it is: 「创业给3000块」 is 「创业给多少钱」."""
    asked = normalise(text)
    for claimed, question in _CLAIMED:
        asked = claimed.sub(question, asked, count=1)
    return asked


def asked_detail(question: str) -> Detail | None:
    """Return the detail `question` asks for, or None when it asks for none in particular."""
    asked = normalise(question)
    return next((detail for detail, pattern in _ASKED.items() if pattern.search(asked)), None)


def without_detail(question: str) -> str:
    """Return a question without the words that ask for a detail: what is left is its subject."""
    asked = as_question(question)
    detail = asked_detail(asked)
    return asked if detail is None else _ASKED[detail].sub(" ", asked).strip()


def names_people(text: str) -> bool:
    """Check whether words name a group of people, such as 大学生."""
    return _HELD[Detail.WHO].search(text) is not None


def speaks_of(text: str, subject: str, synonyms: Synonyms | None = None) -> bool:
    """Check whether a clause speaks of a subject, in its own words or in those of policies."""
    return _covered(concepts(normalise(subject), synonyms), text) >= _SAME_SUBJECT


def asks_who_is_responsible(question: str) -> bool:
    """Check whether `question` asks which body is in charge."""
    return _RESPONSIBLE.search(normalise(question)) is not None


def holds(
    text: str,
    detail: Detail,
    question: str,
    context: str = "",
    synonyms: Synonyms | None = None,
    *,
    is_nearest: bool = False,
) -> bool:
    """Check whether a clause holds the detail that `question` asks for.

    Args:
        text: the clause as stored.
        detail: what `asked_detail` has found.
        question: as the person wrote it.
        context: the heading of the clause and its questions, which may name its subject.
        synonyms: those in force; the shipped ones when left out.
        is_nearest: whether no clause is nearer to the question. Whatever else that may tell, what
            the nearest one says of fees is about it.
    """
    if detail is Detail.PLACE:
        asked = normalise(question)
        return any(place.search(text) and not place.search(asked) for place in _PLACES)
    places = _places(text, detail, question)
    if not places or (detail is Detail.CONDITION and _LEFT_OPEN.search(text)):
        return False
    if detail not in _BOUND:
        return True
    asked = normalise(question)
    left = _DOCUMENT.sub(" ", _ASKED[detail].sub(" ", asked))
    spoken = concepts(left, synonyms)
    # 「延几年」 says what is asked for and how long at once.
    spoken += [each for each in concepts(asked, synonyms) if each.means and each.said not in left]
    if detail is Detail.END and not any(len(each.said) > 1 for each in spoken):
        return True  # the end of a document's period is its own
    about = (is_nearest and detail is Detail.FEE) or (
        _covered(spoken, f"{context} {text}") >= _SAME_SUBJECT
    )
    return about and any(_covered(spoken, _around(text, place)) >= _SAME_PLACE for place in places)


def _places(text: str, detail: Detail, question: str) -> list[re.Match[str]]:
    """Return where a text may hold a detail; a number has to have the unit it is asked in."""
    asked = _UNIT_ASKED.search(normalise(question)) if detail is Detail.QUANTITY else None
    held = _HELD[detail] if asked is None else re.compile(rf"{_NUMBER}个?{asked['unit']}")
    return [*held.finditer(text)]


def _around(text: str, place: re.Match[str]) -> str:
    """Return the part of a sentence that holds a place, with the part before it.

    What is granted to people in a condition is named after it.
    """
    if _GRANTED.fullmatch(place[0]):
        end = _PARTS.search(text, place.end())
        return text[place.end() : end.start() if end else len(text)]
    starts = [0, *(mark.end() for mark in _PARTS.finditer(text, 0, place.start()))]
    end = _PARTS.search(text, place.start())
    return text[starts[-2] if len(starts) > 1 else 0 : end.start() if end else len(text)]


def _covered(spoken: list[Concept], text: str) -> float:
    """Return the share of a question's weight that `text` speaks of, 0..1."""
    # A single character is seldom the subject, and found anywhere or nowhere.
    spoken = [each for each in spoken if len(each.said) > 1 or each.means] or spoken
    total = sum(concept.weight for concept in spoken)
    if not total:
        return 0.0
    clean = normalise(text)
    there = {*words(clean, inner=True), *pairs(clean)}
    covered = 0.0
    for concept in spoken:
        inside = [] if concept.is_whole else pairs(concept.said)
        share = sum(pair in there for pair in inside) / len(inside) if inside else 0.0
        known = concept.said in clean or any(term in there for term in concept.means)
        covered += concept.weight * (1.0 if known else share)
    return covered / total
