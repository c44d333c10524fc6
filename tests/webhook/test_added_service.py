"""A service that is one new YAML file is there at the API and on the pages, without any Python."""

from pathlib import Path

from apiflask import APIFlask
from sqlalchemy import select

from models.catalogue import load_catalogue
from models.database import Database
from models.request import Request
from tests.bot.actions.test_added_service import BAKERY
from tests.webhook.api.conftest import MiniProgram, api_app
from tests.webhook.test_mobile import Visitor

__all__ = ["api_app"]


def test_one_file_opens_both_doors(api_app: APIFlask, database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "services"
    folder.mkdir()
    (folder / "bakery_course.yml").write_text(BAKERY, encoding="utf-8")
    api_app.extensions["services"].catalogue = load_catalogue(folder)

    user = MiniProgram(api_app)
    answers = {"level": "高级", "years": 1, "mobile": "13800138000"}
    sent = {"service": "bakery_course", "consent": True, "answers": answers}
    refused = user.write("POST", "/requests", json=sent)
    assert refused.status_code == 422
    assert "做面包满2年" in refused.json["error"]["fields"]["years"]
    sent["answers"] = answers | {"years": 3}
    assert user.write("POST", "/requests", json=sent).status_code == 201

    visitor = Visitor(api_app)
    assert "面包师傅培训" in visitor.get("/m/").text
    path = "/m/services/bakery_course"
    page = visitor.client.get(f"{path}/fill/1").text
    assert 'name="years"' not in page
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    for where, fields in (
        ("fill/1", {"agreed": "1", "level": "初级"}),
        ("fill/2", {"mobile": "13900139000"}),
        ("check", {}),
    ):
        answer = visitor.client.post(f"{path}/{where}", data=fields | {"csrf_token": token})
        assert answer.status_code in (200, 303), answer.text
    with database.reading() as session:
        stored = session.scalars(select(Request).order_by(Request.id)).all()
    assert [one.answers["level"] for one in stored] == ["高级", "初级"]
