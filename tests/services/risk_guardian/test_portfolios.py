"""The reader of portfolios on a real bus."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.services.risk_guardian.conftest import Parts, portfolio

from stockbot.events.portfolio import Portfolio
from stockbot.risk_guardian import store
from stockbot.risk_guardian.portfolios import PortfolioReader
from stockbot.runtime.bus import Bus, publish_state


@pytest.fixture
def reader(parts: Parts, bus: Bus) -> PortfolioReader:
    return PortfolioReader(bus, parts.database, parts.books, parts.lease)


async def known(parts: Parts) -> Portfolio:
    state = (await parts.database.read(store.accounts))["paper"]
    assert state.account.portfolio is not None
    return state.account.portfolio


async def test_what_is_kept_is_read_at_start(parts: Parts, bus: Bus, reader: PortfolioReader) -> None:
    """A portfolio that was published before the start is known after the first step."""
    await publish_state(bus, portfolio(1, through=0, cash=Decimal(5000)))
    await reader.step()
    assert (await known(parts)).cash == 5000


async def test_the_latest_version_wins(parts: Parts, bus: Bus, reader: PortfolioReader) -> None:
    """Later states are taken as they come, older ones are not."""
    await reader.step()
    for number, version in enumerate((2, 3, 1), start=1):
        state = portfolio(version, through=0, cash=Decimal(version))
        await publish_state(bus, replace(state, sequence=number))
    while (await known(parts)).version < 3:
        await reader.step()
    assert (await known(parts)).cash == 3


async def test_without_the_lease_nothing_is_read(parts: Parts, bus: Bus, reader: PortfolioReader) -> None:
    """A process that waits takes nothing over, and catches up once it holds the lease."""
    await parts.lease.release(parts.database)
    await publish_state(bus, portfolio(1, through=0, cash=Decimal(5000)))
    await reader.step()
    assert (await known(parts)).version == 0
    assert await parts.lease.acquire(parts.database)
    await reader.step()
    assert (await known(parts)).version == 1
