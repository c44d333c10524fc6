"""When somebody has time: their own words, as long as a time is in them."""

import re
from collections.abc import Sequence
from typing import Any

from models.intake.fields.base import FieldType, Found, Reading, Refused, Said, Taken
from models.intake.fields.money import without_pay
from models.intake.wording import is_question, without_tokens
from models.reply import Choice

LONGEST = 60
_TIME = (
    r"随时|啥时候都|什么时候都|几点都|哪天都|天天|每天|每日|成天|整天|全天|半天|全职|兼职|长期|短期|常年|临时|"
    r"白天|白班|夜班|夜里|夜间|晚上|晚间|傍晚|早上|早晨|清晨|上午|中午|下午|凌晨|早班|中班|晚班|倒班|"
    r"周[一二三四五六日天末1-7]|星期[一二三四五六日天1-7]|礼拜[一二三四五六日天1-7]|双休|工作日|平日|平时|"
    r"节假日|假期|放假|寒假|暑假|寒暑假|过年|春节|国庆|五一|农闲|农忙|冬天|夏天|春天|秋天|冬季|夏季|淡季|"
    r"下班|下课|放学|接完孩子|送完孩子|孩子上学|今天|明天|后天|大后天|今晚|明早|这周|下周|这礼拜|下礼拜|这个月|下个月|"
    r"月初|月底|月中|年底|年后|年前|马上|立刻|现在|最近|这几天|"
    r"[0-9零一二两三四五六七八九十]{1,3}(?:点|号|月|日|天|个?小时|个?钟头)|[0-9]{1,2}[:：][0-9]{2}"
)
# What answers the question for a time, but says nothing about time by itself.
_ASKED = (
    r"有空|有时间|都行|都可以|看情况|看安排|听安排|听通知|不一定|说不准|不固定|灵活|随便|无所谓|"
    r"啥时候|什么时候"
)
_HAS_TIME = re.compile(rf"{_TIME}|{_ASKED}")
_NO_TIME = re.compile(r"(?:没有?|没啥|没什么)(?:空|时间|工夫|功夫)|不得空|不得闲")
_PHRASE = re.compile(
    rf"(?:(?:{_TIME})(?:到|至|和|跟|或|或者|以?后|以?前|、|-|~|—|都|也|能|有空|没空|有时间|可以|行|没事|的时候|之?间)*)+"
)


class Availability(FieldType):
    """Free words about time."""

    code = "availability"
    is_loose = True

    @property
    def longest(self) -> int:
        """How many characters the words may have."""
        return LONGEST

    def read(self, said: Said, known: Any = None) -> Reading:
        """Take the person's own words when a time is in them; else say what is wanted."""
        own = " ".join(without_tokens(said.raw).split()).strip(" ，。,.;；")
        if len(own) > LONGEST:
            return Refused("long")
        text = without_pay(without_tokens(said.text))
        if _NO_TIME.search(text) and not _HAS_TIME.search(_NO_TIME.sub("", text)):
            return Refused("no_time")
        if not _HAS_TIME.search(text):
            return Refused("empty")
        return Taken(own, sure=not is_question(own))

    def find(self, said: Said) -> Sequence[Found]:
        """Find a phrase of time."""
        match = _PHRASE.search(without_pay(said.text))
        return [Found((match.span(),), Taken(match[0]))] if match else []

    def choices(self, known: Any = None, *, missed: bool = False) -> tuple[Choice, ...]:
        """Offer the usual times."""
        return tuple(Choice(word, word) for word in ("随时", "白天", "晚上", "周末"))
