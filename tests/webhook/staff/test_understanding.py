"""What was not understood: seen in clusters, taught by a click, learnt without a stop."""

from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import select

from models.contact import meet_contact
from models.settings import Settings
from models.staff import Role
from models.understanding import (
    ReviewState,
    UnclearMessage,
    keep_unclear,
    known_intents,
    plain_names,
)
from tests.webhook.staff.conftest import Browser, Office
from webhook.retraining import Retraining


@pytest.fixture
def editor(office: Office) -> Browser:
    return office.desk_of("bian", Role.EDITOR)


def hear(office: Office, *texts: str, guess: str = "start_gig_search") -> list[int]:
    with office.database.unit_of_work() as work:
        contact = meet_contact(work, "web", "test", "somebody")
        kept = [keep_unclear(work, contact.id, text, guess, 0.3) for text in texts]
        return [one.id for one in kept if one is not None]


def states(office: Office) -> dict[str, tuple[ReviewState, str | None]]:
    with office.database.reading() as session:
        found = session.scalars(select(UnclearMessage))
        return {one.text: (one.state, one.intent) for one in found}


def test_every_intent_has_a_plain_name() -> None:
    services = {intent for intent in known_intents() if intent.startswith("start_")}
    assert set(plain_names()) == known_intents() - services


def test_like_wordings_stand_together_with_the_guess_in_plain_words(
    office: Office, editor: Browser
) -> None:
    hear(office, "整点活儿干", "整点活干干", "嘎哈呢")
    page = editor.get("/staff/understanding").text
    assert "3 次，2 种说法" in page
    assert "是「找零工」" in page
    assert "start_gig_search" not in page.replace('value="start_gig_search"', "")


def test_one_click_teaches_a_cluster(office: Office, editor: Browser) -> None:
    ids = hear(office, "整点活儿干", "整点活干干")
    taught = editor.post("/staff/understanding/teach", id=ids, intent="start_gig_search")
    assert taught.status_code == 303
    assert set(states(office).values()) == {(ReviewState.TAUGHT, "start_gig_search")}
    page = editor.get("/staff/understanding").text
    assert "教过 2 句" in page
    assert "整点活" not in page


def test_what_is_nothing_to_learn_is_laid_aside(office: Office, editor: Browser) -> None:
    ids = hear(office, "嘎哈呢")
    editor.post("/staff/understanding/teach", id=ids, intent="")
    assert states(office) == {"嘎哈呢": (ReviewState.DISMISSED, None)}


@pytest.mark.parametrize("ids", [["999999999"], ["x"], ["9" * 40], []])
def test_strange_ids_break_nothing(office: Office, editor: Browser, ids: list[str]) -> None:
    answer = editor.post("/staff/understanding/teach", id=ids, intent="greet")
    assert answer.status_code == 303


def test_an_intent_nobody_knows_is_refused(office: Office, editor: Browser) -> None:
    ids = hear(office, "嘎哈呢")
    refused = editor.post("/staff/understanding/teach", id=ids, intent="rob_a_bank")
    assert refused.status_code == 422
    assert "请从单子里选" in refused.text
    assert states(office) == {"嘎哈呢": (ReviewState.OPEN, None)}


def test_learning_begins_with_what_was_taught(
    office: Office, editor: Browser, settings: Settings
) -> None:
    ids = hear(office, "整点活儿干")
    editor.post("/staff/understanding/teach", id=ids, intent="start_gig_search")
    with patch.object(Retraining, "begin", return_value=True) as begin:
        assert editor.post("/staff/understanding/retrain").status_code == 303
    begin.assert_called_once()
    taught = Path(settings.var_dir) / "nlu" / "taught.yml"
    assert "整点活儿干" in taught.read_text(encoding="utf-8")
    assert "让助手重新学习" in office.desk_of("shen", Role.AUDITOR).get("/staff/audit").text


def test_others_stay_out(office: Office) -> None:
    assert office.desk_of("zuo").get("/staff/understanding").status_code == 403
