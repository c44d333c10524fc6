"""Make an intent set of another trade: everyday commands to a home, in simplified Chinese.

The sentence patterns are those of the PyPI package ``home-assistant-intents`` (CC BY 4.0), read
from where it is installed and never committed. Patterns, not only sentences, are kept apart: what
is asked was said in another way than anything learnt. Intents have very unequal numbers of
examples, from two to ``--most``, as they have in real life.

    uv run --no-project --with home-assistant-intents python -m tests.bench.everyday FOLDER
    bot/.venv/bin/python -m bot.evaluate --against-stock --data FOLDER/nlu.yml --test FOLDER/test.yml
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

# What the patterns leave to the house they are used in.
_OPEN = {
    "area": "客厅 主卧 次卧 厨房 书房 阳台 卫生间 儿童房 玄关 车库 餐厅 老人房",
    "floor": "一楼 二楼 三楼 地下室 顶楼 阁楼",
    "name": "落地灯 电视 扫地机器人 热水器 加湿器 音响 大门 洗衣机 空气净化器 车库门 购物单 待办清单",
    "message": "吃饭了 快递到了 该出门了 爷爷回来了 今晚停水 作业写完没有",
    "search_query": "周杰伦的歌 评书 儿歌 新闻联播 二人转 轻音乐 京剧",
    "zone": "家 公司 学校 健身房 菜市场",
    "timer_name": "煮蛋 炖肉 泡茶 面膜 午睡",
    "timer_command": "关灯 打开空调 播放音乐 拉上窗帘 提醒我关火",
    "shopping_list_item": "酱油 鸡蛋 两斤排骨 卫生纸 牛奶 大葱",
    "todo_list_item": "交电费 给妈妈打电话 洗车 买药 寄快递 预约体检",
}
_DIGITS = "零一二三四五六七八九"
_TRIES = 40
_HELD_OUT_EACH = 20


class Patterns:
    """Sentence patterns of one language: ``[optional]``, ``(this|that)``, ``{list}``, ``<rule>``."""

    def __init__(self, content: dict, chance: random.Random) -> None:
        self._rules: dict[str, str] = content["expansion_rules"]
        self._lists: dict[str, dict] = content["lists"]
        self._chance = chance

    def say(self, pattern: str) -> str:
        """Return one of the sentences that a pattern stands for."""
        return "".join(self._sequence(iter(pattern + ")"))).strip()

    def _sequence(self, letters: Iterator[str]) -> list[str]:
        """Read up to the closing bracket, and choose one of what ``|`` parts."""
        ways: list[list[str]] = [[]]
        for letter in letters:
            if letter in ")]":
                break
            if letter == "|":
                ways.append([])
            elif letter == "(":
                ways[-1] += self._sequence(letters)
            elif letter == "[":
                inside = self._sequence(letters)
                ways[-1] += inside if self._chance.random() < 0.5 else []
            elif letter == "<":
                ways[-1].append(self.say(self._rules[_until(letters, ">")]))
            elif letter == "{":
                ways[-1].append(self._value(_until(letters, "}").partition(":")[0]))
            else:
                ways[-1].append(letter)
        return self._chance.choice(ways)

    def _value(self, name: str) -> str:
        if name in _OPEN:
            return self._chance.choice(_OPEN[name].split())
        known = self._lists[name]
        if "values" in known:
            one = self._chance.choice(known["values"])
            return self.say(one["in"] if isinstance(one, dict) else one)
        span = known["range"]
        number = self._chance.randrange(int(span["from"]), int(span["to"]) + 1)
        return str(number) if number > 99 or self._chance.random() < 0.5 else _in_words(number)


def main(arguments: list[str] | None = None) -> None:
    """Write ``nlu.yml`` and ``test.yml`` into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=200, help="examples of the largest intent")
    parser.add_argument("--even", type=int, help="as many of each intent, such as 10")
    options = parser.parse_args(arguments)
    chance = random.Random(17)
    source = files("home_assistant_intents") / "data" / "zh-CN.json"
    content = json.loads(source.read_text(encoding="utf-8"))
    patterns = Patterns(content, chance)
    learnt: dict[str, list[str]] = {}
    asked: dict[str, list[str]] = {}
    for place, (intent, known) in enumerate(sorted(content["intents"].items())):
        said = [one for block in known["data"] for one in block["sentences"]]
        chance.shuffle(said)
        held_out = max(1, len(said) // 3)
        # 2 examples for some, twice as many for the next, …
        wanted = options.even or min(options.most, 2 ** (1 + place % 9))
        learnt[intent] = _some(patterns, said[held_out:], wanted, chance, without=set())
        asked[intent] = _some(
            patterns, said[:held_out], _HELD_OUT_EACH, chance, without=set(learnt[intent])
        )
    options.folder.mkdir(parents=True, exist_ok=True)
    lines = ['version: "3.1"', "nlu:"]
    for intent, texts in learnt.items():
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in texts)]
    (options.folder / "nlu.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (options.folder / "test.yml").write_text(
        json.dumps(asked, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    for name, part in (("learnt", learnt), ("asked", asked)):
        print(f"{name}: {sum(map(len, part.values()))} in {len(part)} intents")


def _some(
    patterns: Patterns, said: list[str], wanted: int, chance: random.Random, without: set[str]
) -> list[str]:
    """Return different sentences, at most ``wanted``; a few patterns may stand for fewer."""
    found: dict[str, None] = {}
    for _ in range(wanted * _TRIES):
        if len(found) == wanted:
            break
        text = patterns.say(chance.choice(said))
        if text and text not in without:
            found[text] = None
    return list(found)


def _until(letters: Iterator[str], end: str) -> str:
    return "".join(iter(lambda: next(letters), end))


def _in_words(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return f"{_DIGITS[tens] if tens > 1 else ''}十{_DIGITS[ones] if ones else ''}"


if __name__ == "__main__":
    main()
