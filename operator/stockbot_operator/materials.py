"""Watches of the Secrets and ConfigMaps that TradingServices refer to: one by one and by name.

A right to list all Secrets would be a right to read them all; a watch of one name needs the right to that name.
"""

import asyncio
from collections.abc import Callable, Iterable

from stockbot.runtime.clock import Clock
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.supervise import keep_running
from stockbot_operator.cache import Cache
from stockbot_operator.kube.client import Client
from stockbot_operator.kube.errors import ApiUnavailable
from stockbot_operator.kube.kinds import NAMED_CONFIG_MAPS, NAMED_SECRETS
from stockbot_operator.kube.objects import Key, Material, PartialObject, Place
from stockbot_operator.kube.watch import Watch

KINDS = {kind.name: kind for kind in (NAMED_SECRETS, NAMED_CONFIG_MAPS)}
UNREADABLE = "{} {} cannot be read: the operator lacks the right to it, or the API server did not answer; see its log"
PATIENCE = 10.0  # seconds for the first look at an object


class NotRead(ApiUnavailable):
    """What a document refers to could not be read yet: nothing can be built from it."""


class Materials:
    """`changed` is called with the key of each TradingService that refers to what has changed."""

    def __init__(
        self,
        client: Client,
        cache: Cache,
        clock: Clock,
        metrics: Metrics,
        changed: Callable[[Key], None],
        *,
        silence_seconds: float,
    ) -> None:
        self._client, self._cache, self._clock, self._metrics = client, cache, clock, metrics
        self._changed, self._silence_seconds = changed, silence_seconds
        self._users: dict[Place, set[Key]] = {}
        self._wanted: dict[Key, frozenset[Place]] = {}
        self._tasks: dict[Place, asyncio.Task[None]] = {}
        self._known: dict[Place, asyncio.Event] = {}

    async def need(self, key: Key, places: Iterable[Place]) -> None:
        """Watch these for the key, and no others; returns once each is known. Raises NotRead."""
        wanted = frozenset(places)
        before = self._wanted.get(key, frozenset())
        for place in wanted - before:
            self._begin(place, key)
        for place in before - wanted:
            self._end(place, key)
        self._wanted[key] = wanted
        for place in wanted:
            await self._wait(place)

    def forget(self, key: Key) -> None:
        for place in self._wanted.pop(key, frozenset()):
            self._end(place, key)

    async def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _wait(self, place: Place) -> None:
        if place in self._cache.materials:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._known[place].wait()
        except TimeoutError:
            raise NotRead(UNREADABLE.format(place[0], place[2])) from None

    def _begin(self, place: Place, key: Key) -> None:
        self._users.setdefault(place, set()).add(key)
        if place in self._tasks:
            return
        self._known[place] = asyncio.Event()
        kind, namespace, name = place
        watch = Watch(
            self._client,
            KINDS[kind],
            namespace,
            self,
            self._clock,
            selection={"fieldSelector": f"metadata.name={name}"},
            silence=self._silence_seconds,
        )
        running = keep_running(f"{kind} {namespace}/{name}", watch.step, clock=self._clock, metrics=self._metrics)
        self._tasks[place] = asyncio.create_task(running)

    def _end(self, place: Place, key: Key) -> None:
        users = self._users[place]
        users.discard(key)
        if not users:
            del self._users[place], self._known[place]
            self._tasks.pop(place).cancel()
            self._cache.materials.pop(place, None)

    # A sink of its watches

    def replace(self, watch: Watch, objects: list[PartialObject]) -> None:
        self._take(place_of(watch), objects[0] if objects else None)

    def put(self, watch: Watch, item: PartialObject) -> None:
        self._take(place_of(watch), item)

    def drop(self, watch: Watch, _item: PartialObject) -> None:
        self._take(place_of(watch), None)

    def _take(self, place: Place, item: PartialObject | None) -> None:
        if place not in self._users:
            return
        assert item is None or isinstance(item, Material)  # noqa: S101 - what KINDS read
        is_news = place not in self._cache.materials or _content(self._cache.materials[place]) != _content(item)
        self._cache.materials[place] = item
        self._known[place].set()
        if is_news:
            for key in self._users[place]:
                self._changed(key)


def place_of(watch: Watch) -> Place:
    name = watch.selection["fieldSelector"].removeprefix("metadata.name=")
    return watch.kind.name, watch.namespace or "", name


def _content(material: Material | None) -> dict[str, str] | None:
    return None if material is None else material.data
