"""The operator as it is put together."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.kubernetes import Connection
from stockbot.runtime.metrics import Metrics
from stockbot.testing.clock import FixedClock
from stockbot_operator.kube.client import Client
from stockbot_operator.kube.errors import ApiUnavailable
from stockbot_operator.kube.objects import Resource
from stockbot_operator.kube.watch import SERVER_SECONDS
from stockbot_operator.metrics import OperatorMetrics
from stockbot_operator.operator import Operator
from stockbot_operator.settings import OperatorSettings

NOW = {"metadata": {"name": "risk", "namespace": "trading", "uid": "1", "resourceVersion": "8"}, "spec": {}}
LEASE = {"metadata": {"uid": "2", "resourceVersion": "9"}, "spec": {"holderIdentity": "me"}}


@pytest.fixture
async def server() -> AsyncIterator[tuple[str, list[web.Request]]]:
    """An API server with one TradingService and a free Lease, and what it was asked."""
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request)
        if "leases" in request.path:
            return web.json_response(LEASE)
        return web.json_response({"metadata": {"resourceVersion": "8"}, "items": [NOW]})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    await runner.cleanup()


def operator(clock: Any, server: str = "http://127.0.0.1:1", **settings: Any) -> Operator:
    metrics = Metrics(CollectorRegistry())
    numbers = OperatorMetrics(metrics.registry)
    return Operator(
        settings=OperatorSettings(default_image="stockbot:1", **settings),
        client=Client(Connection(server=server), numbers),
        clock=clock,
        metrics=metrics,
        numbers=numbers,
    )


def test_a_server_that_falls_silent_at_the_end_of_a_long_watch_is_no_reason_to_restart_us() -> None:
    """A watch may last five minutes, and be silent for two more before it is given up: until then all is well."""
    clock = FixedClock()
    liveness = Liveness(clock)
    operator(clock).register(Readiness(), liveness)
    clock.advance(SERVER_SECONDS[1] + 120)
    assert liveness.is_alive()
    clock.advance(120)
    assert not liveness.is_alive()


async def test_a_new_leader_acts_on_what_is_so_now(server: tuple[str, list[web.Request]]) -> None:
    """Its watch has fallen silent: it has missed a HALT and an end, and would undo the one and the other."""
    url, asked = server
    made = operator(FixedClock(), url, identity="me", namespaces="trading")
    missed = {"name": "gone", "namespace": "trading", "uid": "3", "resourceVersion": "4"}
    made.cache.put_resource(msgspec.convert({"metadata": missed, "spec": {}}, Resource))
    await made.leadership.step()
    await made.client.close()
    assert made.leadership.leading.is_set()
    assert set(made.cache.resources()) == {("trading", "risk")}
    (listed,) = [one for one in asked if "leases" not in one.path]
    assert "resourceVersion" not in listed.query


async def test_who_cannot_look_does_not_lead() -> None:
    """A server that gives the Lease and no list: it acts on nothing that may be old."""
    made = operator(FixedClock())
    made.leadership._holder._deadline = made.leadership._holder._elapsed() + 10
    with pytest.raises(ApiUnavailable):
        await made.leadership.step()
    await made.client.close()
    assert not made.leadership.leading.is_set()
