"""``make bench``: the whole chain against a stock Rasa bot, in the same run.

Signed WeChat text in → policy answer out, over real HTTP, against ``rasa init``'s own bot on its
REST channel. Also: a long conversation, the console under load, memory at rest, training and
start-up.
"""

import argparse
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path

import yaml

from models.settings import ROOT
from tests.bench import console, load, stock
from tests.bench.load import Request
from tests.e2e.stack import Stack
from tests.wechat import reply_text
from webhook.cli.stack import rasa_python

# What the road says when the assistant failed does not count as an answer.
_FALLBACK = re.compile("没反应过来|只能查文件|没收到".encode())
_QUESTIONS = ROOT / "tests" / "knowledge_questions.yml"


def main() -> None:
    """Measure, and print figures with their ratios."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=12, help="length of each load run")
    parser.add_argument("--database-url", default="", help="default: SQLite")
    parser.add_argument("--redis-url", default="", help="default: the embedded server")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jct-bench-") as folder:
        theirs = _measure_stock(Path(folder, "stock"), asked.seconds)
        ours = _measure_ours(Path(folder, "ours"), asked)
    _compare(theirs, ours)


def _measure_stock(folder: Path, seconds: float) -> dict[str, float]:
    folder.mkdir()
    print("· stock rasa init: training and starting", flush=True)
    with stock.stock_bot(folder) as bot:
        print(f"  training {bot.training:.1f} s, first answer after {bot.starting:.1f} s")
        at_rest = _memory(bot.pid)
        one = load.run(bot.url, stock.messages(), 1, seconds)
        print(f"  1 at once    {one}", flush=True)
        many = load.run(bot.url, stock.messages(), 16, seconds)
        print(f"  16 at once   {many}", flush=True)
        print(f"  memory {at_rest:.0f} MB", flush=True)
    return {"one": one.median, "many": many.per_second, "memory": at_rest}


def _measure_ours(folder: Path, asked: argparse.Namespace) -> dict[str, float]:
    print("· 就创通: training", flush=True)
    training = _train(folder)
    stack = Stack(folder / "var", asked.database_url, asked.redis_url)
    began = time.monotonic()
    stack.start()
    try:
        texts = _texts()
        first = stack.post(stack.wechat.text("bench-first", texts[0]))
        starting = time.monotonic() - began
        assert reply_text(first.content)
        print(f"  training {training:.1f} s, first answer after {starting:.1f} s", flush=True)
        at_rest = _memory_of(stack)
        unseen = load.run(stack.url, _messages(stack, iter(texts[1:]), "unseen"), 1, asked.seconds)
        print(f"  1 at once, new questions    {unseen}", flush=True)
        one = load.run(stack.url, _messages(stack, cycle(texts), "one"), 1, asked.seconds)
        print(f"  1 at once, asked before     {one}", flush=True)
        many = load.run(stack.url, _messages(stack, cycle(texts), "many"), 16, asked.seconds)
        print(f"  16 at once, asked before    {many}", flush=True)
        early, late = _long_conversation(stack, texts)
        print(f"  one conversation: messages 5 to 24 {early:.1f} ms, 481 to 500 {late:.1f} ms")
        arrivals = console.run(stack, asked.seconds)
        print(f"  console, {console.CHATS} chats, {console.OFFICIALS} officials: {arrivals}")
        print(f"  memory {at_rest:.0f} MB at rest, {_memory_of(stack):.0f} MB after the load")
    finally:
        stack.stop()
    return {
        "one": one.median,
        "unseen": unseen.median,
        "many": many.per_second,
        "memory": at_rest,
        "growth": late / early,
        "arrives": arrivals.p99 / 1000,
        "lost": arrivals.lost,
    }


def _train(folder: Path) -> float:
    var = folder / "var"
    var.mkdir(parents=True)
    began = time.monotonic()
    with open(folder / "train.log", "ab") as log:
        subprocess.run(
            [str(rasa_python()), "-m", "bot.train", "--force"],
            cwd=ROOT, env={**os.environ, "VAR_DIR": str(var)}, stdout=log, stderr=log,
            check=True, timeout=300,
        )  # fmt: skip
    return time.monotonic() - began


def _texts() -> list[str]:
    """Return the questions people ask about the plan, all of them different."""
    data = yaml.safe_load(_QUESTIONS.read_text(encoding="utf-8"))
    return sorted(
        {
            case["ask"]
            for part in data.values()
            for kind in ("answerable", "not_stated")
            for case in part[kind]
        }
    )


def _messages(stack: Stack, texts: Iterator[str], run: str) -> Iterator[Request]:
    """Sign each text as WeChat does, from twenty people a run."""
    for number, text in zip(count(), texts, strict=False):
        yield Request(
            f"/wechat?{stack.wechat.query()}",
            stack.wechat.text(f"bench-{run}-{number % 20}", text),
            {"Content-Type": "text/xml"},
            lambda answer: answer.startswith(b"<xml>") and not _FALLBACK.search(answer),
        )


def _long_conversation(stack: Stack, texts: list[str]) -> tuple[float, float]:
    times: list[float] = []
    for text, _number in zip(cycle(texts), range(500), strict=False):
        began = time.perf_counter()
        stack.post(stack.wechat.text("bench-long", text))
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[4:24]), statistics.median(times[480:500])


def _memory_of(stack: Stack) -> float:
    return _memory(int((stack.var / "run" / "supervisord.pid").read_text()))


def _memory(pid: int) -> float:
    """Return the MB a process and its children hold, shared pages counted by share (PSS)."""
    total = 0.0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            total += int(line.split()[1]) / 1024
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return total + sum(_memory(int(child)) for child in children)


def _compare(theirs: dict[str, float], ours: dict[str, float]) -> None:
    print("· ratios (goal)")
    for name, ratio, goal in (
        ("messages a second, 16 at once, ours / stock", ours["many"] / theirs["many"], "≥ 5"),
        ("median, one at a time, ours / stock", ours["one"] / theirs["one"], "< 1"),
        ("median of new questions, ours / stock", ours["unseen"] / theirs["one"], "< 1"),
        ("a conversation's 500th message / its 5th", ours["growth"], "≤ 1.3"),
        ("a message on its official's screen, p99 in seconds", ours["arrives"], "≤ 1"),
        ("messages that never came there", ours["lost"], "0"),
        ("memory at rest, ours / stock", ours["memory"] / theirs["memory"], "≤ 1"),
    ):
        print(f"  {name:48} {ratio:5.2f}  ({goal})")


if __name__ == "__main__":
    main()
