"""The watch between orders, on both databases."""

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace
from sqlalchemy import Connection
from tests.services.risk_guardian.conftest import CASH, Parts, market, portfolio, signal

from stockbot.events.alerts import Alert
from stockbot.events.portfolio import Position
from stockbot.events.streams import ALERTS, ORDERS
from stockbot.model.risk.trading_state import Change, TradingState, choose
from stockbot.risk_guardian import store, trading_state_rows
from stockbot.risk_guardian.state_changes import change_state
from stockbot.risk_guardian.tables import DEAD_LETTERS
from stockbot.risk_guardian.watch import SETTLE_SECONDS, Watch
from stockbot.testing.clock import START

HELD = (Position(symbol="AAPL", quantity=Decimal(500), average_price=Decimal(100)),)


async def rounds(parts: Parts, watch: Watch, *prices: str) -> TradingState:
    """One round at each price of AAPL; the state after them."""
    for price in prices:
        parts.market = market(START, AAPL=price)
        await watch.step()
    return watch.seen.status.effective


async def alerts(parts: Parts) -> list[tuple[str, bool]]:
    """The alerts told so far: which limit or matter, and whether it is over."""
    told: list[Alert] = [event.data for event in await parts.told(ALERTS)]  # type: ignore[misc] # alerts alone
    return [(alert.fingerprint.rpartition("/")[2], alert.resolved) for alert in told]


async def test_a_loss_tightens_without_any_signal(parts: Parts) -> None:
    """2 % of the day's equity are lost: Reducing, with who and why in the history, and told once."""
    await parts.book(portfolio(1, 0, CASH - 50_000, positions=HELD))
    watch = parts.watch()
    assert await rounds(parts, watch, "100", "97") is TradingState.ACTIVE
    assert await rounds(parts, watch, "95.9", "95.8") is TradingState.REDUCING
    (change,) = await parts.database.read(lambda c: trading_state_rows.history(c, 10, None))
    assert (change.who, change.effective) == ("risk-guardian", TradingState.REDUCING)
    assert "LOSS_EXCEEDS_DAILY_LIMIT" in change.why
    assert await alerts(parts) == [("trading-state", False), ("LOSS_EXCEEDS_DAILY_LIMIT", False)]


async def test_only_a_person_loosens_what_a_loss_tightened(parts: Parts) -> None:
    """Prices that come back resolve the alert and not the state; a person's word then stands for the session."""
    await parts.book(portfolio(1, 0, CASH - 50_000, positions=HELD))
    watch = parts.watch()
    assert await rounds(parts, watch, "100", "90", "100") is TradingState.REDUCING
    assert ("LOSS_EXCEEDS_DAILY_LIMIT", True) in await alerts(parts)
    await parts.database.run(lambda c: _loosen(parts, c))
    assert await rounds(parts, watch, "90") is TradingState.ACTIVE


async def test_day_and_state_survive_a_restart(parts: Parts) -> None:
    """Another process goes on with the day's first equity and with the state."""
    await parts.book(portfolio(1, 0, CASH - 50_000, positions=HELD))
    await rounds(parts, parts.watch(), "100")
    after = parts.watch()
    assert await rounds(parts, after, "95") is TradingState.REDUCING
    assert await rounds(parts, parts.watch(), "100") is TradingState.REDUCING
    day = after.seen.accounts["paper"].day
    assert day is not None
    assert (day.date, day.equity) == ("2026-03-02", CASH)


async def test_a_withdrawal_is_no_loss_and_a_deposit_hides_none(parts: Parts) -> None:
    """Day and peak are compared with what was paid in and out: only what was lost counts."""
    await parts.book(portfolio(1, 0, CASH - 50_000, positions=HELD, net_deposits=CASH))
    watch = parts.watch()
    assert await rounds(parts, watch, "100") is TradingState.ACTIVE
    await parts.book(portfolio(2, 0, CASH - 90_000, positions=HELD, net_deposits=CASH - 40_000))
    assert await rounds(parts, watch, "100") is TradingState.ACTIVE
    await parts.book(portfolio(3, 0, CASH + 910_000, positions=HELD, net_deposits=CASH + 960_000))
    assert await rounds(parts, watch, "100", "58") is TradingState.ACTIVE  # 21,000 of 1,060,000
    assert await rounds(parts, watch, "57") is TradingState.REDUCING  # 21,500, more than 2 %
    losses = watch.seen.accounts["paper"]
    assert losses.day is not None
    assert (losses.day.equity, losses.day.net_deposits) == (CASH, CASH)


async def test_unknown_losses_are_told_once_prices_had_time_to_come(parts: Parts) -> None:
    """A start is no alarm; a price that stays away is one, and resolved when it comes."""
    await parts.book(portfolio(1, 0, CASH, positions=HELD))
    watch = parts.watch()
    parts.market = replace(market(), quotes={}, heard_at=None)
    await watch.step()
    assert await alerts(parts) == []
    parts.clock.advance(SETTLE_SECONDS)
    await watch.step()
    await rounds(parts, watch, "100")
    assert await alerts(parts) == [("LOSS_UNKNOWN", False), ("LOSS_UNKNOWN", True)]


async def test_order_updates_put_aside_tighten(parts: Parts) -> None:
    """A person who loosens without resolving them is answered within a second; once they are, it ends by itself."""
    letter = {"letter_id": "x", "stream": ORDERS, "consumer": "c", "reason": "r", "document": b"", "received_at": START}
    await parts.database.run(lambda c: c.execute(DEAD_LETTERS.insert().values(letter)))
    watch = parts.watch()
    assert await rounds(parts, watch, "100") is TradingState.REDUCING
    await parts.database.run(lambda c: _loosen(parts, c))
    assert await rounds(parts, watch, "100") is TradingState.REDUCING
    await parts.database.run(lambda c: c.execute(DEAD_LETTERS.update().values(resolved_at=START)))
    assert await rounds(parts, watch, "100") is TradingState.ACTIVE
    assert [one for one in await alerts(parts) if one[0] == "orders-put-aside"] == [
        ("orders-put-aside", False),
        ("orders-put-aside", True),
    ]


async def test_only_the_execution_engine_frees_a_hold(parts: Parts) -> None:
    """An approval may have been sent at its last moment: time alone frees nothing."""
    await parts.book(portfolio(1, 0))
    await parts.decide(signal())
    parts.market = market(START + timedelta(seconds=11))
    await parts.watch().step()
    stored = await parts.database.read(store.accounts)
    assert len(stored["paper"].account.holds) == 1


async def test_without_the_lease_it_rests(parts: Parts) -> None:
    """A process that waits for the lease values nothing and tells nothing."""
    await parts.lease.release(parts.database)
    watch = parts.watch()
    await watch.step()
    assert watch.seen.accounts == {}


def _loosen(parts: Parts, connection: Connection) -> None:
    before = trading_state_rows.lock(connection)
    change = Change(who="anna", when=START, why="I have looked")
    after = choose(before, TradingState.ACTIVE, change, session=parts.market.session_date())
    change_state(connection, parts.publisher, before, after)
