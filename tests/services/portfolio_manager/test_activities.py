"""What the broker did by itself becomes entries, in its order, each once; what cannot be booked is put aside."""

from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update
from tests.services.portfolio_manager.conftest import CASH, Parts, engine_activity, fill, watch_of

from stockbot.portfolio_manager.activities import BUST_SECONDS, STREAM
from stockbot.portfolio_manager.tables import DEAD_LETTERS, ENTRIES, TRADES
from stockbot.portfolio_manager.watch import Watch


@pytest.fixture
def watch(parts: Parts) -> Watch:
    return watch_of(parts)


async def happen(parts: Parts, activity_id: str, kind: str, amount: str = "0", **rest: Any) -> None:
    await parts.database.run(partial(engine_activity, activity_id=activity_id, kind=kind, amount=amount, **rest))


async def kinds(parts: Parts) -> list[str]:
    statement = select(ENTRIES.c.kind).order_by(ENTRIES.c.number)
    return list(await parts.database.read(lambda c: c.execute(statement).scalars().all()))


async def letters(parts: Parts) -> list[str]:
    statement = select(DEAD_LETTERS.c.reason).where(DEAD_LETTERS.c.stream == STREAM)
    return list(await parts.database.read(lambda c: c.execute(statement).scalars().all()))


async def test_each_is_booked_once_and_in_order(parts: Parts, watch: Watch) -> None:
    """Deposit, withdrawal, dividend, fee and interest; looking again books nothing."""
    await parts.open()
    await parts.book(fill(1, "10", "100"))
    for number, (kind, amount) in enumerate(
        [("deposit", "500"), ("deposit", "-200"), ("dividend", "4.80"), ("fee", "-0.35"), ("interest", "1.10")]
    ):
        await happen(parts, f"a-{number}", kind, amount, symbol="AAPL" if kind == "dividend" else None)
    for _ in range(3):
        await watch.step()
    assert await kinds(parts) == ["opening", "fill", "deposit", "withdrawal", "dividend", "fee", "interest"]
    has = (await parts.view()).state.balances
    assert has.cash == CASH - 1000 + 500 - 200 + Decimal("4.80") - Decimal("0.35") + Decimal("1.10")
    assert [has.net_deposits, has.dividends, has.fees, has.interest] == [
        CASH + 300,
        Decimal("4.80"),
        Decimal("0.35"),
        Decimal("1.10"),
    ]
    assert await letters(parts) == []
    assert (await parts.view()).state.activity_number == 5


async def test_shares_that_a_person_accepted_are_paid_in_and_out(parts: Parts, watch: Watch) -> None:
    """At what they were worth, without cash and without profit but what they had made until then; each once."""
    await parts.open()
    await parts.book(fill(1, "10", "100"))
    await happen(parts, "in", "transfer", "550", symbol="AAPL", quantity=Decimal(5))
    await happen(parts, "out", "transfer", "-360", symbol="AAPL", quantity=Decimal(-3))
    for _ in range(2):
        await watch.step()
    assert await kinds(parts) == ["opening", "fill", "transfer", "transfer"]
    view = await parts.view()
    own, trend, nobodys = (view.holdings["AAPL", name] for name in (None, "trend", "external"))
    assert [own.quantity, trend.quantity, nobodys.quantity] == [12, 10, 2]
    assert own.realised == 50  # 360 for three of the fifteen that had cost 1550
    has = view.state.balances
    assert [has.cash, has.net_deposits, has.realised] == [CASH - 1000, CASH + 550 - 360, own.realised]
    assert await letters(parts) == []


@pytest.mark.parametrize(("amount", "quantity"), [("0", Decimal(5)), ("-50", Decimal(5)), ("50", None)])
async def test_a_transfer_of_nothing_or_for_nothing_is_put_aside(
    parts: Parts, watch: Watch, amount: str, quantity: Decimal | None
) -> None:
    """Shares have a worth of their own sign; what follows is booked."""
    await parts.open()
    await happen(parts, "odd", "transfer", amount, symbol="AAPL", quantity=quantity)
    await happen(parts, "d", "deposit", "5")
    await watch.step()
    assert await kinds(parts) == ["opening", "deposit"]
    assert len(await letters(parts)) == 1


async def test_a_short_pays_the_dividend(parts: Parts, watch: Watch) -> None:
    """The amount is below zero, and goes to the strategy that is short."""
    await parts.open()
    await parts.book(fill(1, "-10", "100", strategy="fade"))
    await happen(parts, "d", "dividend", "-4.80", symbol="AAPL")
    await watch.step()
    has = (await parts.view()).state.balances
    assert [has.cash, has.dividends] == [CASH + 1000 - Decimal("4.80"), Decimal("-4.80")]


async def test_a_split_keeps_cost_and_fractions(parts: Parts, watch: Watch) -> None:
    """Shares that came with the split make its ratio, for every strategy; what was invested stays."""
    await parts.open()
    await parts.book(fill(1, "7.5", "100"), fill(2, "2.5", "90", strategy="fade"))
    await happen(parts, "s", "split", symbol="AAPL", quantity=Decimal(-9))
    await watch.step()
    view = await parts.view()
    own, trend, fade = (view.holdings["AAPL", name] for name in (None, "trend", "fade"))
    assert [own.quantity, own.cost, own.average_price] == [1, 975, 975]
    assert [trend.quantity, fade.quantity] == [Decimal("0.75"), Decimal("0.25")]
    assert [trend.average_price, fade.average_price] == [1000, 900]
    assert view.cash == CASH - 975


async def test_after_a_split_the_account_has_what_the_broker_has(parts: Parts, watch: Watch) -> None:
    """Three shares of three strategies become one: thirds are rounded, and no dust is left that nobody can sell."""
    await parts.open()
    await parts.book(*(fill(n, "1", "100", strategy=name) for n, name in enumerate(("a", "b", "c"), 1)))
    await happen(parts, "s", "split", symbol="AAPL", quantity=Decimal(-2))
    await watch.step()
    view = await parts.view()
    assert view.holdings["AAPL", None].quantity == 1
    assert sum(view.holdings["AAPL", name].quantity for name in ("a", "b", "c")) == 1


async def test_a_bust_takes_an_execution_back(parts: Parts, watch: Watch) -> None:
    """Cash, fee, average, profit and trades are as if it had not been; unsettled proceeds go as well."""
    await parts.open(settles=True)
    await parts.book(fill(1, "10", "100"), fill(2, "10", "200", fee="1"), fill(3, "-10", "160"))
    assert (await parts.view()).unsettled == 1600
    await happen(parts, "b1", "bust", execution_id="fill-2")
    await watch.step()
    view = await parts.view()
    own = view.holdings["AAPL", None]
    assert [own.quantity, own.realised, view.state.balances.fees] == [0, 600, 0]
    assert view.cash == CASH + 600
    assert await parts.database.read(lambda c: c.execute(select(TRADES.c.strategy)).scalars().all()) == ["trend"]
    await happen(parts, "b2", "bust", execution_id="fill-3")
    await watch.step()
    view = await parts.view()
    assert [view.holdings["AAPL", None].quantity, view.unsettled, view.cash] == [10, 0, CASH - 1000]
    assert await parts.database.read(lambda c: c.execute(select(TRADES)).all()) == []
    assert [view.state.bought, view.state.sold] == [1000, 0]


async def test_a_bust_leaves_other_trades_alone(parts: Parts, watch: Watch) -> None:
    """A trade that it did not change keeps its number, so its place in the list, and the marks that it has seen."""
    await parts.open()
    await parts.book(fill(1, "10", "100"), fill(2, "-10", "110"), fill(3, "5", "100"), fill(4, "-5", "120"))
    await parts.book(fill(5, "3", "100"), fill(6, "-2", "90"), fill(7, "-1", "90"))
    rows = select(TRADES.c.number, TRADES.c.trade).order_by(TRADES.c.number)
    before = await parts.database.read(lambda c: c.execute(rows).all())
    seen = msgspec.json.encode(msgspec.json.decode(before[0].trade) | {"favourable": "0.5"})
    await parts.database.run(lambda c: c.execute(update(TRADES).where(TRADES.c.number == 1).values(trade=seen)))
    await happen(parts, "b", "bust", execution_id="fill-6")
    await watch.step()
    after = await parts.database.read(lambda c: c.execute(rows).all())
    assert [row.number for row in after] == [1, 2]
    assert msgspec.json.decode(after[0].trade)["favourable"] == "0.5"
    assert (await parts.view()).holdings["AAPL", None].quantity == 2


async def test_a_bust_waits_for_its_execution(parts: Parts, watch: Watch) -> None:
    """It may be seen before the fill has come over the bus; what follows it waits as well, for a while."""
    await parts.open()
    await happen(parts, "b", "bust", execution_id="fill-1")
    await happen(parts, "d", "deposit", "5")
    await watch.step()
    assert await kinds(parts) == ["opening"]
    await parts.book(fill(1, "10", "100"))
    await watch.step()
    assert await kinds(parts) == ["opening", "fill", "bust", "deposit"]
    assert (await parts.view()).cash == CASH + 5


async def test_a_bust_of_nothing_does_not_wait_for_ever(parts: Parts, watch: Watch) -> None:
    """After a minute it is put aside, and a person hears of it; the next activity is booked."""
    await parts.open()
    await happen(parts, "b", "bust", execution_id="never")
    await happen(parts, "d", "deposit", "5")
    await watch.step()
    parts.clock.advance(BUST_SECONDS)
    await watch.step()
    assert await kinds(parts) == ["opening", "deposit"]
    assert "no execution never" in (await letters(parts))[0]
    assert watch.seen.activities_put_aside == 1
    (alert,) = await parts.told()
    assert alert.subject == "portfolio/activities-put-aside"


@pytest.mark.parametrize(
    ("kind", "rest", "reason"),
    [
        ("merger", {}, "does not know"),
        ("split", {"symbol": "AAPL", "quantity": Decimal(5)}, "by a split"),
        ("split", {"symbol": "KO", "quantity": Decimal(5), "amount": "3.20"}, "as its own entry"),
        ("fee", {}, "a fee of nothing"),
        ("fill", {}, "never entered"),
        ("bust", {}, "needs the execution_id"),
        ("bust", {"execution_id": "opening-paper-KO"}, "only a fill can be taken back"),
        ("split", {"symbol": "KO", "quantity": Decimal("1E15")}, "between 1E-12 and 1E15"),
    ],
)
async def test_what_cannot_be_booked_is_put_aside(
    parts: Parts, watch: Watch, kind: str, rest: dict[str, Any], reason: str
) -> None:
    """With its reason, and it stops nothing else."""
    await parts.open(positions=[("KO", "5", "50")])
    await happen(parts, "x", kind, **rest)
    await happen(parts, "d", "deposit", "5")
    await watch.step()
    assert await kinds(parts) == ["opening", "deposit"]
    assert reason in (await letters(parts))[0]


async def test_activities_wait_until_the_fills_before_them_are_booked(parts: Parts) -> None:
    """A split must not be booked before fills that were made in old shares and still are on the stream."""
    await parts.open()
    await happen(parts, "d", "deposit", "5")
    await watch_of(parts, drained=lambda: False).step()
    assert await kinds(parts) == ["opening"]
