"""Our own list and watch of one kind in one place: fills a sink, and never stays silent without noticing.

A bookmark comes about once a minute, so a connection without any line for longer is dead. History that the server
no longer has (410) is listed anew; what is gone by then is dropped from the sink.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
import structlog
from msgspec import Raw, Struct

from stockbot.runtime.clock import Clock
from stockbot_operator.kube.client import Client, decode
from stockbot_operator.kube.errors import ApiUnavailable, Expired, NotFound, Refused, error_of
from stockbot_operator.kube.kinds import Kind
from stockbot_operator.kube.objects import ListMeta, PartialObject

log = structlog.stdlib.get_logger(__name__)

PAGE = "500"
SERVER_SECONDS = (240, 300)  # how long a watch may last: a range, so that they do not all end at once
SHORTEST = 1.0  # a server that ends each watch at once is not asked in a hot loop
ABSENT_SECONDS = 300.0


class Sink(Protocol):
    """Takes in what a watch sees."""

    def replace(self, watch: "Watch", objects: list[PartialObject]) -> None:
        """All there is now; what was there before and is not among them is gone."""

    def put(self, watch: "Watch", item: PartialObject) -> None: ...

    def drop(self, watch: "Watch", item: PartialObject) -> None: ...


class Line(Struct, frozen=True):
    """One line of a watch; what its object is depends on the type."""

    type: str
    object: Raw


class ErrorObject(Struct, frozen=True):
    code: int = 500
    reason: str = ""
    message: str = ""


@dataclass
class Watch:
    """`step` is a background loop's: one list where it is needed, then one watch until it ends."""

    client: Client
    kind: Kind
    namespace: str | None  # None: all
    sink: Sink
    clock: Clock
    selection: Mapping[str, str] = field(default_factory=dict)  # labelSelector, fieldSelector
    silence: float = 120.0  # seconds without a line after which the connection counts as dead
    absent_seconds: float = ABSENT_SECONDS  # how often to look for a kind that the cluster does not have
    is_synced: bool = False
    is_absent: bool = False  # the cluster does not have the kind
    heard_at: float = 0.0
    _position: str | None = None

    @property
    def name(self) -> str:
        return f"{self.kind.plural} of {self.namespace or 'all namespaces'}"

    async def step(self) -> None:
        """List if the place in history is not known, then watch from there."""
        started = self.clock.monotonic()
        try:
            if self._position is None:
                await self._list()
            await self._watch(self._position or "")
        except NotFound:
            await self._wait_for_kind()
        except Expired:
            self._position = None
        except Refused as error:
            raise ApiUnavailable(f"cannot watch {self.name}: {error}") from error
        if self.clock.monotonic() - started < SHORTEST:
            await self.clock.sleep(SHORTEST)

    async def _wait_for_kind(self) -> None:
        if not self.kind.optional:
            raise ApiUnavailable(f"the cluster does not know {self.kind.plural}: apply the CRD first") from None
        self.is_absent = self.is_synced = True
        self._position = None
        self._hear()
        await self.clock.sleep(self.absent_seconds)

    async def _list(self) -> None:
        objects: list[PartialObject] = []
        page = await self._page("")
        objects += page.items or ()
        while page.metadata.continue_:
            page = await self._page(page.metadata.continue_)
            objects += page.items or ()
        self._position = page.metadata.resource_version
        self.is_synced, self.is_absent = True, False
        self._hear()
        self.sink.replace(self, objects)

    async def _page(self, following: str) -> Any:
        params = {**self.selection, "limit": PAGE}
        if following:
            params["continue"] = following
        return decode(await self.client.list_page(self.kind, self.namespace, params), page_of(self.kind))

    async def _watch(self, position: str) -> None:
        params = {
            **self.selection,
            "resourceVersion": position,
            "timeoutSeconds": str(random.randint(*SERVER_SECONDS)),  # noqa: S311 - spreads load, guards nothing
        }
        async for line in self.client.watch(self.kind, self.namespace, params, silence=self.silence):
            self._hear()
            self._take(decode(line, Line))

    def _take(self, line: Line) -> None:
        if line.type == "ERROR":
            told = decode(line.object, ErrorObject)
            raise error_of(told.code, told.reason, told.message)
        item = decode(line.object, self.kind.reads)
        self._position = item.metadata.resource_version
        if line.type == "DELETED":
            self.sink.drop(self, item)
        elif line.type != "BOOKMARK":
            self.sink.put(self, item)

    def _hear(self) -> None:
        self.heard_at = self.clock.monotonic()


_PAGES: dict[type[PartialObject], type[Struct]] = {}


def page_of(kind: Kind) -> type[Any]:
    """Return the type of a list of this kind's objects."""
    if kind.reads not in _PAGES:
        _PAGES[kind.reads] = msgspec.defstruct(
            f"ListOf{kind.reads.__name__}",
            [("metadata", ListMeta, ListMeta()), ("items", list[kind.reads] | None, None)],  # type: ignore[name-defined] # a type made at run time
        )
    return _PAGES[kind.reads]
