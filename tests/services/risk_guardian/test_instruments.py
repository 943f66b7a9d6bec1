"""The instruments, asked of a gateway over real HTTP and kept in SQL."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from stockbot.events.market import Bar
from stockbot.risk_guardian import store
from stockbot.risk_guardian.instruments import AVERAGED, Instruments, average_volume
from stockbot.risk_guardian.market import Listing
from stockbot.risk_guardian.tables import METADATA
from stockbot.runtime.database import Database
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.gateway import TOKEN, FakeGateway, running

DEMO = {"name": "demo", "type": "Demo", "simulated": True}
YAHOO = {"name": "yahoo", "type": "YahooFinance", "simulated": False}


def day(number: int, volume: int | None, *, complete: bool = True) -> Bar:
    """The bar of `number` days before START."""
    start, price = START - timedelta(days=number), Decimal(100)
    return Bar(
        symbol="AAPL",
        interval="1d",
        start=start,
        end=start + timedelta(hours=6),
        open=price,
        high=price,
        low=price,
        close=price,
        volume=None if volume is None else Decimal(volume),
        provider="demo",
        complete=complete,
    )


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    """Two symbols on XNYS; AAPL has a history."""
    with running(FakeGateway(unquoted=["AAPL", "MSFT"], providers=[DEMO, YAHOO], page_size=1)) as gateway:
        gateway.bars["AAPL", "1d"] = [day(2, 100), day(1, 200)]
        yield gateway


@pytest.fixture
async def client(gateway: FakeGateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, trust_env=False) as client:
        yield client


async def made(client: httpx.AsyncClient | None, database: Database) -> Instruments:
    """Instruments after their first step, over tables that are there."""
    await database.run(METADATA.create_all)
    instruments = Instruments(client, database, FixedClock())
    await database.read(instruments.load)
    await instruments.step()
    return instruments


async def test_all_pages_are_read(client: httpx.AsyncClient, database: Database) -> None:
    """Every symbol with its exchange, and the providers that are simulated; what has no volume is said."""
    instruments = await made(client, database)
    assert instruments.listings == {
        "AAPL": Listing(symbol="AAPL", exchange="XNYS", average_volume=Decimal(150), volume_as_of=START),
        "MSFT": Listing(symbol="MSFT", exchange="XNYS"),
    }
    assert instruments.simulated == {"demo"}
    assert (instruments.trouble(), instruments.degraded()) == (None, "no average volume of MSFT")


async def test_a_restart_without_a_gateway_knows_them(
    client: httpx.AsyncClient, gateway: FakeGateway, database: Database
) -> None:
    """They come out of SQL; nothing is taken for simulated until the gateway says so again."""
    before = (await made(client, database)).listings
    gateway.stop()
    after = await made(client, database)
    assert after.listings == before
    assert (after.trouble(), after.simulated) == (None, frozenset())
    assert "does not answer" in str(after.degraded())
    gateway.start()


async def test_volumes_are_asked_for_once_a_day(
    client: httpx.AsyncClient, gateway: FakeGateway, database: Database
) -> None:
    """A restart does not spend the provider's budget again; a volume that is missing is asked for soon, then seldom."""
    await made(client, database)
    gateway.asked.clear()
    clock = FixedClock()
    instruments = Instruments(client, database, clock)
    await database.read(instruments.load)
    while clock.now() - START < timedelta(minutes=1):  # 5 s, 10 s, 20 s and 40 s after one another
        await instruments.step()
    assert histories(gateway) == ["MSFT"] * 4
    gateway.asked.clear()
    while clock.now() - START < timedelta(hours=12):
        await instruments.step()
    assert 15 <= histories(gateway).count("MSFT") <= 25


def histories(gateway: FakeGateway) -> list[str]:
    """The symbols whose bars were asked for, one page each."""
    asked = [path.partition("?") for path in gateway.asked if path.startswith("/api/v1/bars/")]
    return [path.rpartition("/")[2] for path, _, query in asked if "cursor" not in query]


@pytest.mark.parametrize("broken", [b"", b"{", b'{"items": 3}', b'{"items": [{"symbol": ""}]}'])
async def test_a_wrong_answer_is_a_reason(
    client: httpx.AsyncClient, gateway: FakeGateway, database: Database, broken: bytes
) -> None:
    """Whatever the gateway answers, the list before it stays and the reason is said."""
    gateway.broken = broken
    instruments = await made(client, database)
    assert instruments.listings == {}
    assert "not what its API promises" in str(instruments.trouble())


async def test_a_refusal_and_a_missing_address_are_reasons(gateway: FakeGateway, database: Database) -> None:
    """A token that is not known, or no gateway in the endpoints: not ready, with the reason."""
    async with httpx.AsyncClient(base_url=gateway.url, trust_env=False) as stranger:
        assert "with 401" in str((await made(stranger, database)).trouble())
    assert "STOCKBOT_ENDPOINTS" in str((await made(None, database)).trouble())


async def test_a_symbol_that_is_gone_is_forgotten(
    client: httpx.AsyncClient, gateway: FakeGateway, database: Database
) -> None:
    """What the gateway no longer has cannot be traded, also after a restart."""
    await made(client, database)
    gateway.unquoted.remove("MSFT")
    await made(client, database)
    assert set(await database.read(store.listings)) == {"AAPL"}


def test_the_average_is_over_the_last_complete_days() -> None:
    """At most twenty; a running day and days without volume do not count, and without any there is no average."""
    days = [day(40 - number, number) for number in range(1, 31)]
    expected = Decimal(sum(range(11, 31))) / AVERAGED
    assert average_volume([*days, day(1, 10**9, complete=False), day(0, None)]) == expected
    assert average_volume([day(1, None)]) is None
    assert average_volume([day(2, 1), day(1, 1), day(0, 2)]) == Decimal("1.333333")
