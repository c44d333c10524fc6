"""Conventions that no file can keep by itself: the domain, the rules and the actions agree."""

import re
from pathlib import Path
from typing import Any

import yaml

from bot.actions import registry
from bot.actions.registry import ACTIONS, BY_RULE
from bot.actions.service import StartService
from models.catalogue import load_catalogue
from models.intake import wording
from models.settings import ROOT


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _domain() -> dict[str, Any]:
    return dict(_yaml(ROOT / "bot" / "domain" / "domain.yml"))


def _rules() -> list[tuple[str, str]]:
    steps = []
    for path in (ROOT / "nlu_data" / "rules").glob("*.yml"):
        for rule in _yaml(path)["rules"]:
            first, second = rule["steps"]
            steps.append((first["intent"], second["action"]))
    return steps


def test_every_action_of_the_domain_has_a_class_and_the_other_way_round() -> None:
    names = [action.action_name for action in ACTIONS]
    assert len(names) == len(set(names))
    assert set(names) == set(_domain()["actions"])


def test_every_intent_of_the_domain_has_a_rule_and_every_rule_an_action() -> None:
    rules = _rules()
    assert {intent for intent, _ in rules} == set(_domain()["intents"])
    assert {action for _, action in rules} <= set(_domain()["actions"])


def test_rules_and_classes_agree_on_who_is_there_for_an_intent() -> None:
    served = {intent: kind.action_name for kind in ACTIONS for intent in kind.intents}
    served |= {service.start_intent: StartService.action_name for service in load_catalogue()}
    for intent, action in _rules():
        assert served[intent] == action, intent


def test_every_service_has_examples_and_every_start_a_service() -> None:
    """Domain and rules of these intents are made from their examples, when Rasa is trained."""
    taught = {
        entry["intent"]
        for path in (ROOT / "nlu_data" / "nlu" / "services").glob("*.yml")
        for entry in _yaml(path)["nlu"]
    }
    assert taught == {service.start_intent for service in load_catalogue()}


def test_every_response_an_action_names_is_in_the_domain() -> None:
    responses = set(_yaml(ROOT / "bot" / "domain" / "responses.yml")["responses"])
    named = set()
    for path in Path(str(registry.__file__)).parent.glob("*.py"):
        named |= set(re.findall(r"Response\(\"(utter_\w+)\"", path.read_text(encoding="utf-8")))
    small_talk = next(a for a in ACTIONS if a.action_name == "action_small_talk")
    named |= {f"utter_{intent}" for intent in small_talk.intents}
    assert named <= responses


def test_every_phrase_and_command_can_be_used() -> None:
    known = _yaml(Path(wording.__file__).with_name("wording.yml"))
    by_rule = {intent for kind in BY_RULE for intent in kind.intents}
    intents = set(_domain()["intents"]) | {"keep"} | by_rule
    assert set(known["commands"]) | set(known["patterns"]) <= intents
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("models", "bot/actions")
        for path in (ROOT / folder).rglob("*.py")
    )
    for kind, call in (("phrases", "phrase"), ("titles", "title"), ("words", "words")):
        used = set(re.findall(rf"\b{call}\(\s*\"(\w+)\"", sources))
        # A name may be chosen from among several, or be put together from a state.
        built = tuple(re.findall(rf"\b{call}\(f\"(\w+)\{{", sources))
        named = set(re.findall(r"[\"'](\w+)[\"']", sources))
        named |= {name for name in known[kind] if name.startswith(built)}
        assert used <= set(known[kind])
        assert set(known[kind]) <= named, kind


def test_actions_load_without_doing_anything() -> None:
    for action in ACTIONS:
        assert action.__doc__
        assert action.action_name.startswith("action_")


def test_who_asks_whether_this_is_a_person_is_shown_the_way_to_one() -> None:
    told = _yaml(ROOT / "bot" / "domain" / "responses.yml")["responses"]["utter_bot_challenge"]
    for variation in told:
        named = re.findall("「(.+?)」", variation["text"])
        assert [wording.command(words) for words in named] == ["human"]
