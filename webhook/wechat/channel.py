"""WeChat as a channel: choices become numbers, long replies are cut under 2,048 bytes."""

import re
from collections.abc import Callable
from typing import Any

from models.contact import WECHAT
from models.delivery import Piece, Way
from models.reply import Choice, Reply
from webhook.wording import MORE_IS_WAITING

# 被动回复用户消息 and 客服消息: a text has at most 2,048 bytes of UTF-8.
LIMIT = 2048
# Longer lists are easier to read as numbers.
_MENU_HOLDS = 8
# A card shows two lines of its title.
_CARD_TITLE = 36
_SENTENCE_END = re.compile(r"(?<=[。！？!?；;\n])")


class WeChatChannel:
    """The official account. WeChat drops a callback after 5 s and tries three times in all.

    Args:
        public_url: where our pages are, as people reach them; empty to name none.
        service_card: makes the card that opens a service's form elsewhere, by the service's code.
    """

    name = WECHAT
    way = Way.PASSIVE
    answer_within = 4.5
    repeats = 2
    # A last try that stays without any answer shows the person that the account is out of service.
    last_answer_within = 4.0
    pushes = True

    room = LIMIT

    def __init__(
        self,
        public_url: str = "",
        service_card: Callable[[str], Piece | None] = lambda _code: None,
    ) -> None:
        self._public_url = public_url
        self._service_card = service_card

    def pieces(self, reply: Reply) -> list[Piece]:
        """Render a reply as one or more texts under the limit; where it is pushed, as a menu.

        Where a choice leads to a page with a picture, a card of it follows; where a form begins,
        the card of the same service.
        """
        if reply.begins:
            card = self._service_card(reply.begins)
            return [*self._texts(reply), *([card] if card is not None else [])]
        shown = [one for one in reply.choices if one.path and one.picture]
        cards = [self._card(reply, one) for one in shown[:1] if self._public_url]
        return [*self._texts(reply), *cards]

    def _texts(self, reply: Reply) -> list[Piece]:
        if not reply.choices:
            return [Piece(text) for text in split(reply.text)]
        if len(reply.choices) == 1:
            *others, last = split(f"{reply.text}\n\n也可以回复：{reply.choices[0].title}")
            return [*map(Piece, others), Piece(last, None if others else _menu(reply))]
        numbered = "\n".join(
            f"{number}. {self._told(choice)}"
            for number, choice in enumerate(reply.choices, start=1)
        )
        *others, last = split(f"{reply.text}\n\n回复数字选择：\n{numbered}")
        # A menu stands below its whole text or not at all: half of one is numbers.
        menu = None if others else _menu(reply, self._pages(reply))
        return [*map(Piece, others), Piece(last, menu)]

    def _card(self, reply: Reply, choice: Choice) -> Piece:
        """Return a card with a picture that opens a choice's page (客服消息: 图文消息)."""
        line = reply.text.strip().partition("\n")[0]
        is_ours = choice.picture.startswith("/")
        article = {
            "title": line if len(line) <= _CARD_TITLE else f"{line[: _CARD_TITLE - 1]}…",
            "description": choice.title,
            "url": self.address(choice.path),
            "picurl": self.address(choice.picture) if is_ours else choice.picture,
        }
        return Piece(self._told(choice), {"msgtype": "news", "news": {"articles": [article]}})

    def address(self, path: str) -> str:
        """Return the whole address; WeChat makes a link of it."""
        return f"{self._public_url}{path}"

    def _told(self, choice: Choice) -> str:
        """Return a choice with the page that shows the same, which WeChat makes a link of."""
        if not choice.path or not self._public_url:
            return choice.title
        return f"{choice.title} {self.address(choice.path)}"

    def _pages(self, reply: Reply) -> str:
        """Return the choices that have a page, for below a menu, whose entries hold no link."""
        return "\n".join(self._told(one) for one in reply.choices if one.path and self._public_url)


def _menu(reply: Reply, tail: str = "") -> dict[str, Any] | None:
    """Return WeChat's menu message (客服消息: 菜单消息); a tap comes back as the title's text."""
    if len(reply.choices) > _MENU_HOLDS:
        return None
    entries = [
        {"id": str(number), "content": choice.title}
        for number, choice in enumerate(reply.choices, start=1)
    ]
    menu = {"head_content": reply.text, "list": entries, "tail_content": tail}
    return {"msgtype": "msgmenu", "msgmenu": menu}


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Cut `text` at sentence ends into pieces of at most `limit` bytes of UTF-8.

    All pieces but the last end with the way to the next one. A sentence that is too long by
    itself is cut between characters, and never inside a web address that fits.
    """
    if len(text.encode()) <= limit:
        return [text]
    room = limit - len(f"\n{MORE_IS_WAITING}".encode())
    pieces: list[str] = []
    piece = ""
    for part in _parts(text, room):
        if len((piece + part).encode()) > room:
            pieces.append(piece)
            piece = ""
        piece += part
    pieces.append(piece)
    shown = [piece.strip("\n") for piece in pieces if piece.strip()]
    return [f"{piece}\n{MORE_IS_WAITING}" for piece in shown[:-1]] + shown[-1:]


def _parts(text: str, room: int) -> list[str]:
    """Return sentences; those over `room` bytes as runs of whole words or characters."""
    parts: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        if len(sentence.encode()) <= room:
            parts.append(sentence)
            continue
        for run in re.findall(r"https?://[\x21-\x7e]+|.", sentence, flags=re.DOTALL):
            parts += [run] if len(run.encode()) <= room else list(run)
    return parts
