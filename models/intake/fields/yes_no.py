"""Yes or no."""

import re
from typing import Any, ClassVar

from models.intake.fields.base import FieldType, Options, Reading, Refused, Said, Taken
from models.intake.wording import bare, command, is_question, words
from models.reply import Choice

UNSURE = "不清楚"
_PARTS = re.compile(r"[,，、。]")
_FIRST_WORD = re.compile(
    r"^(?P<word>[^\s,，。.!！;；]{1,6})[\s,，。.!！;；]+(?P<behind>.+)$", re.DOTALL
)
_CONSENTS = re.compile(r"^(?P<word>我?同意)(?!不|吗|么|书)(?P<behind>.+)$", re.DOTALL)
_DENIES = re.compile(r"[没不未无]")
_UNSURE = re.compile(
    r"^(?:我|俺|也|还|这个?|有点)*(?:不(?:清楚|知道|确定|晓得|懂|明白|好说|一定)|说不(?:准|好|清)|记不(?:清|得|住)|忘了|没准|好像|可能|也许)[^,，。]{0,4}$"
)
_ME = (
    r"^(?:我|俺|咱|家里|本人|目前|现在|暂时|之前|以前|从来|还|都|也|一直|早就|已经"
    r"|是的?[,，]|不[,，]|没有?[,，])*"
)
_NO = re.compile(rf"{_ME}(?:没|不|未|无|木有|并没|并不|从没|从未)[^吗?？]{{0,10}}$")
_YES = re.compile(
    rf"{_ME}(?:有|是|会|能|在|要|想|办|交|领|登记|注册|雇|租|享受|申请|符合|开|参加|需要|愿意)[^不没未吗?？]{{0,10}}$"
)


def plain_yes_or_no(text: str) -> bool | None:
    """Return whether `text` as a whole agrees or refuses; None where it does neither."""
    parts = [bare(part) for part in _PARTS.split(bare(text)) if part]
    if parts and all(part in words("agree") for part in parts):
        return True
    return False if parts and all(part in words("refuse") for part in parts) else None


def leading_yes_or_no(text: str) -> tuple[bool | None, str]:
    """Return the yes or no that `text` begins with, and what stands behind it.

    None with the whole text where it begins with neither, or says nothing else.
    """
    for shape in (_FIRST_WORD, _CONSENTS):
        match = shape.match(text.strip())
        plain = plain_yes_or_no(match["word"]) if match is not None else None
        if match is not None and plain is not None:
            return plain, match["behind"]
    return None, text


def is_unsure(text: str) -> bool:
    """Whether `text` as a whole says that its speaker does not know."""
    return _UNSURE.match(bare(text)) is not None


class YesNoOptions(Options):
    """`unsure` lets 「不清楚」 be an answer, kept as no answer at all: it is never a no."""

    unsure: bool = False


class YesNo(FieldType):
    """Yes (True) or no (False) to a question of fact."""

    code = "yes_no"
    settings: ClassVar[type[Options]] = YesNoOptions

    def read(self, said: Said, known: Any = None) -> Reading:
        """Read the words people agree and refuse with, and those that state the fact."""
        plain = plain_yes_or_no(said.raw)
        if plain is not None:
            return Taken(plain)
        if is_unsure(said.raw):
            return Taken(None) if self.options.unsure else Refused("unsure")
        if command(said.raw) or is_question(said.raw):
            return Refused("unclear")
        text = bare(said.raw)
        first, *more = _PARTS.split(text, maxsplit=1)
        leading = plain_yes_or_no(first) if more else None
        if leading is not None and not (leading and _DENIES.search(more[0])):
            return Taken(leading)  # 「嗯呢，送外卖」
        if _NO.match(text):
            return Taken(False, sure=False)
        return Taken(True, sure=False) if _YES.match(text) else Refused("unclear")

    def show(self, value: Any) -> str:
        """Return 是, 否 or 不清楚."""
        return UNSURE if value is None else "是" if value else "否"

    def choices(self, known: Any = None, *, missed: bool = False) -> tuple[Choice, ...]:
        """Offer both, and not to know where that is an answer."""
        plain = (Choice("是", "是"), Choice("不是", "不是"))
        return (*plain, Choice(UNSURE, UNSURE)) if self.options.unsure else plain
