"""What risk and the broker say: signals are answered, orders and positions move, on both databases."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from stockbot.codec import decode
from stockbot.errors import MalformedEvent
from stockbot.events.streams import ALERTS, SIGNALS
from stockbot.events.trading import (
    Denial,
    Intent,
    OrderReport,
    OrderState,
    OrderTerms,
    OrderType,
    OrderUpdate,
    Reason,
    RiskBlock,
    Side,
    Signal,
    SignalGenerated,
)
from stockbot.runtime.database import Database
from stockbot.runtime.outbox import Writer
from stockbot.strategy_orchestrator import store
from stockbot.strategy_orchestrator.assignments import Shard
from stockbot.strategy_orchestrator.desk import Cause
from stockbot.strategy_orchestrator.feedback import taking_in
from stockbot.strategy_orchestrator.ledger import Ledger
from stockbot.strategy_orchestrator.performance import Made
from stockbot.strategy_orchestrator.roster import Changes
from stockbot.strategy_orchestrator.tables import METADATA, OUTBOX
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.events import service_alert

KEY = ("trend", "AAPL")
take_in = taking_in(Shard(0, 1), FixedClock())


@pytest.fixture
async def tables(database: Database) -> Database:
    await database.run(METADATA.create_all)
    assert await database.run(lambda c: store.add_signal(c, signal()))
    return database


def signal(signal_id: str = "s1", reason: str = "up", **changes: Any) -> SignalGenerated:
    data = Signal(
        strategy="trend",
        strategy_version="1",
        account="paper",
        symbol="AAPL",
        intent=Intent.TARGET,
        side=Side.BUY,
        quantity=Decimal(10),
        target=Decimal(10),
        reference_price=Decimal(100),
        reference_time=START,
        valid_until=START,
        reason=reason,
    )
    return SignalGenerated(
        id=signal_id,
        source="o/0",
        time=START,
        subject="AAPL",
        correlationid="chain",
        causationid="tick",
        data=replace(data, **changes),
    )


def denied() -> RiskBlock:
    reason = Reason(code="NOTIONAL_EXCEEDS", detail="notional=30000")
    data = Denial(decision_id="d1", signal_id="s1", strategy="trend", account="paper", symbol="AAPL", reasons=(reason,))
    return RiskBlock(id="b1", source="r/0", time=START, subject="AAPL", correlationid="chain", data=data)


def ordered(state: OrderState, filled: int, event_id: str = "o1", **changes: Any) -> OrderUpdate:
    report = {
        "account": "paper",
        "client_order_id": "c1",
        "signal_id": "s1",
        "strategy": "trend",
        "symbol": "AAPL",
        "side": Side.BUY,
        "state": state,
        "quantity": Decimal(10),
        "filled_quantity": Decimal(filled),
        **changes,
    }
    data = OrderReport(**report)
    return OrderUpdate(id=event_id, source="e/0", time=START, subject="c1", correlationid="chain", data=data)


async def test_an_unanswered_signal_is_on_its_way(tables: Database) -> None:
    """Until it expires: a slow answer must not double the position."""
    lines = await tables.read(lambda c: store.lines(c, START))
    assert lines[KEY].view(START, None).expected == 10


async def test_the_same_signal_is_kept_once(tables: Database) -> None:
    """The first of an id wins, whatever the second says."""
    assert not await tables.run(lambda c: store.add_signal(c, signal(reason="down")))
    [item] = await tables.read(lambda c: store.signals(c, limit=10))
    assert item.signal.reason == "up"


async def test_a_denial_frees_the_signal_and_goes_to_its_strategy(tables: Database) -> None:
    """It no longer counts, the reasons stand beside it, and the strategy hears it once."""
    for _ in range(2):
        await tables.run(lambda c: take_in(c, [denied()]))
    [item] = await tables.read(lambda c: store.signals(c, limit=10))
    assert (item.answer, item.answer_reason) == ("denied", "NOTIONAL_EXCEEDS: notional=30000")
    assert KEY not in await tables.read(lambda c: store.lines(c, START))
    [(number, event)] = await tables.read(lambda c: store.feedback_after(c, 0))
    assert event == denied()
    assert await tables.read(store.last_feedback) == number
    assert await tables.read(lambda c: store.feedback_after(c, number)) == []


async def test_orders_and_fills_move_the_position(tables: Database) -> None:
    """A fill moves shares from the order to the position; the end of the order leaves only the position."""
    steps = [
        (ordered(OrderState.ACCEPTED, 0, "o1"), 0, 10),
        (ordered(OrderState.PARTIALLY_FILLED, 4, "o2"), 4, 10),
        (ordered(OrderState.CANCELED, 6, "o3"), 6, 6),
        (ordered(OrderState.FILLED, 10, "o4", client_order_id="c2", side=Side.SELL), -4, -4),
    ]
    for event, position, expected in steps:
        await tables.run(lambda c, event=event: take_in(c, [event]))  # type: ignore[misc] # it cannot infer defaults
        line = (await tables.read(lambda c: store.lines(c, START)))[KEY]
        assert (line.position, line.view(START, None).expected) == (Decimal(position), Decimal(expected))


async def test_several_reports_of_one_batch_count_one_after_the_other(tables: Database) -> None:
    """An order that is filled, flipped and replaced within a batch is as if each report had come alone."""
    change = signal("s2", intent=Intent.REPLACE, order="c1", terms=OrderTerms(), target=None)
    assert await tables.run(lambda c: store.add_signal(c, change))
    flip = {"client_order_id": "c3", "signal_id": None, "side": Side.SELL}
    events = [
        ordered(OrderState.ACCEPTED, 0, "e1"),
        ordered(OrderState.PARTIALLY_FILLED, 4, "e2"),
        ordered(OrderState.ACCEPTED, 0, "e3", client_order_id="c2", signal_id="s2"),
        ordered(OrderState.CANCELED, 5, "e4"),
        ordered(OrderState.PARTIALLY_FILLED, 4, "e2"),  # again, and late
        ordered(OrderState.PARTIALLY_FILLED, 7, "e5", **flip),
        ordered(OrderState.FILLED, 8, "e6", **(flip | {"quantity": Decimal(8)})),
    ]
    await tables.run(lambda c: take_in(c, events))
    line = (await tables.read(lambda c: store.lines(c, START)))[KEY]
    assert (line.position, [order.client_order_id for order in line.orders]) == (Decimal(-3), ["c2"])
    told = [event.id for _, event in await tables.read(lambda c: store.feedback_after(c, 0))]
    assert told == ["e1", "e2", "e3", "e4", "e5", "e6"]
    items = {item.id: item for item in await tables.read(lambda c: store.signals(c, limit=10))}
    assert [items[name].answer_reason for name in ("s1", "s2")] == ["c1", "c2"]


LIMIT = OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(99))


async def expected_of(tables: Database) -> tuple[Decimal, list[str]]:
    """What the strategy will have, and its working orders."""
    line = (await tables.read(lambda c: store.lines(c, START)))[KEY]
    return line.view(START, None).expected, [order.client_order_id for order in line.orders]


async def test_a_report_that_is_replayed_late_takes_nothing_back(tables: Database) -> None:
    """Later reports had its fills in their sums: the position stays, and an order that ended stays ended."""
    late = [ordered(OrderState.ACCEPTED, 0, "e1"), ordered(OrderState.PARTIALLY_FILLED, 4, "e2")]
    for event in (ordered(OrderState.CANCELED, 4, "e3"), *late):
        await tables.run(lambda c, event=event: take_in(c, [event]))  # type: ignore[misc] # bound by the default
        line = (await tables.read(lambda c: store.lines(c, START)))[KEY]
        assert (line.position, line.view(START, None).expected) == (Decimal(4), Decimal(4))


async def test_an_order_and_its_replacement_count_once(tables: Database) -> None:
    """While both are known the new one counts, at its terms; where the broker refuses it the old one goes on."""
    change = signal("s2", intent=Intent.REPLACE, order="c1", terms=LIMIT, target=None)
    assert await tables.run(lambda c: store.add_signal(c, change))
    new = {"client_order_id": "c2", "signal_id": "s2", "terms": LIMIT}
    steps = [
        (ordered(OrderState.ACCEPTED, 0, "o1"), ["c1"]),
        (ordered(OrderState.SENT, 0, "o2", **new), ["c2"]),
        (ordered(OrderState.REJECTED, 0, "o3", **new), ["c1"]),
        (ordered(OrderState.ACCEPTED, 0, "o4", **(new | {"client_order_id": "c3"})), ["c3"]),
        (ordered(OrderState.CANCELED, 0, "o5", replaced_by="c3"), ["c3"]),
    ]
    for event, orders in steps:
        await tables.run(lambda c, event=event: take_in(c, [event]))  # type: ignore[misc] # it cannot infer defaults
        assert await expected_of(tables) == (Decimal(10), orders)
    line = (await tables.read(lambda c: store.lines(c, START)))[KEY]
    assert line.orders[0].terms == LIMIT


async def test_the_legs_of_a_bracket_guard_the_position(tables: Database) -> None:
    """They are orders of the strategy, which it may change, and no step toward less; replaced, a leg stays a leg."""
    change = signal("s2", intent=Intent.REPLACE, order="stop", side=Side.SELL, terms=LIMIT, target=None)
    assert await tables.run(lambda c: store.add_signal(c, change))
    events = [
        ordered(OrderState.FILLED, 10, "o1"),
        ordered(OrderState.ACCEPTED, 0, "o2", client_order_id="stop", side=Side.SELL),
        ordered(OrderState.ACCEPTED, 0, "o3", client_order_id="profit", side=Side.SELL),
        ordered(OrderState.ACCEPTED, 0, "o4", client_order_id="new", signal_id="s2", side=Side.SELL),
    ]
    await tables.run(lambda c: take_in(c, events))
    assert await expected_of(tables) == (Decimal(10), ["profit", "new"])
    line = (await tables.read(lambda c: store.lines(c, START)))[KEY]
    assert [order.protects for order in line.orders] == ["s1", "s1"]


async def test_a_cancel_is_on_its_way_to_nobody_who_answers(tables: Database) -> None:
    """It moves no position, and names the order as its answer from the start: the Execution Engine has it."""
    assert await tables.run(lambda c: store.add_signal(c, signal("s2", intent=Intent.CANCEL, order="c1", target=None)))
    items = {item.id: item for item in await tables.read(lambda c: store.signals(c, limit=10))}
    assert (items["s2"].answer, items["s2"].answer_reason) == ("ordered", "c1")
    assert await expected_of(tables) == (Decimal(10), [])  # of the first signal


async def told(tables: Database, *signals: SignalGenerated) -> list[tuple[str, ...]]:
    """What the ledger says about signals under the same cause: the titles of its alerts."""
    ledger = Ledger(Writer(OUTBOX, "o/0"))
    await tables.run(lambda c: ledger.open(c, "a"))
    made = [Made(event.id, event.data, Cause("tick", "chain")) for event in signals]
    await tables.run(lambda c: ledger.write(made, {}, Changes(), START, c))
    events = OUTBOX.events
    rows = await tables.read(lambda c: c.execute(select(events.c.stream, events.c.event)).all())
    return [(row.stream, decode(bytes(row.event)).id) for row in rows]


async def test_another_wish_under_the_same_id_is_told(tables: Database) -> None:
    """The first signal stands, and a person hears of the second; the same wish at a new price is no news."""
    same = signal(reference_price=Decimal(101), reason="up, later")
    assert await told(tables, same) == []
    ((stream, _),) = await told(tables, same, signal(quantity=Decimal(20)))
    assert stream == ALERTS
    [item] = await tables.read(lambda c: store.signals(c, limit=10))
    assert (item.signal.quantity, item.signal.reason) == (Decimal(10), "up")


async def test_changes_of_orders_are_published_like_any_signal(tables: Database) -> None:
    """Committed with their ids, numbered and sent by the outbox."""
    cancel = signal("s2", intent=Intent.CANCEL, order="c1", target=None)
    change = signal("s3", intent=Intent.REPLACE, order="c1", terms=LIMIT, target=None)
    assert await told(tables, cancel, change) == [(SIGNALS, "s2"), (SIGNALS, "s3")]


async def test_what_belongs_to_another_shard_is_left_to_it(tables: Database) -> None:
    """Each symbol's rows are written by one shard."""
    other = next(Shard(n, 2) for n in range(2) if not Shard(n, 2).has("AAPL"))
    await tables.run(lambda c: taking_in(other, FixedClock())(c, [denied()]))
    assert await tables.read(lambda c: store.feedback_after(c, 0)) == []


async def test_any_other_event_is_refused(tables: Database) -> None:
    """So the worker puts it aside with the reason."""
    with pytest.raises(MalformedEvent, match="SERVICE_ALERT is neither"):
        await tables.run(lambda c: take_in(c, [service_alert()]))
