"""Training data: enough of it, in the domain, and nothing of the held-out set in it."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml

from bot.components.normalisation import normalise
from bot.evaluate import NONSENSE, read_test_set
from bot.train import service_intents

_NEAR = 0.85
_LEAST = {"ask_policy": 150, "inform": 150, "out_of_scope": 150}
_LEAST_OTHERWISE = 40
_LEAST_HELD_OUT = 560
_LEAST_HELD_OUT_AN_INTENT = 8


def load(path: str) -> dict:
    return yaml.load(Path(path).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


@pytest.fixture(scope="module")
def examples() -> dict[str, list[str]]:
    """Normalised training examples by intent."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(Path("nlu_data/nlu").rglob("*.yml")):
        for block in load(str(file))["nlu"]:
            if "intent" not in block:
                continue
            lines = block["examples"].splitlines()
            found[block["intent"]] += [normalise(line.removeprefix("- ")) for line in lines]
    return found


@pytest.fixture(scope="module")
def held_out() -> list[tuple[str, str]]:
    tests = read_test_set(Path("tests/bot/nlu/test_utterances.yml"))
    return [(intent, normalise(text)) for intent, text in tests]


def pairs(text: str) -> set[str]:
    return {text[start : start + 2] for start in range(len(text) - 1)} or {text}


def test_every_intent_has_examples_and_a_rule(examples: dict[str, list[str]]) -> None:
    intents = set(load("bot/domain/domain.yml")["intents"])
    rules = load("nlu_data/rules/rules.yml")["rules"]
    assert intents | set(service_intents()) == set(examples)
    assert intents == {rule["steps"][0]["intent"] for rule in rules}
    assert not intents & set(service_intents())


def test_a_service_brings_its_intent_in_the_file_of_its_name() -> None:
    files = Path("nlu_data/nlu/services").glob("*.yml")
    assert service_intents() == sorted(f"start_{file.stem}" for file in files)


def test_every_rule_ends_in_a_declared_action() -> None:
    actions = set(load("bot/domain/domain.yml")["actions"])
    rules = load("nlu_data/rules/rules.yml")["rules"]
    led_to = {rule["steps"][1]["action"] for rule in rules}
    assert actions == led_to | {"action_start_service"}


def test_there_are_enough_examples(examples: dict[str, list[str]]) -> None:
    short = {
        intent: len(texts)
        for intent, texts in examples.items()
        if len(texts) < _LEAST.get(intent, _LEAST_OTHERWISE)
    }
    assert not short


def test_no_example_is_given_twice(examples: dict[str, list[str]]) -> None:
    counts = Counter(text for texts in examples.values() for text in texts)
    assert [text for text, count in counts.items() if count > 1] == []


def test_the_held_out_set_is_large_and_covers_every_intent(
    examples: dict[str, list[str]], held_out: list[tuple[str, str]]
) -> None:
    counts = Counter(intent for intent, _ in held_out)
    assert counts.total() >= _LEAST_HELD_OUT
    assert set(counts) == set(examples) - {"nlu_fallback"} | {NONSENSE}
    assert min(counts.values()) >= _LEAST_HELD_OUT_AN_INTENT


def test_no_held_out_text_is_in_training(
    examples: dict[str, list[str]], held_out: list[tuple[str, str]]
) -> None:
    learnt = {text: pairs(text) for texts in examples.values() for text in texts}
    leaks = []
    for _, text in held_out:
        asked = pairs(text)
        for example, known in learnt.items():
            near = len(asked & known) / len(asked | known) > _NEAR
            if text == example or near:
                leaks.append((text, example))
    assert leaks == []
