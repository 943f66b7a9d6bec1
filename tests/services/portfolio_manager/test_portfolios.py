"""Published states over a real bus: versions that only grow, also over restarts and an older database."""

from tests.services.portfolio_manager.conftest import CASH, Parts, fill, marks

from stockbot.events.portfolio import PortfolioUpdate
from stockbot.portfolio_manager import portfolios
from stockbot.portfolio_manager.account_state import VERSIONS
from stockbot.portfolio_manager.portfolios import Portfolios
from stockbot.portfolio_manager.tables import ACCOUNTS
from stockbot.runtime.bus import Bus, read_state


def portfolios_of(parts: Parts, bus: Bus) -> Portfolios:
    return Portfolios(
        bus=bus,
        storage=parts.database,
        feed=parts.feed,
        lease=parts.lease,
        fence=parts.fence,
        source="portfolio-manager/0",
        series=parts.series,
    )


async def latest(bus: Bus) -> PortfolioUpdate:
    (state,) = await read_state(bus)
    return state


async def test_the_state_as_risk_reads_it(parts: Parts, bus: Bus) -> None:
    """Account rows and strategy rows with shares alone, cash, equity, deposits and how far it is booked."""
    await parts.open(settles=True)
    now = bus.clock.now()
    first = [fill(1, "10", "100", at=now), fill(2, "-4", "110", strategy="fade", at=now)]
    await parts.book(*first, fill(3, "2", "10", symbol="KO", at=now), fill(4, "-2", "11", symbol="KO", at=now))
    parts.feed.prices = marks(AAPL="105")
    await portfolios_of(parts, bus).publish()
    state = (await latest(bus)).data
    assert {(p.symbol, p.strategy): p.quantity for p in state.positions} == {
        ("AAPL", None): 6,
        ("AAPL", "trend"): 10,
        ("AAPL", "fade"): -4,
    }
    assert [state.cash, state.equity, state.net_deposits] == [CASH - 558, CASH + 72, CASH]
    assert state.settled_cash == CASH - 558 - 440 - 22
    assert state.through_sequence == 4


async def test_without_a_mark_equity_is_unknown(parts: Parts, bus: Bus) -> None:
    """Risk then denies what adds risk; nothing is made up."""
    await parts.open()
    await parts.book(fill(1, "10", "100"))
    await portfolios_of(parts, bus).publish()
    state = (await latest(bus)).data
    assert state.equity is None
    assert state.positions[0].mark is None


async def test_versions_only_grow(parts: Parts, bus: Bus) -> None:
    """With bookings, without any, beyond what one commit reserves, and from one process to the next."""
    await parts.open()
    seen: list[int] = []
    for process in range(2):
        mine = portfolios_of(parts, bus)
        for number in range(VERSIONS // 200):
            for _ in range(3):
                await mine.publish()
                seen.append((await latest(bus)).data.version)
            mine._versions["paper"].last += 300  # as if so many had been published
            await parts.book(fill(process * 100 + number + 1, "1", "100")) if number == 1 else None
    assert seen == sorted(set(seen))


async def test_an_older_database_does_not_take_versions_back(parts: Parts, bus: Bus) -> None:
    """What the bus has seen counts as well: a restored backup goes on above it."""
    await parts.open()
    await portfolios_of(parts, bus).publish()
    before = (await latest(bus)).data.version
    await parts.database.run(lambda c: c.execute(ACCOUNTS.update().values(version=0)))
    await portfolios_of(parts, bus).publish()
    assert (await latest(bus)).data.version > before


async def test_marks_at_most_once_a_second(parts: Parts, bus: Bus) -> None:
    """New prices wait for their second, a booking does not, and every five seconds it is said in any case."""
    await parts.open()
    mine = portfolios_of(parts, bus)
    await mine.publish()
    parts.feed.ticks += 1
    assert not mine._is_due()
    mine._published_at -= portfolios.MARKS_SECONDS
    assert mine._is_due()
    parts.feed.ticks = mine._ticks
    assert not mine._is_due()
    mine._published_at -= portfolios.FULL_SECONDS
    assert mine._is_due()
    before = (await latest(bus)).data.version
    await mine.publish()
    mine.wake()
    await mine.step()
    assert (await latest(bus)).data.version == before + 2


async def test_without_the_lease_nothing_is_said(parts: Parts, bus: Bus) -> None:
    """A process that another one has taken over from is silent."""
    await parts.open()
    await parts.lease.release(parts.database)
    mine = portfolios_of(parts, bus)
    mine.wake()
    await mine.step()
    assert await read_state(bus) == []


async def test_a_lease_that_came_back_goes_on_above_the_other_process(parts: Parts, bus: Bus) -> None:
    """A step hung, another process published meanwhile and stopped: its versions are not used again."""
    await parts.open()
    mine = portfolios_of(parts, bus)
    await mine.step()
    await parts.lease.release(parts.database)
    assert await parts.lease.acquire(parts.database)  # by the other process, and then by this one
    await portfolios_of(parts, bus).step()
    before = (await latest(bus)).data.version
    mine.wake()
    await mine.step()
    assert (await latest(bus)).data.version > before
