"""The menu and codes with scenes, against WeChat's side of them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from wechatpy.exceptions import WeChatClientException

from models.catalogue.loader import load_catalogue
from models.database import Database
from models.settings import Settings
from tests.simulator import Simulator, simulating
from webhook.cli.wechat import wechat
from webhook.wechat import menu as menus
from webhook.wechat.account_client import AccountClient
from webhook.wechat.incoming import inbound


@pytest.fixture
def simulator(settings: Settings) -> Iterator[Simulator]:
    with simulating(settings) as made:
        settings.wechat_api_base_url = made.url
        yield made


@pytest.fixture
def run(
    settings: Settings,
    simulator: Simulator,
    sqlite_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> CliRunner:
    monkeypatch.setenv("VAR_DIR", str(settings.var_dir))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("WECHAT_API_BASE_URL", settings.wechat_api_base_url)
    return CliRunner()


def test_the_menu_is_compared_pushed_and_the_same_then(run: CliRunner) -> None:
    assert "还没有菜单" in run.invoke(wechat, ["menu", "show"]).output
    before = run.invoke(wechat, ["menu", "diff"])
    assert before.exit_code == 1
    assert "+  零工登记  click  /start_gig_registration" in before.output
    assert run.invoke(wechat, ["menu", "push"]).exit_code == 0
    after = run.invoke(wechat, ["menu", "diff"])
    assert (after.exit_code, after.output) == (0, "和微信里的一样。\n")
    assert "找人工  click  /human" in run.invoke(wechat, ["menu", "show"]).output


def test_every_tap_of_the_shipped_menu_means_something(settings: Settings) -> None:
    catalogue = load_catalogue()
    menu = menus.load_menu(settings.var_dir, catalogue).as_wechat(catalogue, "https://x.cn")
    for button in menu["button"]:
        for entry in button["sub_button"]:
            if entry["type"] == "click":
                fields = {"CreateTime": "1", "Event": "CLICK", "EventKey": entry["key"]}
                details = inbound(fields, "event", "o", "gh").details or {}
                assert details["payload"] == entry["key"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- {name: 办, entries: [{name: 一, service: none_such}]}", "none_such"),
        ("- {name: 办, entries: [{name: 一, ask: 问, command: /help}]}", "one of"),
        ("- {name: 这个名字太长了, entries: [{name: 一, ask: 问}]}", "longer than 16"),
        ("- {name: 办, entries: [{name: 一, command: /help x}]}", "pattern"),
        ("- {name: 办, entries: [{name: 一, ask: V1001_TODAY}]}", "has Chinese words"),
        ("- {name: 办, entries: []}", "at least 1"),
        ("- [", "menu.yml"),
    ],
)
def test_a_menu_wechat_would_not_take_is_refused_with_the_reason(
    settings: Settings, text: str, why: str
) -> None:
    path = settings.var_dir / "wechat" / "menu.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(menus.MenuError, match=why):
        menus.load_menu(settings.var_dir, load_catalogue())


def test_a_code_opens_its_service(run: CliRunner, simulator: Simulator, tmp_path: Path) -> None:
    target = tmp_path / "code.svg"
    done = run.invoke(wechat, ["qr", "gig_registration", "--days", "30", "--to", str(target)])
    assert (done.exit_code, done.output) == (0, f"零工登记：{target}（30 天内有效）\n")
    assert target.read_text().startswith("<?xml")
    phone = simulator.phone("o-scan")
    assert phone.state["codes"] == ["gig_registration"]
    assert run.invoke(wechat, ["qr", "none_such"]).exit_code == 1


def test_an_account_without_the_right_is_told_so(run: CliRunner, simulator: Simulator) -> None:
    simulator.set("account", kind="subscription")
    told = run.invoke(wechat, ["menu", "push"])
    assert told.exit_code == 1
    assert "48001" in told.output
    assert "认证过的服务号" in told.output


def test_a_token_taken_back_is_fetched_anew_in_the_middle_of_a_call(
    settings: Settings, simulator: Simulator, database: Database
) -> None:
    with closing(AccountClient(settings, database)) as account:
        assert menus.menu_there(account) is None
        simulator.set("tokens/end")
        assert menus.menu_there(account) is None
        assert simulator.tokens == 2
        simulator.set("faults", path="menu/get", errcode=45009)
        with pytest.raises(WeChatClientException):
            menus.menu_there(account)
