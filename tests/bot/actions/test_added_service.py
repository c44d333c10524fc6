"""Adding a service is one YAML file: made up here, loaded, and taken through the form."""

from dataclasses import replace
from pathlib import Path

from bot.actions.topic import Desk
from models.catalogue import load_catalogue
from models.request import requests_of
from tests.bot.actions.dialogue import Person

BAKERY = """
code: bakery_course
name: 面包师傅培训
clauses: [三(四)]
audience: 想学做面包的人
office: {who: 当地公共就业服务机构, hotline: "12333"}
consent: {version: "1", stores: 手机号, purpose: 安排培训, erase: 发「我的信息」}
fields:
  - name: level
    type: choice
    label: 学哪种
    prompt: 想学哪种？
    help: 选一样。
    example: 初级
    options: {choices: [初级, 高级]}
  - name: years
    type: count
    label: 做了几年
    prompt: 做面包几年了？
    help: 说个数。
    example: "3"
    ask_if: {field: level, is: 高级}
    options: {min: 0, max: 60}
  - name: mobile
    type: mobile
    label: 手机号
    prompt: 手机号是多少？
    help: 11位。
    example: "13800000000"
    private: true
eligibility:
  - needs: {field: years, at_least: 2}
    reason: 做面包满2年
    source: 培训学校的规定
    change: 可以先学初级。
    blocks: true
confirm: 对吗？
done: 报上了，编号{number}。
updated: 改好了，编号{number}。
record: request
"""


def _somebody(desk: Desk, folder: Path) -> Person:
    (folder / "bakery_course.yml").write_text(BAKERY, encoding="utf-8")
    return Person(replace(desk, catalogue=load_catalogue(folder)))


def test_the_new_service_is_asked_checked_and_stored(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "services"
    folder.mkdir()
    person = _somebody(desk, folder)
    begun = person.says("面包师傅培训", "nlu_fallback", 0.2)
    assert "同意" in begun.titles
    assert "想学哪种" in person.says("同意", "affirm").text
    assert "做面包几年" in person.says("高级").text
    barred = person.says("1")
    assert "不符合" in barred.text and "做面包满2年" in barred.text
    assert "以当地人社部门解释为准" in barred.text
    assert "手机" not in barred.text  # nothing private is asked for what nobody could grant
    assert "不符合" in person.says("对", "affirm").text
    with desk.database.reading() as session:
        assert requests_of(session, person.contact_id) == []
    changed = person.says("改一下学哪种")
    assert "想学哪种" in changed.text
    assert "手机" in person.says("初级").text
    summary = person.says("13800000000")
    assert "做了几年" not in summary.text
    done = person.says("对", "affirm")
    assert "报上了" in done.text
    with desk.database.reading() as session:
        (request,) = requests_of(session, person.contact_id, "bakery_course")
        assert request.answers == {"level": "初级", "mobile": "13800000000"}
        assert request.number in done.text
    assert request.number in person.says("我的申请到哪了", "progress").text
    person.leaves()
