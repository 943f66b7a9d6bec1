"""Before anything is sent and from then on: what the broker has is booked first, then compared; drift is a gate."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select
from tests.services.execution_engine.conftest import Floor

from stockbot.errors import Conflict, Unavailable
from stockbot.events.trading import OrderState
from stockbot.execution_engine import acceptance, account_rows, watch_rows
from stockbot.execution_engine.answers import Acceptance
from stockbot.execution_engine.comparison import WrongAccount
from stockbot.execution_engine.reconciler import State
from stockbot.execution_engine.tables import ACCOUNTS, ACTIVITIES, AUDIT
from stockbot.execution_engine.watch_rows import DriftItem
from stockbot.model.orders.broker import Activity, ActivityKind, BrokerExecution
from stockbot.model.orders.order import EXTERNAL
from stockbot.model.orders.reconciliation import DriftKind
from stockbot.runtime.database import Database
from stockbot.testing.events import quote


async def drifts(floor: Floor) -> list[DriftItem]:
    return await floor.database.read(watch_rows.drifts)


async def test_the_first_start_writes_the_account_down(database: Database) -> None:
    """Cash and positions as they are found: they belong to no strategy, and the row is never written again."""
    from tests.services.execution_engine.conftest import create_all  # noqa: PLC0415 - a floor before its first start

    floor = Floor(database)
    await database.run(create_all)
    await database.run(floor.publisher.open)
    floor.venue.shares = {"AAPL": Decimal(7)}
    await floor.lease.acquire(database)
    assert floor.reconciler.trouble() == "not compared with the broker yet"
    await floor.reconciler.run()
    await floor.reconciler.run()
    row = await database.read(lambda c: c.execute(select(ACCOUNTS)).one())
    assert (row.account, row.broker, row.broker_account_id, row.mode) == ("paper", "test", "account-1", "paper")
    assert (row.opening_cash, row.settles, row.currency) == (Decimal(100_000), False, "USD")
    assert b'"quantity":"7"' in row.opening_positions
    held = await database.read(lambda c: account_rows.positions(c, "paper"))
    assert held == {(EXTERNAL, "AAPL"): Decimal(7)}
    assert (floor.reconciler.state, floor.reconciler.trouble()) == (State.RECONCILED, None)


async def test_another_account_is_never_traded(floor: Floor) -> None:
    """Other credentials than at the first start: said in words, and nothing that the broker says is believed."""
    floor.venue.account_id = "account-2"
    with pytest.raises(WrongAccount, match="account-1 at test, but the broker shows the paper account account-2"):
        await floor.reconciler.run()
    assert not floor.reconciler.knows_account
    assert not floor.reconciler.is_reconciled
    with pytest.raises(WrongAccount):
        await floor.reconciler.run()
    floor.venue.account_id = "account-1"
    await floor.reconciler.run()
    assert await floor.alerts() == ["execution/wrong"] * 2  # once that it is wrong, and once that it is right again


async def test_what_a_disconnect_hid_is_recovered(floor: Floor) -> None:
    """Fills and ends that nobody told are booked, and there is no drift then."""
    one, two = await floor.working(1), await floor.working(2)
    floor.venue.fill(one, 10, tells=False)
    floor.venue.fill(two, 4, tells=False)
    floor.venue.change(two, OrderState.CANCELED, tells=False)
    await floor.reconciler.run()
    states = [(await floor.order(name)).state for name in (one, two)]
    assert states == [OrderState.FILLED, OrderState.CANCELED]
    assert (await floor.order(two)).filled_quantity == 4
    assert await drifts(floor) == []


async def test_a_fill_of_a_replay_is_recovered_too(floor: Floor) -> None:
    """It was executed years ago by its market's clock, after the account was opened by ours."""
    name = await floor.working()
    floor.venue.fill(name, 10, tells=False)
    past = replace(floor.venue.fills[0], executed_at=floor.clock.now() - timedelta(days=900))

    async def executions(since: datetime) -> list[BrokerExecution]:
        return [past]

    floor.venue.executions = executions  # type: ignore[method-assign]
    await floor.reconciler.run()
    assert (await floor.order(name)).state is OrderState.FILLED
    assert await drifts(floor) == []


async def test_a_state_that_promises_fills_waits_for_them(floor: Floor) -> None:
    """CANCELED with 4 filled, and no fill known: it is not over before the fill is booked."""
    name = await floor.working()
    floor.venue.fill(name, 4, tells=False)
    floor.venue.change(name, OrderState.CANCELED)
    await floor.hear()
    order = await floor.order(name)
    assert (order.state, order.misses_fills) == (OrderState.ACCEPTED, True)
    await floor.reconciler.run()
    assert (await floor.order(name)).state is OrderState.CANCELED


async def test_drift_is_written_down_told_shown_and_a_gate(floor: Floor) -> None:
    """A position and cash that are not ours; gone again, the alert is resolved and orders leave."""
    floor.venue.shares["MSFT"] = Decimal(3)
    floor.venue.cash -= 300
    await floor.reconciler.run()
    found = [(drift.kind, drift.subject, drift.ours, drift.brokers) for drift in await drifts(floor)]
    assert found == [(DriftKind.CASH, "paper", "100000", "99700"), (DriftKind.POSITION, "MSFT", "0", "3")]
    assert floor.gauge.labels("position")._value.get() == 1
    assert await floor.alerts() == ["execution/drift"] * 2
    assert floor.reconciler.trouble() == "2 differences from the broker are not resolved"
    name = await floor.approve()
    assert (await floor.order(name)).state is OrderState.REJECTED
    floor.venue.shares["MSFT"], floor.venue.cash = Decimal(0), Decimal(100_000)
    await floor.reconciler.run()
    assert (await drifts(floor), floor.reconciler.trouble()) == ([], None)
    assert await floor.alerts() == ["execution/drift"] * 4


async def test_a_difference_that_only_one_look_sees_is_none(floor: Floor) -> None:
    """Something was filled between two questions: the second look settles it."""
    account = floor.venue.account
    looks: list[int] = []

    async def passing():  # type: ignore[no-untyped-def]
        looks.append(1)
        seen = await account()
        floor.venue.cash = Decimal(100_000) if len(looks) > 1 else Decimal(99_000)
        return seen

    floor.venue.account = passing  # type: ignore[method-assign]
    await floor.reconciler.run()
    assert await drifts(floor) == []
    assert len(looks) == 3  # the check, and two looks


async def test_less_than_a_cent_is_no_drift(floor: Floor) -> None:
    """Brokers keep more places than they show."""
    floor.venue.cash += Decimal("0.009")
    await floor.reconciler.run()
    assert await drifts(floor) == []


async def test_an_order_that_the_broker_forgot_is_drift_until_a_person_accepts(floor: Floor) -> None:
    """Not found is not canceled: it stays open, and a person answers for its end."""
    name = await floor.working()
    del floor.venue.orders[name]
    await floor.reconciler.run()
    (drift,) = await drifts(floor)
    assert (drift.kind, drift.subject, drift.ours) == (DriftKind.ORDER, name, "ACCEPTED")
    assert (await floor.order(name)).is_open
    await accept(floor, DriftKind.ORDER, name)
    await floor.reconciler.run()
    assert (await floor.order(name)).state is OrderState.CANCELED
    assert await drifts(floor) == []


async def test_fills_that_never_come_are_drift_until_a_person_accepts(floor: Floor) -> None:
    """The broker says FILLED and has no fills: nothing is made up."""
    name = await floor.working()
    floor.venue.change(name, OrderState.FILLED)
    await floor.reconciler.run()
    (drift,) = await drifts(floor)
    assert (drift.kind, drift.ours, drift.brokers) == (DriftKind.EXECUTION, "0", "FILLED")
    await accept(floor, DriftKind.EXECUTION, name)
    await floor.reconciler.run()
    assert (await floor.order(name)).state is OrderState.CANCELED
    assert await drifts(floor) == []


async def test_cash_and_positions_are_accepted_by_a_person(floor: Floor) -> None:
    """The broker is right: our books become as its, and it is written down who said so.

    The ledger gets cash and shares as paid in or out, out of the same table as the broker's own.
    """
    floor.venue.shares["MSFT"] = Decimal(3)
    floor.venue.cash -= 300
    await floor.reconciler.run()
    await accept(floor, DriftKind.CASH, "paper")
    await accept(floor, DriftKind.POSITION, "MSFT")
    await floor.reconciler.run()
    assert await drifts(floor) == []
    rows = await floor.database.read(lambda c: c.execute(select(AUDIT)).all())
    assert [(row.who, row.what, row.subject) for row in rows] == [
        ("anna", "accept", "cash paper"),
        ("anna", "accept", "position MSFT"),
    ]
    paid, came = await floor.database.read(lambda c: c.execute(select(ACTIVITIES)).all())
    assert (paid.kind, paid.amount, paid.note) == (
        "deposit", Decimal(-300), "anna accepted a difference of cash: looked at it",
    )  # fmt: skip
    assert (came.kind, came.symbol, came.quantity, came.amount) == ("transfer", "MSFT", Decimal(3), Decimal(300))
    with pytest.raises(Conflict, match="there is no difference of cash paper"):
        await accept(floor, DriftKind.CASH, "paper")


async def test_shares_that_nobody_has_a_price_of_need_one(floor: Floor) -> None:
    """Without one nothing is accepted, and the message says what to give; a person's own word comes first."""
    floor.venue.fill(await floor.working(), 10)
    await floor.hear()
    floor.venue.shares["AAPL"] = Decimal(0)
    await floor.reconciler.run()
    with pytest.raises(Conflict, match="no price of AAPL to book the shares at: wait for the gateway's, or give one"):
        await accept(floor, DriftKind.POSITION, "AAPL")
    wrong = {"1E15": "-10 AAPL at 1E\\+15 cannot be booked: amount must be", "1E-13": "price must be between"}
    for price, why in wrong.items():
        with pytest.raises(Conflict, match=why):
            await accept(floor, DriftKind.POSITION, "AAPL", price=Decimal(price))
    await accept(floor, DriftKind.POSITION, "AAPL", price=Decimal(41))
    await floor.reconciler.run()
    assert await drifts(floor) == []
    assert await floor.database.read(lambda c: c.execute(select(ACTIVITIES.c.amount)).scalars().all()) == [-410]


async def test_a_split_that_the_broker_does_not_tell_is_every_holder_s(floor: Floor) -> None:
    """A person says that it was one: the strategies' shares double as in the ledger, and nothing is paid in."""
    floor.venue.fill(await floor.working(1), 10)
    floor.venue.fill(await floor.working(2, strategy="reversion", quantity=Decimal(5)), 5)
    await floor.hear()
    floor.venue.shares["AAPL"] = Decimal(30)
    await floor.reconciler.run()
    await accept(floor, DriftKind.POSITION, "AAPL", as_split=True)
    await floor.reconciler.run()
    assert await drifts(floor) == []
    held = await floor.database.read(lambda c: account_rows.positions(c, "paper"))
    assert held == {("trend", "AAPL"): 20, ("reversion", "AAPL"): 10}
    (split,) = await floor.database.read(lambda c: c.execute(select(ACTIVITIES)).all())
    assert (split.kind, split.quantity, split.amount) == ("split", 15, 0)


def test_the_last_price_comes_before_the_cost() -> None:
    """Shares of a symbol that nobody quotes are worth what they cost at the broker, once it is known what is quoted."""
    costs = {"AAPL": Decimal(90), "GE": Decimal(7)}
    assert acceptance.prices_of({}, costs) == {}
    assert acceptance.prices_of({"AAPL": quote("AAPL", "100")}, costs) == {"AAPL": Decimal(100), "GE": Decimal(7)}


async def test_a_difference_is_accepted_once(floor: Floor) -> None:
    """A second click before the next comparison moves nothing, and the gate stays closed until that comparison."""
    floor.venue.shares["MSFT"] = Decimal(3)
    floor.venue.cash -= 300
    await floor.reconciler.run()
    for kind, subject in ((DriftKind.CASH, "paper"), (DriftKind.POSITION, "MSFT")):
        await accept(floor, kind, subject)
        floor.clock.advance(1)
        with pytest.raises(Conflict, match=f"{kind} {subject} was accepted already"):
            await accept(floor, kind, subject)
    assert len(await drifts(floor)) == 2
    await floor.reconciler.run()
    assert await drifts(floor) == []
    paid = await floor.database.read(lambda c: c.execute(select(ACTIVITIES.c.amount)).scalars().all())
    assert paid == [Decimal(-300), Decimal(300)]


async def test_activities_are_kept_once_and_move_cash_and_shares(floor: Floor) -> None:
    """A dividend, a split, and a fill that was taken back from the strategy that had it."""
    name = await floor.working()
    floor.venue.fill(name, 10)
    await floor.hear()
    at = floor.clock.now()
    floor.venue.moved = [
        Activity(activity_id="a1", kind=ActivityKind.DIVIDEND, amount=Decimal("2.40"), symbol="AAPL", at=at),
        Activity(activity_id="a2", kind=ActivityKind.SPLIT, symbol="AAPL", quantity=Decimal(10), at=at),
        Activity(
            activity_id="a3", kind=ActivityKind.BUST, amount=Decimal(1001), symbol="AAPL", quantity=Decimal(-10),
            execution_id="fill-1", at=at,
        ),
    ]  # fmt: skip
    floor.venue.cash += Decimal("1003.40")
    await floor.reconciler.run()
    floor.clock.advance(timedelta(minutes=1).total_seconds())
    await floor.reconciler.run()
    assert await drifts(floor) == []
    held = await floor.database.read(lambda c: account_rows.positions(c, "paper"))
    assert held == {("trend", "AAPL"): Decimal(10)}
    kept = await floor.database.read(lambda c: c.execute(select(ACTIVITIES).order_by(ACTIVITIES.c.number)).all())
    assert [(row.activity_id, row.kind) for row in kept] == [("a1", "dividend"), ("a2", "split"), ("a3", "bust")]


async def test_a_broker_that_does_not_answer_is_said_in_words(floor: Floor) -> None:
    """The state fails with the reason; what was compared before still counts."""
    floor.venue.is_away = True
    with pytest.raises(Unavailable):
        await floor.reconciler.step()
    assert (floor.reconciler.state, floor.reconciler.reason) == (State.FAILED, "the broker does not answer")
    assert floor.reconciler.is_reconciled


async def test_a_new_lease_compares_anew(floor: Floor) -> None:
    """Another process may have traded meanwhile: nothing is sent before its fills are known."""
    await floor.lease.release(floor.database)
    await floor.lease.acquire(floor.database)
    assert (floor.reconciler.is_reconciled, floor.reconciler.knows_account) == (False, False)


async def accept(floor: Floor, kind: DriftKind, subject: str, **rest: Any) -> None:
    asked = Acceptance(kind=kind, subject=subject, reason="looked at it", **rest)
    await floor.database.run(partial(acceptance.accept, floor.desk, floor.comparison.costs, asked, "anna"))
