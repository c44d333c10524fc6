"""Measure how well the assistant understands, on utterances it never learnt from.

Run from the repository root: ``bot/.venv/bin/python -m bot.evaluate [--against-stock]``. Exits
with 1 when a figure falls below the committed floor. ``--data`` and ``--test`` take any other
intent set, so that the pipeline can be tried on another trade.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import yaml

from bot.train import hush_libraries

FALLBACK = "nlu_fallback"
NONSENSE = "nonsense"
"""Key of the test file for texts that mean nothing: they must not reach a service."""

_CONFIG = Path("config.yml")
_DATA = Path("nlu_data/nlu")
_TEST = Path("tests/bot/nlu/test_utterances.yml")
_FLOOR = Path("tests/bot/nlu/floor.yml")
_REFUSALS = (FALLBACK, "out_of_scope")
_STOCK_CONFIG = """
recipe: default.v1
assistant_id: stock
language: zh
pipeline:
- name: JiebaTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: 100
  constrain_similarities: true
  random_seed: 42
- name: EntitySynonymMapper
- name: FallbackClassifier
  threshold: 0.3
  ambiguity_threshold: 0.1
"""
_BINS = 10
_TIMED = 60
_PROGRESS_SECONDS = 5.0


@dataclass(frozen=True)
class Verdict:
    """What a pipeline made of one test utterance."""

    text: str
    expected: str
    predicted: str
    likeliest: str
    confidence: float


def read_test_set(path: Path) -> list[tuple[str, str]]:
    """Return (intent, utterance) pairs of a held-out file: a mapping of intents to lists."""
    # The base loader keeps 「886」 and 「no」 the words they are.
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return [(intent, text) for intent, texts in content.items() for text in texts]


def figures(verdicts: list[Verdict]) -> dict[str, float]:
    """Boil verdicts down to accuracy, macro-F1, calibration error and refusal of nonsense.

    Accuracy counts a fallback as an error; ``ece`` is the expected calibration error of the
    likeliest intent over ten bins of confidence.
    """
    known = [verdict for verdict in verdicts if verdict.expected != NONSENSE]
    nonsense = [verdict for verdict in verdicts if verdict.expected == NONSENSE]
    answered = [verdict for verdict in known if verdict.predicted != FALLBACK]
    result = {
        "accuracy": _share(known, lambda v: v.predicted == v.expected),
        "accuracy_without_fallback": _share(known, lambda v: v.likeliest == v.expected),
        "macro_f1": _macro_f1(known),
        "precision_when_answered": _share(answered, lambda v: v.predicted == v.expected),
        "fallback_on_known": _share(known, lambda v: v.predicted == FALLBACK),
        "ece": _calibration_error(known),
    }
    if nonsense:
        result["nonsense_refused"] = _share(nonsense, lambda v: v.predicted in _REFUSALS)
    return result


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot.evaluate", description=__doc__)
    parser.add_argument("--against-stock", action="store_true", help="also train Jieba + DIET")
    parser.add_argument("--data", type=Path, default=_DATA)
    parser.add_argument("--test", type=Path, default=_TEST)
    parser.add_argument("--floor", type=Path, default=_FLOOR, help="figures not to fall below")
    parser.add_argument("--errors", action="store_true", help="list every misunderstood text")
    options = parser.parse_args(arguments)
    _prepare()
    tests = read_test_set(options.test)
    print(f"evaluation: {len(tests)} held-out utterances of {options.test}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RASA_CACHE_DIRECTORY"] = str(Path(folder) / "cache")
        ours = _measure("ours", _CONFIG, options, tests, Path(folder))
        if options.against_stock:
            stock_config = Path(folder) / "stock.yml"
            stock_config.write_text(_STOCK_CONFIG, encoding="utf-8")
            stock = _measure("stock", stock_config, options, tests, Path(folder))
            gain = 100 * (ours["accuracy_without_fallback"] - stock["accuracy_without_fallback"])
            print(f"ours against stock: {gain:+.1f} points of accuracy (without fallback)")
    if options.test != _TEST:
        return 0
    return _hold_floor(ours, options.floor)


def _measure(
    label: str,
    config: Path,
    options: argparse.Namespace,
    tests: list[tuple[str, str]],
    folder: Path,
) -> dict[str, float]:
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    print(f"\n== {label}: training", flush=True)
    started, worked = time.monotonic(), time.process_time()
    archive = train_nlu(str(config), str(options.data), str(folder / label))
    seconds, core_seconds = time.monotonic() - started, time.process_time() - worked
    print(f"== {label}: trained in {seconds:.0f} s, asking", flush=True)
    agent = Agent.load(archive)
    parsed = asyncio.run(_parse_all(agent, [text for _, text in tests]))
    verdicts = [
        _verdict(text, expected, result)
        for (expected, text), (result, _, _) in zip(tests, parsed, strict=True)
    ]
    again = asyncio.run(_parse_all(agent, [text for _, text in tests[:_TIMED]]))
    result = figures(verdicts) | {
        "training_seconds": seconds,
        "training_core_seconds": core_seconds,
        "unseen_ms": statistics.median(took for _, took, _ in parsed),
        "unseen_p95_ms": statistics.quantiles((took for _, took, _ in parsed), n=20)[-1],
        # What one core worked on it: a busy machine makes the others wait, not this one.
        "unseen_core_ms": statistics.median(worked for _, _, worked in parsed),
        "cached_core_ms": statistics.median(worked for _, _, worked in again),
    }
    for name, value in result.items():
        print(f"   {name:28s}{value:9.3f}")
    _print_calibration(verdicts)
    _print_confusions(verdicts, options.errors)
    return result


async def _parse_all(agent: Any, texts: list[str]) -> list[tuple[dict[str, Any], float, float]]:
    """Return, for each text, what it was understood as and the milliseconds passed and worked."""
    results = []
    reported = time.monotonic()
    for text in texts:
        started, worked = time.perf_counter(), time.process_time()
        result = await agent.parse_message(text)
        took, worked = time.perf_counter() - started, time.process_time() - worked
        results.append((result, 1000 * took, 1000 * worked))
        if time.monotonic() - reported > _PROGRESS_SECONDS:
            reported = time.monotonic()
            print(f"   asked {len(results)} of {len(texts)}", flush=True)
    return results


def _verdict(text: str, expected: str, result: dict[str, Any]) -> Verdict:
    ranking = [entry for entry in result["intent_ranking"] if entry["name"] != FALLBACK]
    top = ranking[0] if ranking else {"name": "", "confidence": 0.0}
    predicted = result["intent"]["name"] or FALLBACK
    return Verdict(text, expected, predicted, top["name"], top["confidence"])


def _print_calibration(verdicts: list[Verdict]) -> None:
    """Show, for each tenth of confidence, how sure the model was and how often it was right."""
    print("   confidence   texts   sure   right")
    for place, group in sorted(_by_confidence(verdicts).items()):
        sure = statistics.mean(verdict.confidence for verdict in group)
        right = _share(group, lambda v: v.likeliest == v.expected)
        span = f"{place / _BINS:.1f} to {(place + 1) / _BINS:.1f}"
        print(f"   {span}   {len(group):5d}   {sure:.2f}   {right:.2f}")


def _print_confusions(verdicts: list[Verdict], everything: bool) -> None:
    wrong = [verdict for verdict in verdicts if not _is_fine(verdict)]
    pairs = Counter((verdict.expected, verdict.predicted) for verdict in wrong)
    print("   worst pairs (meant → understood):")
    for (expected, predicted), count in pairs.most_common(12):
        print(f"   {count:4d}  {expected} → {predicted}")
    if everything:
        for verdict in wrong:
            print(
                f"   {verdict.confidence:.2f}  {verdict.expected} → {verdict.predicted}"
                f" ({verdict.likeliest})  {verdict.text}"
            )


def _is_fine(verdict: Verdict) -> bool:
    if verdict.expected == NONSENSE:
        return verdict.predicted in _REFUSALS
    return verdict.predicted == verdict.expected


def _hold_floor(result: dict[str, float], path: Path) -> int:
    floor = yaml.safe_load(path.read_text(encoding="utf-8"))
    failures = [
        f"{name} is {result[name]:.3f}, below {least}"
        for name, least in floor.get("at_least", {}).items()
        if result[name] < least
    ] + [
        f"{name} is {result[name]:.3f}, above {most}"
        for name, most in floor.get("at_most", {}).items()
        if result[name] > most
    ]
    for failure in failures:
        print(f"evaluation failed: {failure}", file=sys.stderr)
    print("\nevaluation: " + ("below the floor" if failures else "above the floor"))
    return 1 if failures else 0


def _share(verdicts: list[Verdict], test: Any) -> float:
    return sum(map(test, verdicts)) / len(verdicts) if verdicts else 0.0


def _macro_f1(verdicts: list[Verdict]) -> float:
    scores = []
    for intent in {verdict.expected for verdict in verdicts}:
        hits = sum(v.predicted == v.expected == intent for v in verdicts)
        named = sum(v.predicted == intent for v in verdicts)
        meant = sum(v.expected == intent for v in verdicts)
        scores.append(2 * hits / (named + meant))
    return statistics.mean(scores)


def _calibration_error(verdicts: list[Verdict]) -> float:
    return sum(
        len(group)
        / len(verdicts)
        * abs(
            statistics.mean(v.confidence for v in group)
            - _share(group, lambda v: v.likeliest == v.expected)
        )
        for group in _by_confidence(verdicts).values()
    )


def _by_confidence(verdicts: list[Verdict]) -> dict[int, list[Verdict]]:
    """Sort verdicts on known intents into tenths of confidence."""
    bins: dict[int, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.expected != NONSENSE:
            bins.setdefault(min(int(verdict.confidence * _BINS), _BINS - 1), []).append(verdict)
    return bins


def _prepare() -> None:
    hush_libraries()
    warnings.filterwarnings("ignore")
    # Milliseconds are those of one core.
    os.environ["OMP_NUM_THREADS"] = "1"
    # Every figure is measured afresh: no training cache, no embeddings shared by others.
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    os.environ.pop("REDIS_URL", None)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("rasa").setLevel(logging.ERROR)


if __name__ == "__main__":
    sys.exit(main())
