"""The second yes, asked for before something is gone that cannot be brought back."""

from models.reply import Choice

_YES = ("确认", "确定", "同意", "是", "是的", "对", "对的", "真的")
_NO = ("不", "不同意", "不是", "不了", "不要", "先不", "别")


def second_yes(yes: str, payload: str, no: str) -> tuple[Choice, Choice]:
    """Return the choices of such a question. Its no is not the answer to a form that is open.

    Args:
        yes: the title of the yes.
        payload: what the assistant gets with it.
        no: the title of the no.
    """
    return Choice(yes, payload, _YES), Choice(no, '/deny{"about": "second_yes"}', _NO)
