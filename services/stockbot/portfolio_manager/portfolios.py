"""Publishes the accounts' states: at start and every 5 s in full, at once when something is booked, and for new marks.

A state is read out of SQL after the commit that it tells of, so it never tells of what was rolled back. Its version
only grows: a thousand are reserved in SQL at a time, and a start begins after all that were ever reserved, and after
what the bus has seen, because an older database may have been restored.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

from sqlalchemy import Connection

from stockbot.errors import Unavailable
from stockbot.events.portfolio import PortfolioUpdate
from stockbot.portfolio_manager import store
from stockbot.portfolio_manager.account_state import VERSIONS
from stockbot.portfolio_manager.feed import Prices
from stockbot.portfolio_manager.series import Series
from stockbot.portfolio_manager.views import ValuedView, View, portfolio_of, read_views, valued
from stockbot.runtime.bus import Bus, BusUnavailable, publish_state, read_state
from stockbot.runtime.lease import Lease
from stockbot.runtime.storage import Transactions

FULL_SECONDS = 5.0
MARKS_SECONDS = 1.0
IDLE_SECONDS = 0.2


@dataclass
class Versions:
    """The versions that may be given to an account's states without another commit."""

    last: int
    reserved: int


@dataclass(kw_only=True)
class Portfolios:
    """Publishes only while the lease is held; `fence` raises where it is not. `seen` are the accounts last read."""

    bus: Bus
    storage: Transactions
    feed: Prices
    lease: Lease
    fence: Callable[[Connection], None]
    source: str
    series: Series
    seen: Sequence[ValuedView] = ()
    _versions: dict[str, Versions] = field(default_factory=dict)
    _sequence: int = 0

    def __post_init__(self) -> None:
        self._incarnation = f"1.{uuid4().hex}"
        self._woken = asyncio.Event()
        self._published_at = -FULL_SECONDS
        self._ticks = -1
        self._token: int | None = None

    def wake(self) -> None:
        """Say that something was booked."""
        self._woken.set()

    def version(self, account: str) -> int | None:
        """The version that was published last of an account; None where this process has published none."""
        versions = self._versions.get(account)
        return None if versions is None else versions.last

    def held(self) -> set[str]:
        """The symbols with a position."""
        return {symbol for at_marks in self.seen for symbol in at_marks.view.held()}

    async def step(self) -> None:
        """Publish what is due, then wait to be woken or for the next due time: the step of a background loop."""
        if not self.lease.held():
            self._versions.clear()
            await self.bus.clock.sleep(IDLE_SECONDS)
            return
        self._begin_tenure()
        if self._woken.is_set() or self._is_due():
            self._woken.clear()
            try:
                await self.publish()
            except Unavailable:
                self._woken.set()
                raise
        await self._wait()

    async def publish(self) -> None:
        """Read all accounts and publish their states. Raises Unavailable."""
        ticks, now = self.feed.ticks, self.bus.clock.now()
        views = await self.storage.read(partial(read_views, today=self.feed.days.today(now)))
        marks = self.feed.marks()
        self.seen = [valued(view, marks) for view in views]
        for at_marks in self.seen:
            version = await self._version(at_marks.view)
            if self.lease.held():
                await self._publish(at_marks, version)
        self._published_at, self._ticks = self.bus.clock.monotonic(), ticks

    def _begin_tenure(self) -> None:
        """Another process may have published since the lease was lost, unseen by a step that took long."""
        if self._token not in (None, self.lease.token):
            self._versions.clear()
        self._token = self.lease.token

    def _is_due(self) -> bool:
        age = self.bus.clock.monotonic() - self._published_at
        return age >= FULL_SECONDS or (age >= MARKS_SECONDS and self.feed.ticks != self._ticks)

    async def _publish(self, at_marks: ValuedView, version: int) -> None:
        portfolio = portfolio_of(at_marks, version)
        self._sequence += 1
        event_id = f"portfolio-{portfolio.account}-{version}"[:128]
        state = PortfolioUpdate(
            id=event_id,
            source=self.source,
            time=self.bus.clock.now(),
            subject=portfolio.account,
            correlationid=event_id,
            sequence=self._sequence,
            incarnation=self._incarnation,
            data=portfolio,
        )
        try:
            await publish_state(self.bus, state)
        except BusUnavailable as error:
            await self.bus.lost(error)
            raise
        self.series.published.inc()
        _show(self.series, at_marks)

    async def _version(self, view: View) -> int:
        """The next version of the account: above every one before, in SQL and on the bus."""
        name, versions = view.state.account, self._versions.get(view.state.account)
        if versions is None:
            versions = await self._reserve(name, await self._on_the_bus(name))
        elif versions.last >= versions.reserved:
            versions = await self._reserve(name, versions.last)
        versions.last += 1
        self._versions[name] = versions
        return versions.last

    async def _reserve(self, account: str, at_least: int) -> Versions:
        state = await self.storage.run(
            lambda connection: store.reserve_versions(connection, account, at_least, self.fence)
        )
        return Versions(state.version - VERSIONS, state.version)

    async def _on_the_bus(self, account: str) -> int:
        states = await read_state(self.bus)
        return max((state.data.version for state in states if state.subject == account), default=0)

    async def _wait(self) -> None:
        """`asyncio.wait_for` may swallow a cancellation on Python 3.11; `timeout` does not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_SECONDS):
                await self._woken.wait()


def _show(series: Series, at_marks: ValuedView) -> None:
    state, equity = at_marks.view.state, at_marks.equity
    balances, account = state.balances, state.account
    series.cash.labels(account).set(float(balances.cash))
    series.net_deposits.labels(account).set(float(balances.net_deposits))
    series.realised.labels(account).set(float(balances.realised))
    series.fees.labels(account).set(float(balances.fees))
    series.positions.labels(account).set(len(at_marks.view.held()))
    series.equity.labels(account).set(float("nan") if equity is None else float(equity))
