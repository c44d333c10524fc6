"""Notices beyond WeChat's window: subscribe and template messages that link to a page of ours.

Which templates an account has, and what their fields are called, is picked in WeChat's console;
an installation writes it into ``var/wechat/notices.yml`` (docs/wechat.md). Sources: 订阅通知,
模板消息 (developers.weixin.qq.com/doc/offiaccount).
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import yaml
from pydantic import Field, ValidationError
from sqlalchemy.orm import Session

from models import notice_grant
from models.catalogue.strict import Strict, Text
from models.conversation import Conversation
from models.database import utc_now
from models.delivery import Piece, planned_since
from models.message import Author, Message
from models.notification import Notification
from models.private_value import TOKEN

FILE = Path("wechat", "notices.yml")
_CHINA = ZoneInfo("Asia/Shanghai")
# A ``thing`` of a template holds 20 characters.
_SHORT = 20
_ANSWER = "answer"
ANSWERED = "工作人员回复了您，回一句话就能看到。"
# One tap on WeChat's button allows so many (wx-open-subscribe).
_ASKED_AT_ONCE = 3


class Template(Strict):
    """One template of the account.

    Attributes:
        id: its template_id.
        kind: ``subscribe`` needs a grant of the person for each notice; ``template`` needs none.
        title: what it is called on the page where people allow it.
        about: what its notices tell of, the beginnings of `Notification.key` before the colon
            (``request``, ``reminder`` …), or ``answer``: staff have written; empty for anything.
        data: its fields, with what they show: words of your own, ``{words}`` for the beginning of
            the notice, ``{time}`` for now.
    """

    id: Text
    kind: Literal["subscribe", "template"] = "subscribe"
    title: Text
    about: tuple[Text, ...] = ()
    data: dict[str, Text] = Field(min_length=1)

    def fits(self, key: str) -> bool:
        """Whether a notice of this key may be told with it."""
        return not self.about or key.partition(":")[0] in self.about


class NoticesError(Exception):
    """The file of templates cannot be used; the text says why."""


class Notices:
    """The templates of this installation.

    Args:
        templates: in order of preference.
        public_url: where our pages are, as people reach them.
    """

    def __init__(self, templates: tuple[Template, ...], public_url: str) -> None:
        self.templates = templates
        self._public_url = public_url

    @classmethod
    def load(cls, var_dir: Path, public_url: str) -> "Notices":
        """Read the installation's file; without one there are no notices beyond the window.

        Raises:
            NoticesError: the file is wrong.
        """
        path = var_dir / FILE
        if not path.exists():
            return cls((), public_url)
        try:
            told = yaml.safe_load(path.read_text(encoding="utf-8")) or []
            return cls(tuple(Template.model_validate(one) for one in told), public_url)
        except (yaml.YAMLError, ValidationError, TypeError) as error:
            raise NoticesError(f"{path}: {error}") from error

    def permitted(self, session: Session, message: Message) -> Piece | None:
        """Return a notice as a piece WeChat takes at any time, if the person has allowed one.

        The grant is spent with it.
        """
        details = message.details or {}
        notice = session.get(Notification, details.get("notification", 0))
        if notice is None:
            return None
        return self._piece(session, message, notice.key, message.text, details.get("link"))

    def nudge(self, session: Session, message: Message) -> Piece | None:
        """Return a notice that staff have written, while their words have to wait for the person.

        One for each silence: None where the person was told since they last wrote.
        """
        conversation = session.get_one(Conversation, message.conversation_id)
        since = conversation.last_inbound_at
        if message.author is not Author.STAFF or planned_since(
            session, conversation, ANSWERED, since
        ):
            return None
        return self._piece(session, message, _ANSWER, ANSWERED, "/m/requests")

    def to_allow(self, about: str) -> tuple[Template, ...]:
        """Return the templates a person has to allow for notices of this kind to come.

        Args:
            about: the beginning of the notices' keys.
        """
        fitting = [one for one in self.templates if one.fits(about)]
        if any(one.kind == "template" for one in fitting):
            return ()
        return tuple(fitting[:_ASKED_AT_ONCE])

    def left(self, session: Session, contact_id: int, templates: tuple[Template, ...]) -> int:
        """Return how many notices of each of these a person has still allowed."""
        return min(notice_grant.left(session, contact_id, one.id) for one in templates)

    def _piece(
        self, session: Session, message: Message, key: str, text: str, link: str | None
    ) -> Piece | None:
        conversation = session.get_one(Conversation, message.conversation_id)
        for template in self.templates:
            if not template.fits(key):
                continue
            is_free = template.kind == "template"
            if is_free or notice_grant.spend(
                session, conversation.contact_id, template.id, message.id
            ):
                return Piece(text, self._content(template, text, link))
        return None

    def _content(self, template: Template, text: str, link_to: str | None) -> dict[str, Any]:
        shown = {"words": _beginning(text), "time": _clock(utc_now())}
        data = {name: {"value": value.format(**shown)} for name, value in template.data.items()}
        to = urlencode({"to": link_to or "/m/"})
        address = f"{self._public_url}/m/enter?{to}"
        link = {"page": address} if template.kind == "subscribe" else {"url": address}
        return {
            "msgtype": template.kind,
            "notice": {"template_id": template.id, "data": data, **link},
        }


def _beginning(text: str) -> str:
    """Return what fits of the first line. Private values stay in our own pages."""
    line = TOKEN.sub("…", text.strip().partition("\n")[0])
    return line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"


def _clock(now: datetime) -> str:
    return now.astimezone(_CHINA).strftime("%Y年%m月%d日 %H:%M")
