"""Allowing notices: on a page of ours inside WeChat a person allows one notice of a request.

The button is WeChat's own tag (``wx-open-subscribe``) and works only inside WeChat: the part of
the page stays hidden until WeChat's script says it is there. That somebody allowed a notice is
told by WeChat in an event (`models.notice_grant`), never by the page.

Source: developers.weixin.qq.com/doc/offiaccount — 订阅通知 (服务号订阅通知), 微信开放标签.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import g
from sqlalchemy.orm import Session

from webhook import visitor
from webhook.current import services
from webhook.wechat.page_user import script_address

_ABOUT = "request"


@dataclass(frozen=True)
class Offer:
    """What a page offers to allow.

    Attributes:
        templates: the ids of the templates, as the tag takes them.
        script: the address of WeChat's script.
        left: how many notices of each are allowed already.
    """

    templates: str
    script: str
    left: int


def offer(session: Session) -> Offer | None:
    """Return what the person who looks may allow; None where notices need no permission of theirs.

    Also None for somebody WeChat does not know, or who never talked to the account.
    """
    settings = services().settings
    contact_id = visitor.of_talk(session) if settings.wechat_page_sign_in else None
    found = services().notices.to_allow(_ABOUT)
    if contact_id is None or not found:
        return None
    address = script_address(settings)
    # `webhook.app` lets in our own scripts only.
    g.scripts_from = "://".join(urlsplit(address)[:2])
    left = services().notices.left(session, contact_id, found)
    return Offer(",".join(one.id for one in found), address, left)
