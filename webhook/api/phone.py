"""``POST /api/v1/phone``: the mini-program's user lets WeChat tell us their number.

The number itself is not kept: its fingerprint joins the contacts WeChat vouches are one person.
Source: developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.
"""

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, String
from apiflask.validators import Length
from flask import current_app

from models.contact import Contact, hold, same_person
from models.intake.fields.mobile import mask_mobile
from models.joining import learn_mobile
from webhook.api.sign_in import WECHAT_MAY_REFUSE, auth, me, redeeming
from webhook.current import database
from webhook.wechat.account_client import AccountClient
from webhook.wechat.miniprogram import phone_behind

bp = APIBlueprint("phone", __name__, tag="登录")


class PhoneCode(Schema):
    """What WeChat's phone-number button gave."""

    code = String(
        required=True,
        validate=Length(1, 128, error="code 要有 1 到 128 个字符。"),
        metadata={"description": "手机号快速验证组件得到的 code，只能用一次"},
    )


class Vouched(Schema):
    """What WeChat said."""

    mobile = String(metadata={"description": "验证过的手机号，遮住中间四位"})
    joined = Boolean(metadata={"description": "是否和本人在其他入口的记录合到了一起"})


@bp.post("/phone")
@bp.auth_required(auth)
@bp.input(PhoneCode, arg_name="given")
@bp.output(Vouched)
@bp.doc(
    summary="用微信验证手机号",
    description="验证过的手机号相同，就是同一个人：公众号、小程序、网页上的记录合到一起。",
    responses={401: "没有登录，或 code 不对", **WECHAT_MAY_REFUSE},
)
def vouch(given: dict[str, Any]) -> dict[str, Any]:
    """Ask WeChat for the number behind the code; join who it says is one person."""
    account: AccountClient = current_app.extensions["miniprogram_account"]
    with redeeming("请重新点按钮授权。"):
        mobile = phone_behind(account, given["code"])
    contact_id = me()
    with database().unit_of_work() as work:
        hold(work, contact_id)
        before = same_person(work, contact_id)
        learn_mobile(work, work.get_one(Contact, contact_id), mobile)
        joined = len(same_person(work, contact_id)) > len(before)
    return {"mobile": mask_mobile(mobile), "joined": joined}
