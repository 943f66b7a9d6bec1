"""Our own list and watch against a server on the loopback that plays every trick of a real one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from stockbot.runtime.clock import SystemClock
from stockbot.runtime.kubernetes import Connection
from stockbot_operator.kube.client import Client
from stockbot_operator.kube.errors import ApiUnavailable
from stockbot_operator.kube.kinds import SERVICE_MONITORS, SERVICES, Kind
from stockbot_operator.kube.objects import PartialObject
from stockbot_operator.kube.watch import Watch
from stockbot_operator.metrics import OperatorMetrics

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Taken:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.lists: list[list[str]] = []
        self.changes: list[tuple[str, str]] = []

    def replace(self, _watch: Watch, objects: list[PartialObject]) -> None:
        self.lists.append([item.metadata.name for item in objects])

    def put(self, _watch: Watch, item: PartialObject) -> None:
        self.changes.append(("put", item.metadata.name))

    def drop(self, _watch: Watch, item: PartialObject) -> None:
        self.changes.append(("drop", item.metadata.name))


def an_object(name: str, version: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "trading", "resourceVersion": version}}


def a_list(*items: dict[str, Any], version: str = "10") -> web.Response:
    return web.json_response({"metadata": {"resourceVersion": version}, "items": list(items) or None})


async def lines(request: web.Request, *events: tuple[str, dict[str, Any]], hang: bool = False) -> web.StreamResponse:
    """Answer a watch with these events; then end, or stay silent."""
    response = web.StreamResponse()
    await response.prepare(request)
    for type_, item in events:
        encoded = msgspec.json.encode({"type": type_, "object": item}) + b"\n"
        await response.write(encoded[:7])
        await response.write(encoded[7:])
    if hang:
        await asyncio.sleep(5)
    return response


@asynccontextmanager
async def watching(handle: Handler, kind: Kind = SERVICES, silence: float = 5.0) -> AsyncIterator[tuple[Watch, Taken]]:
    application = web.Application()
    application.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = Client(
        Connection(server=f"http://127.0.0.1:{runner.addresses[0][1]}"), OperatorMetrics(CollectorRegistry())
    )
    taken = Taken()
    yield Watch(client, kind, "trading", taken, SystemClock(), silence=silence), taken
    await client.close()
    await runner.cleanup()


async def test_lists_then_follows() -> None:
    """What is there comes as one list, what happens afterwards one by one, in lines of any cut."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if "watch" not in request.query:
            return a_list(an_object("a", "1"))
        return await lines(request, ("ADDED", an_object("b", "11")), ("DELETED", an_object("a", "12")))

    async with watching(handle) as (watch, taken):
        await watch.step()
    assert taken.lists == [["a"]]
    assert taken.changes == [("put", "b"), ("drop", "a")]


async def test_complaint_a_watch_goes_silent() -> None:
    """Without a line for too long the connection is dead; the next begins after the last bookmark, without a list."""
    positions: list[str | None] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        if "watch" not in request.query:
            return a_list()
        positions.append(request.query.get("resourceVersion"))
        return await lines(request, ("BOOKMARK", an_object("", "42")), hang=len(positions) == 1)

    async with watching(handle, silence=0.2) as (watch, taken):
        with pytest.raises(ApiUnavailable, match="broke off"):
            await watch.step()
        await watch.step()
    assert positions == ["10", "42"]
    assert taken.lists == [[]]


@pytest.mark.parametrize("in_stream", [True, False])
async def test_history_that_is_gone_is_listed_anew(*, in_stream: bool) -> None:
    """410 as an answer or as an event: what went meanwhile is missing in the new list."""
    lists = 0

    async def handle(request: web.Request) -> web.StreamResponse:
        nonlocal lists
        if "watch" not in request.query:
            lists += 1
            return a_list(an_object(f"of-list-{lists}", "1"))
        gone = {"code": 410, "reason": "Expired", "message": "too old resource version"}
        if lists == 2:
            return await lines(request)
        return await lines(request, ("ERROR", gone)) if in_stream else web.json_response(gone, status=410)

    async with watching(handle) as (watch, taken):
        await watch.step()
        await watch.step()
    assert taken.lists == [["of-list-1"], ["of-list-2"]]


async def test_a_long_list_comes_in_pages() -> None:
    """All pages are one list: what is on the second is not gone."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if "watch" in request.query:
            return await lines(request)
        if "continue" in request.query:
            return a_list(an_object("b", "2"))
        page = {"metadata": {"resourceVersion": "10", "continue": "more"}, "items": [an_object("a", "1")]}
        return web.json_response(page)

    async with watching(handle) as (watch, taken):
        await watch.step()
    assert taken.lists == [["a", "b"]]


async def test_a_kind_that_the_cluster_does_not_have() -> None:
    """It is absent and looked for again later; nothing waits for it."""

    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"reason": "NotFound"}, status=404)

    async with watching(handle, kind=SERVICE_MONITORS) as (watch, _taken):
        step = asyncio.create_task(watch.step())
        while not watch.is_absent:  # noqa: ASYNC110 - the watch tells nobody
            await asyncio.sleep(0.01)
        assert watch.is_synced
        step.cancel()


async def test_a_kind_that_must_be_there() -> None:
    """Without the definition the reason says what to apply."""

    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"reason": "NotFound"}, status=404)

    async with watching(handle) as (watch, _taken):
        with pytest.raises(ApiUnavailable, match="apply the CRD first"):
            await watch.step()


async def test_a_missing_right_is_said() -> None:
    """403 names the watch and the server's sentence; it is tried again, so a granted right is noticed."""

    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"reason": "Forbidden", "message": "cannot list services"}, status=403)

    async with watching(handle) as (watch, _taken):
        with pytest.raises(ApiUnavailable, match="cannot watch services of trading: 403 Forbidden"):
            await watch.step()
