"""The account's API for commands: opened, closed, and its refusals told in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
import requests
from wechatpy.exceptions import WeChatClientException

from models import sealed
from models.database import Database
from models.settings import Settings
from webhook.wechat.account_client import AccountClient, TokenError

_MEANINGS = {
    48001: "这个公众号没有这项接口的权限（要认证过的服务号）。",
    40164: "本机的 IP 不在公众号后台的白名单里。",
    45009: "今天的调用次数用完了。",
}


@contextmanager
def account_of(settings: Settings) -> Iterator[AccountClient]:
    """Open the API of the account in the settings; what it refuses ends the command."""
    sealed.use_key(settings)
    database = Database(settings.database_url)
    client = AccountClient(settings, database)
    try:
        yield client
    except TokenError as error:
        raise click.ClickException(
            f"拿不到 access_token：{error}。请核对 WECHAT_APP_ID、WECHAT_APP_SECRET。"
        ) from error
    except WeChatClientException as error:
        why = _MEANINGS.get(error.errcode, str(error.errmsg))
        raise click.ClickException(f"微信不接受（{error.errcode}）：{why}") from error
    except requests.RequestException as error:
        raise click.ClickException(
            f"连不上 {settings.wechat_api_base_url}：{type(error).__name__}"
        ) from error
    finally:
        client.close()
        database.dispose()
