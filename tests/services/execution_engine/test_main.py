"""The whole service as a process: from not ready to fills, with Alpaca's fake and with the paper broker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.services.execution_engine.engine_process import EngineProcess, World, world

from stockbot.events.streams import alive_key
from stockbot.events.trading import OrderState, OrderTerms
from stockbot.local import processes
from stockbot.testing.alpaca import AlpacaProcess, alpaca_process
from stockbot.testing.bus import SERVERS
from stockbot.testing.databases import sqlite_url
from stockbot.testing.gateway_process import GatewayProcess, gateway_document
from stockbot.testing.service_process import until

KEY = alive_key("execution-engine/0")


@pytest.fixture
def bus_address(bus_servers: Callable[[str], str]) -> str:
    return bus_servers(SERVERS[0])


@pytest.fixture
async def around(bus_address: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(bus_address, sqlite_url(tmp_path)) as made:
        await made.bus.commands.flushdb()
        yield made


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[AlpacaProcess]:
    with alpaca_process(tmp_path) as made:
        made.control.quote("AAPL", "99.99", "100.01", "100")
        yield made


@contextmanager
def engine(folder: Path, bus_url: str, **changes: Any) -> Iterator[EngineProcess]:
    made = EngineProcess(folder=folder, bus_url=bus_url, database_url=sqlite_url(folder), **changes)
    made.start()
    try:
        yield made
    finally:
        made.kill()


async def until_states(around: World, *states: OrderState) -> None:
    async def told() -> bool:
        return [update.data.state for update in await around.updates()][-len(states) :] == list(states)

    await until(told, f"orders are {states}")


async def until_alive(around: World) -> None:
    async def is_alive() -> bool:
        return await around.bus.commands.get(KEY) is not None

    await until(is_alive, "the alive key")


async def test_from_not_ready_to_a_fill(around: World, fake: AlpacaProcess, bus_address: str, tmp_path: Path) -> None:
    """Without risk it says so; with it an approval is filled at the broker; SIGTERM frees the lease."""
    with engine(tmp_path, bus_address, alpaca=fake.url) as process:
        around.is_alive = False
        async with around.running():
            checks = (await process.until_ready(ready=False)).json()["checks"]
            assert "risk guardian" in {check["name"] for check in checks if not check["ok"]}
            around.is_alive = True
            await process.until_ready()
            await around.approve()
            await until_states(around, OrderState.FILLED)
            await until_alive(around)
            async with process.client() as client:
                account = (await client.get("/api/v1/reconciliation")).json()["account"]
                (order,) = (await client.get("/api/v1/orders")).json()["items"]
            assert (account["broker"], account["mode"]) == ("alpaca", "paper")
            assert (order["state"], order["filled_quantity"]) == ("FILLED", "10")
            process.process.terminate()
            assert process.process.wait(30) == 0
    holders = await around.database.read(lambda c: c.exec_driver_sql("SELECT holder FROM execution_lease").scalars())
    assert list(holders) == [""]
    assert len(fake.control.posts()) == 1
    assert '"money":"paper"' in process.log.read_text()


async def test_the_paper_broker_fills_from_the_gateway(around: World, bus_address: str, tmp_path: Path) -> None:
    """Ticks of a demo market, whose hours the gateway tells: a market order is filled."""
    with gateway(tmp_path, bus_address) as market:
        endpoints = {"MarketDataGateway": market.url}
        with engine(tmp_path, bus_address, endpoints=endpoints) as process:
            async with around.running():
                await process.until_ready()
                await around.approve(terms=OrderTerms())
                await until_states(around, OrderState.FILLED)
    fills = [update.data.execution for update in await around.updates() if update.data.execution]
    assert sum(fill.quantity for fill in fills) == Decimal(10)


@contextmanager
def gateway(folder: Path, bus_url: str) -> Iterator[GatewayProcess]:
    own = folder / "gateway"
    own.mkdir()
    document = gateway_document(own, interval=0.2)
    made = GatewayProcess(document=document, folder=own, bus_url=bus_url, database_url=sqlite_url(folder))
    made.start()
    try:
        yield made
    finally:
        processes.kill(made.process)


async def until_posted(fake: AlpacaProcess) -> None:
    async def is_posted() -> bool:
        return bool(await asyncio.to_thread(fake.control.posts))

    await until(is_posted, "an order at the broker")


async def test_a_stop_hears_what_it_has_sent(
    around: World, fake: AlpacaProcess, bus_address: str, tmp_path: Path
) -> None:
    """SIGTERM while an answer is awaited: the process ends once what became of the send is booked; one order there."""
    with engine(tmp_path, bus_address, alpaca=fake.url) as process:
        async with around.running():
            await process.until_ready()
            fake.control.misbehave(kind="hang", after=True, seconds=1.0)
            await around.approve()
            await until_posted(fake)
            process.process.terminate()
            assert process.process.wait(30) == 0
    states = [update.data.state for update in await around.updates()]
    assert states[:2] == [OrderState.INTENT, OrderState.SENT]
    assert states[-1] in (OrderState.FILLED, OrderState.UNKNOWN)  # filled where the stream was faster than the stop
    assert len(fake.control.posts()) == 1
