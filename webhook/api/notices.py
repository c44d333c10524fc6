"""``/api/v1/notices``: what the caller was told lately without having asked."""

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import List, Nested, String

from models.notification import notices_of
from models.private_value import open_all
from webhook.api.sign_in import auth, me
from webhook.current import database

bp = APIBlueprint("api_notices", __name__, tag="通知")


class Notice(Schema):
    """One notice."""

    at = String(metadata={"format": "date-time"})
    text = String(metadata={"description": "给人看的话，连同下一步怎么办"})
    link = String(allow_none=True, metadata={"description": "说的是哪一页，如 /m/requests/编号"})


class NoticeItems(Schema):
    """The newest notices."""

    items = List(Nested(Notice))


@bp.get("/notices")
@bp.auth_required(auth)
@bp.output(NoticeItems)
@bp.doc(
    summary="最近的通知",
    description="申请到哪一步、要补什么、招工消息等，最新的在前，最多 20 条。",
    responses=[401],
)
def list_notices() -> dict[str, Any]:
    """List the caller's newest notices."""
    with database().reading() as session:
        told = [
            {
                "at": one.created_at.isoformat(),
                "text": open_all(session, me(), one.text),
                "link": (one.details or {}).get("link"),
            }
            for one in notices_of(session, me())
        ]
    return {"items": told}
