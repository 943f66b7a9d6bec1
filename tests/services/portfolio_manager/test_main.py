"""The whole service as a process, from not ready to its first portfolios."""

from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.services.portfolio_manager.conftest import fill
from tests.services.portfolio_manager.portfolio_process import PortfolioProcess, World, world

from stockbot.events.portfolio import Portfolio
from stockbot.events.streams import alive_key
from stockbot.runtime.bus import read_state
from stockbot.testing.bus import SERVERS
from stockbot.testing.databases import sqlite_url
from stockbot.testing.service_process import until

KEY = alive_key("portfolio-manager/0")


@pytest.fixture
async def around(bus_servers: Callable[[str], str], tmp_path: Path) -> AsyncIterator[World]:
    async with world(bus_servers(SERVERS[0]), sqlite_url(tmp_path)) as made:
        await made.bus.commands.flushdb()
        yield made


@pytest.fixture
def portfolio(around: World, bus_servers: Callable[[str], str], tmp_path: Path) -> Iterator[PortfolioProcess]:
    made = PortfolioProcess(folder=tmp_path, bus_url=bus_servers(SERVERS[0]), database_url=sqlite_url(tmp_path))
    made.start()
    yield made
    made.kill()


async def published(around: World, holds: Callable[[Portfolio], bool]) -> Portfolio:
    """The account's latest state on the bus, once it is as wanted."""
    found: list[Portfolio] = []

    async def as_wanted() -> bool:
        found[:] = [state.data for state in await read_state(around.bus)]
        return bool(found) and holds(found[0])

    await until(as_wanted, "a portfolio as wanted")
    return found[0]


async def test_from_no_account_to_a_booked_fill(around: World, portfolio: PortfolioProcess) -> None:
    """Without the engine's account it says so; then it opens it, publishes it, books fills, and values them."""
    async with around.running():
        checks = (await portfolio.until_ready(ready=False)).json()["checks"]
        await until_alive(around)
        checks = (await portfolio.until_ready(ready=False)).json()["checks"]
        assert {check["name"] for check in checks if not check["ok"]} == {"account"}
        await around.open_account(cash=Decimal(10_000), positions=[("MSFT", "1", "90")])
        await portfolio.until_ready()
        opened = await published(around, lambda state: state.equity is not None)
        assert [opened.cash, opened.equity, opened.net_deposits] == [10_000, 10_100, 10_090]
        await around.send(fill(1, "10", "99"), fill(2, "-4", "101", strategy="fade"))
        booked = await published(around, lambda state: state.through_sequence == 2)
        assert booked.version > opened.version
        assert [booked.cash, booked.equity] == [10_000 - 990 + 404, 10_100 + 10 + 4]
        shown = {(p.symbol, p.strategy): p.quantity for p in booked.positions}
        assert shown == {
            ("AAPL", None): 6,
            ("AAPL", "fade"): -4,
            ("AAPL", "trend"): 10,
            ("MSFT", None): 1,
            ("MSFT", "external"): 1,
        }


async def test_a_restart_never_goes_back(around: World, portfolio: PortfolioProcess) -> None:
    """After kill -9 the state is published anew at once, with a higher version, also where nothing was booked."""
    await around.open_account()
    async with around.running():
        before = await published(around, lambda state: state.version > 2)
        portfolio.kill()
        await around.bus.commands.flushdb()
        portfolio.start()
        after = await published(around, lambda _: True)
    assert after.version > before.version
    assert after.cash == before.cash


async def test_a_full_state_comes_every_five_seconds(around: World, portfolio: PortfolioProcess) -> None:
    """Also with no trade and no tick."""
    await around.open_account()
    first = await published(around, lambda _: True)
    second = await published(around, lambda state: state.version > first.version)
    assert (second.cash, second.through_sequence) == (first.cash, 0)


async def test_equity_adds_up_whenever_it_is_asked(around: World, portfolio: PortfolioProcess) -> None:
    """Under a load of fills every answer of `equity` and of `accounts` adds up within itself, to the last place."""
    await around.open_account(cash=Decimal(10_000))
    answers = 0
    async with around.running(around.load), portfolio.client() as client:
        await portfolio.until_ready()
        while answers < 30:
            now = (await client.get("/api/v1/equity")).json()["now"]
            (account,) = (await client.get("/api/v1/accounts")).json()["items"]
            if now["equity"] is None or account["equity"] is None:  # before the first price of a symbol
                await around.bus.clock.sleep(0.1)
                continue
            held = sum(Decimal(one["quantity"]) * Decimal(one["mark"]) for one in now["positions"])
            assert Decimal(now["equity"]) == Decimal(now["cash"]) + held
            made = Decimal(account["realised"]) + Decimal(account["unrealised"]) - Decimal(account["fees"])
            assert Decimal(account["equity"]) - Decimal(account["net_deposits"]) == made
            answers += 1


async def test_a_stop_frees_the_lease(around: World, portfolio: PortfolioProcess) -> None:
    """After SIGTERM the next process books at once, and the exit code is that of a proper stop."""
    async with around.running():
        await until_alive(around)
        portfolio.process.terminate()
        assert portfolio.process.wait(30) == 0
        statement = "SELECT holder FROM portfolio_lease"
        rows = await around.database.read(lambda c: c.exec_driver_sql(statement).scalars().all())
    assert list(rows) == [""]


async def until_alive(around: World) -> None:
    async def is_alive() -> bool:
        return await around.bus.commands.get(KEY) is not None

    await until(is_alive, "the alive key")
