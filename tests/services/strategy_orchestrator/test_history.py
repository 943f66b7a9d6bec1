"""Bars from the gateway over real HTTP: pages, markets that were closed, and gateways that say no."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from tests.services.strategy_orchestrator.world import Market

from stockbot.errors import Unavailable
from stockbot.strategy_orchestrator.history import GatewayHistory, Refused
from stockbot.testing.clock import START
from stockbot.testing.gateway import TOKEN, FakeGateway, running

HOUR = timedelta(hours=1)


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    market = Market(["AAPL"])
    fake = FakeGateway(bars={("AAPL", "1m"): market.bars("AAPL")}, quotes=[market.quote("AAPL")], page_size=7)
    with running(fake):
        yield fake


@pytest.fixture
async def history(gateway: FakeGateway) -> AsyncIterator[GatewayHistory]:
    history = GatewayHistory(gateway.url, SecretStr(TOKEN))
    yield history
    await history.close()


async def test_reads_all_pages(history: GatewayHistory) -> None:
    """An hour of bars comes in nine pages, in order."""
    bars = await history.bars("AAPL", "1m", START, START + HOUR)
    assert [bar.start for bar in bars] == [START + timedelta(minutes=n) for n in range(60)]


async def test_looks_further_back_until_there_are_enough(history: GatewayHistory) -> None:
    """The market ended an hour ago: the last ten bars are before that."""
    end = START + timedelta(minutes=3000)
    bars = await history.last_bars("AAPL", "1m", 10, end + HOUR)
    assert (len(bars), bars[-1].end) == (10, end)


async def test_takes_what_there_is(history: GatewayHistory) -> None:
    """A market with less history than wanted gives all it has."""
    assert len(await history.last_bars("AAPL", "1m", 500, START)) == 120


async def test_knows_the_exchanges(history: GatewayHistory) -> None:
    """Of every symbol that the gateway has."""
    assert await history.exchanges() == {"AAPL": "XNYS"}


async def test_says_why_there_is_nothing(gateway: FakeGateway, history: GatewayHistory) -> None:
    """A symbol that is not there, nonsense, silence and no address are four reasons."""
    with pytest.raises(Refused, match="404: no provider has bars of KO"):
        await history.bars("KO", "1m", START, START + HOUR)
    gateway.broken = b"<html>"
    with pytest.raises(Unavailable, match="nobody can read"):
        await history.bars("AAPL", "1m", START, START + HOUR)
    gateway.stop()
    with pytest.raises(Unavailable, match="does not answer: ConnectError"):
        await history.bars("AAPL", "1m", START, START + HOUR)
    gateway.start()
    nowhere = GatewayHistory(None, None)
    with pytest.raises(Unavailable, match="STOCKBOT_ENDPOINTS has no MarketDataGateway"):
        await nowhere.exchanges()
    await nowhere.close()


async def test_a_wrong_token_is_told(gateway: FakeGateway) -> None:
    """The gateway's own words, and no token in them."""
    history = GatewayHistory(gateway.url, SecretStr("sbt_wrong"))
    with pytest.raises(Refused, match="401") as refused:
        await history.exchanges()
    assert "sbt_wrong" not in str(refused.value)
    await history.close()
