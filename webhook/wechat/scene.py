"""QR codes with a scene: who scans one is in the service it stands for.

Source: developers.weixin.qq.com/doc/offiaccount — 生成带参数的二维码.
"""

from dataclasses import dataclass

from webhook.wechat.account_client import AccountClient


@dataclass(frozen=True)
class Code:
    """A code WeChat has made. `address` is what it holds; `lasts` its seconds, None for ever."""

    ticket: str
    address: str
    lasts: int | None


def make_code(account: AccountClient, scene: str, days: int | None) -> Code:
    """Have WeChat make a code.

    Args:
        account: of which account.
        scene: the code of a service.
        days: how long it holds, 30 at most; None for ever (an account has 100,000 of those).

    Raises:
        What `AccountClient.ask` raises.
    """
    action = {"action_info": {"scene": {"scene_str": scene}}}
    if days is None:
        told = account.ask("qrcode/create", action_name="QR_LIMIT_STR_SCENE", **action)
    else:
        told = account.ask(
            "qrcode/create", action_name="QR_STR_SCENE", expire_seconds=days * 86_400, **action
        )
    return Code(str(told["ticket"]), str(told["url"]), told.get("expire_seconds"))
