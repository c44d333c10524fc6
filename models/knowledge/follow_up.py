"""Follow-ups: questions that leave out their subject, because the question before named it.

「那要啥材料」 after a question on the loan asks for the loan's materials; 「大学生也行吗」 asks
whether the loan is for students, too.
"""

import re
from dataclasses import dataclass

from models.knowledge.details import asked_detail, names_people, without_detail
from models.knowledge.normalisation import normalise
from models.knowledge.words import words

_LONGEST = 25
_OPENING = re.compile(
    r"^(?:那么?|还有|这个|那个|这种|这项|这事儿?|这|它|然后|再问一?下?|请问|上面(?:的|那个)?|"
    r"刚才(?:说的|那个)?|你说的)+[,，、]?"
)
# What people do about any service: it names no subject.
_ANY_SERVICE = re.compile(
    r"申请|办理|办好|申办|办|领取|享受|流程|手续|步骤|程序|本人|亲自|代办|代替|别人|网上|线上|手机上|"
    r"审核|审批|批|下来|到账|到手|准备|报名|参加|详细|具体|说说|讲讲|再|一共|总共|先|具备|满足"
)
_MAY = (
    r"(?:行|可以|能(?:办|领|申请|享受|贷|拿|参加|用)?|成|中|算|符合|有份|有)"
    r"(?:不行|不|吗|么|嘛|不能|没)*"
)
_ALSO = re.compile(rf"^(?P<who>.{{1,12}}?)(?P<also>也|都|还)?{_MAY}[?？]*$")
_AND_THEM = re.compile(r"^(?P<who>.{2,10}?)呢[?？]*$")


@dataclass(frozen=True)
class Topic:
    """What was talked of last: the clause that was quoted, and the question that named it."""

    clause_id: int
    question: str


@dataclass(frozen=True)
class FollowUp:
    """A question with the subject it left out.

    `asked` is complete; `who` are the people it asks about (「大学生也行吗」), empty otherwise.
    """

    asked: str
    who: str = ""


def follow_up(question: str, topic: Topic) -> FollowUp | None:
    """Return a question with the subject of `topic`; None when it names a subject of its own."""
    said = normalise(question)
    own = _OPENING.sub("", said)
    if not own or len(own) > _LONGEST:
        return None
    subject = without_detail(topic.question)
    who = _who(own)
    if who:
        return FollowUp(f"{subject} {who}", who)
    left = _ANY_SERVICE.sub(" ", without_detail(own))
    if any(len(word) > 1 for word in words(left)):
        return None
    return FollowUp(f"{subject} {own}")


def goes_on(question: str) -> bool:
    """Check whether a question opens as one that goes on with the last (「那…」, 「这个…」)."""
    return _OPENING.match(normalise(question)) is not None


def _who(own: str) -> str:
    """Return the people a short question asks about; empty where it asks for something else."""
    if asked_detail(own) is not None:
        return ""
    for shape in (_ALSO, _AND_THEM):
        match = shape.match(own)
        if match is None:
            continue
        who = re.sub(r"^我是|^我|的$", "", match["who"])
        also = shape is _AND_THEM or match["also"] == "也"
        if len(who) > 1 and (names_people(who) or (also and words(who))):
            return who
    return ""
