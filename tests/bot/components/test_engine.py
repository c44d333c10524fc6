"""Rasa's machinery made cheaper: the verdicts, results and requests stay the stock ones."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from aiohttp import web
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.engine import (
    LastingEndpoint,
    Memory,
    OrderedGraphRunner,
    remember_rules,
    remember_what_was_meant,
    validate_actions_with_one_schema,
)

_STOCK_VERDICT = RemoteAction._validate_action_result

GOOD: list[Any] = [
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "a", "value": 1}], "responses": [{"text": "好"}]},
    {"events": [{"event": "followup", "name": "action_listen"}], "responses": []},
    {"responses": []},
    {},
]
BAD: list[Any] = [
    [],
    None,
    "text",
    {"events": {}, "responses": []},
    {"events": [{"event": "slot"}], "responses": []},
    {"events": [{"event": "no such event"}], "responses": []},
    {"events": [], "responses": ["text"]},
    {"events": [], "responses": "text"},
]


def verdict(validate: Any, result: Any) -> str:
    try:
        return str(validate(RemoteAction("action_x", None), copy.deepcopy(result)))
    except ValidationError as error:
        return f"{error.message} at {list(error.absolute_path)}"


@pytest.mark.parametrize("result", GOOD + BAD)
def test_the_verdict_is_the_stock_one(result: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RemoteAction, "_validate_action_result", _STOCK_VERDICT)
    validate_actions_with_one_schema()
    ours = RemoteAction._validate_action_result
    assert ours is not _STOCK_VERDICT
    assert verdict(ours, result) == verdict(_STOCK_VERDICT, result)
    assert (verdict(ours, result) == "True") == (result in GOOD)


class Sum(GraphComponent):
    """Adds up what it is given and remembers that it ran."""

    runs: ClassVar[list[str]] = []

    @classmethod
    def create(cls, config: Any, **_: Any) -> "Sum":
        made = cls()
        made.name = config["name"]
        return made

    def add(self, left: int, right: int = 0) -> int:
        if left < 0:
            raise ValueError("too little")
        Sum.runs.append(self.name)
        return left + right


def runner(kind: type[DaskGraphRunner], folder: Any) -> DaskGraphRunner:
    """A graph in which one node is needed twice, and one by no target that we ask for."""
    nodes = {
        "once": {"left": "given"},
        "twice": {"left": "once", "right": "once"},
        "all": {"left": "twice", "right": "once"},
        "elsewhere": {"left": "given"},
    }
    schema = GraphSchema(
        {
            name: SchemaNode(
                needs=needs, uses=Sum, fn="add", constructor_name="create",
                config={"name": name}, is_target=name in ("all", "elsewhere"),
            )
            for name, needs in reversed(nodes.items())
        }
    )  # fmt: skip
    return kind.create(schema, LocalModelStorage(folder), ExecutionContext(schema))


@pytest.mark.parametrize("targets", [None, ["all"], ["elsewhere"], ["twice", "once"]])
def test_a_graph_gives_what_dask_gives(targets: Any, tmp_path: Any) -> None:
    ours, stock = (runner(kind, tmp_path) for kind in (OrderedGraphRunner, DaskGraphRunner))
    for given in (1, 20):
        Sum.runs.clear()
        got = ours.run({"given": given}, targets)
        ran = sorted(Sum.runs)
        Sum.runs.clear()
        assert got == stock.run({"given": given}, targets)
        assert ran == sorted(Sum.runs)


@pytest.mark.parametrize("inputs", [{"given": -1}, {}, None])
def test_a_graph_fails_as_dask_does(inputs: Any, tmp_path: Any) -> None:
    errors = []
    for kind in (OrderedGraphRunner, DaskGraphRunner):
        with pytest.raises(Exception) as raised:
            runner(kind, tmp_path).run(inputs, ["all"])
        errors.append(type(raised.value))
    assert errors[0] is errors[1]


class Reader:
    """A graph that counts what it reads; its verdict hangs on the text."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def run(self, inputs: Any, targets: Any) -> Any:
        (message,) = inputs[PLACEHOLDER_MESSAGE]
        self.read.append(message.text)
        verdict = {"text": message.text, "intent": {"name": f"of {message.text}"}}
        return {"nlu": [Message(verdict, output_properties=set(verdict))]}


def processor() -> MessageProcessor:
    made = MessageProcessor.__new__(MessageProcessor)
    made.http_interpreter = None
    made.graph_runner = Reader()
    made.domain = Domain.empty()
    made.model_metadata = SimpleNamespace(nlu_target="nlu")
    return made


def test_a_model_reads_each_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stock = MessageProcessor.parse_message
    monkeypatch.setattr(MessageProcessor, "parse_message", stock)
    remember_what_was_meant()
    ours, other = processor(), processor()

    def parse(model: MessageProcessor, text: str) -> Any:
        return asyncio.run(model.parse_message(UserMessage(text)))

    for text in ("好", "好", "打零工", "好"):
        told = parse(ours, text)
        assert told == asyncio.run(stock(other, UserMessage(text)))
        told["intent"]["name"] = "changed by a caller"
    assert ours.graph_runner.read == ["好", "打零工"]
    fresh = processor()
    parse(fresh, "好")
    assert fresh.graph_runner.read == ["好"]


def test_a_full_memory_forgets_what_was_asked_longest_ago() -> None:
    memory = Memory[int](room=2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    assert memory.get("a") == 1
    assert memory.keep("c", 3) == 3
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == (1, None, 3)


def states(*said: tuple[str, str]) -> list[dict[str, Any]]:
    """The states of a talk: what was done last, and what was meant then."""
    return [
        {"prev_action": {"action_name": action}, "user": {"intent": intent}}
        for action, intent in said
    ]


@pytest.mark.parametrize(
    "talk",
    [
        [("action_listen", "greet")],
        [("action_listen", "bye")],
        [("action_listen", "unheard")],
        [("action_listen", "greet"), ("action_greet", "greet")],
        [("action_greet", "greet"), ("action_listen", "greet")],
    ],
)
def test_the_rules_that_apply_are_the_stock_ones(
    talk: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = RulePolicy._get_possible_keys
    monkeypatch.setattr(RulePolicy, "_get_possible_keys", stock)
    rules = {
        json.dumps(states(("action_listen", one))): f"action_{one}" for one in ("greet", "bye")
    }
    rules[json.dumps(states(("action_listen", "greet"), ("action_greet", "greet")))] = "listen"
    policy = RulePolicy.__new__(RulePolicy)
    expected = stock(policy, rules, states(*talk))
    remember_rules()
    for _ in range(2):
        found = policy._get_possible_keys(rules, states(*talk))
        assert found == expected
        found.add("changed by a caller")


@asynccontextmanager
async def server() -> AsyncIterator[tuple[str, set[Any]]]:
    """A server that echoes, with the connections it has seen."""
    peers: set[Any] = set()

    async def echo(request: web.Request) -> web.Response:
        peers.add(request.transport.get_extra_info("peername"))
        if request.path == "/broken":
            return web.json_response({"error": "broken"}, status=500)
        return web.json_response(await request.json())

    app = web.Application()
    app.router.add_post("/{tail:.*}", echo)
    running = web.AppRunner(app)
    await running.setup()
    site = web.TCPSite(running, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}", peers
    finally:
        await running.cleanup()


def test_calls_of_an_endpoint_share_a_connection() -> None:
    async def call() -> None:
        async with server() as (url, peers):
            endpoint = LastingEndpoint.of(EndpointConfig(url, token="secret"))
            for number in range(5):
                assert await endpoint.request(json={"number": number}) == {"number": number}
            assert len(peers) == 1
            with pytest.raises(ClientResponseError):
                await endpoint.request(subpath="broken", json={})
            assert await endpoint.request(json={}) == {}
            await endpoint.close()
            assert await endpoint.request(json={"again": 1}) == {"again": 1}
            await endpoint.close()

    asyncio.run(call())


def test_an_endpoint_whose_server_began_anew_is_called_again() -> None:
    async def call() -> None:
        endpoint = None
        for _ in range(2):
            async with server() as (url, _peers):
                endpoint = endpoint or LastingEndpoint.of(EndpointConfig(url))
                endpoint.url = url
                assert await endpoint.request(json={"a": 1}) == {"a": 1}
        await endpoint.close()

    asyncio.run(call())
