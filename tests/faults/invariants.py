"""What must hold once all is quiet again, whatever happened before: the invariants of the design, asked of everybody.

Each function gives complaints in words; none where all is well.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from tests.faults.services import BOOKS, ENGINE, RISK
from tests.faults.strategies import order_id, signal_id
from tests.faults.world import World

from stockbot.testing.alpaca.books import Books

Complaints = list[str]
CENT = Decimal("0.01")


async def orders_follow_from_approvals(world: World, broker: Books) -> Complaints:
    """No order without an approval, and for each approval at most one order (invariants 1 and 2)."""
    accepted = Counter(post.client_order_id for post in broker.posts if post.accepted)
    known = {order_id(number): signal_id(number) for number in range(1, world.strategies.highest + 1)}
    doubtful = {order_id(number) for number in range(1, world.restored_through + 1)}
    approved = {
        str(row[0]) for row in await world.read("SELECT signal_id FROM risk_decisions WHERE outcome = 'approved'")
    }
    complaints = [f"{order} was accepted {times} times" for order, times in accepted.items() if times > 1]
    complaints += [f"{order} is of no signal" for order in accepted if order not in known]
    complaints += [
        f"{order} has no approval" for order in accepted.keys() - doubtful if known.get(order) not in approved
    ]
    sent = Counter(post.client_order_id for post in broker.posts if post.client_order_id not in doubtful)
    return complaints + [f"{order} was sent {times} times" for order, times in sent.items() if times > 1]


async def signals_are_decided_once(world: World, _: Books) -> Complaints:
    """Every signal has one decision, and none that was never made."""
    rows = await world.read("SELECT signal_id, count(*) FROM risk_decisions GROUP BY signal_id HAVING count(*) > 1")
    return [f"{signal} was decided {times} times" for signal, times in rows]


async def executions_are_the_brokers(world: World, broker: Books) -> Complaints:
    """The engine booked each of the broker's fills once, and no other (invariant 3)."""
    rows = await world.read("SELECT execution_id, symbol, quantity, price FROM execution_executions")
    ours = Counter((str(row[0]), str(row[1]), Decimal(str(row[2])), Decimal(str(row[3]))) for row in rows)
    brokers = Counter((fill.execution_id, fill.symbol, fill.qty, fill.price) for fill in broker.fills)
    return [
        f"execution {each} differs: broker {brokers[each]}, engine {ours[each]}"
        for each in ours.keys() ^ brokers.keys()
    ] + [f"execution {each} was booked {times} times" for each, times in ours.items() if times > 1]


async def orders_are_filled_by_their_executions(world: World, broker: Books) -> Complaints:
    """The sum of executions is the filled quantity, on both sides (invariant 3)."""
    rows = await world.read("SELECT client_order_id, quantity FROM execution_executions")
    sums: Counter[str] = Counter()
    for order, quantity in rows:
        sums[str(order)] += Decimal(str(quantity))  # type: ignore[assignment] # a Counter of Decimals
    return [
        f"{order.client_order_id}: {sums[order.client_order_id]} executed, {order.filled_qty} filled at the broker"
        for order in broker.orders.values()
        if sums[order.client_order_id] != order.filled_qty
    ]


async def books_are_the_brokers(world: World, broker: Books) -> Complaints:
    """Cash to the cent and positions to the share; what strategies own adds up to what the account owns."""
    (account,) = await items(world, BOOKS, "accounts")
    positions = await items(world, BOOKS, "positions", strategy="all")
    ours = {row["symbol"]: Decimal(row["quantity"]) for row in positions if row["strategy"] is None}
    own: dict[str, Decimal] = {}
    for row in positions:
        if row["strategy"] is not None:
            own[row["symbol"]] = own.get(row["symbol"], Decimal(0)) + Decimal(row["quantity"])
    theirs = {symbol: held.qty for symbol, held in broker.positions.items()}
    complaints = (
        [] if Decimal(account["cash"]) == broker.cash else [f"cash {account['cash']}, the broker's {broker.cash}"]
    )
    complaints += _differences("positions", ours, theirs)
    return complaints + _differences("strategies' positions", own, theirs)


async def equity_is_cash_and_positions(world: World, _: Books) -> Complaints:
    """Within one answer, equity = cash + sum(quantity x mark), to the cent (invariant 3)."""
    now: Any = (await world.get(BOOKS, "equity", account=world.services.account))["now"]
    worth = sum((Decimal(row["quantity"]) * Decimal(row["mark"]) for row in now["positions"]), Decimal(now["cash"]))
    if abs(worth - Decimal(now["equity"])) < CENT:
        return []
    return [f"equity {now['equity']}, cash and positions {worth}"]


async def risk_holds_nothing_any_more(world: World, broker: Books) -> Complaints:
    """With no order working nothing is held, and risk's cash is the broker's (invariant 4)."""
    (exposure,) = await items(world, RISK, "exposure")
    complaints = [] if Decimal(exposure["held"]) == 0 else [f"risk still holds {exposure['held']}"]
    if Decimal(exposure["cash"]) != broker.cash:
        complaints.append(f"risk's cash {exposure['cash']}, the broker's {broker.cash}")
    return complaints


async def nothing_was_put_aside(world: World, _: Books) -> Complaints:
    """No event was refused for good by anybody."""
    complaints: Complaints = []
    for prefix in ("risk_", "execution_", "portfolio_", "alert_"):
        rows = await world.read(f"SELECT letter_id, reason FROM {prefix}dead_letters")  # noqa: S608 - our own names
        complaints += [f"{prefix}: {letter}: {reason}" for letter, reason in rows]
    return complaints


async def nothing_drifts(world: World, _: Books) -> Complaints:
    """The engine sees no difference to the broker."""
    found: Any = await world.get(ENGINE, "reconciliation")
    return [f"drift: {drift}" for drift in found["drifts"]] if found["last_at"] is not None else [str(found)]


async def items(world: World, service: str, path: str, **parameters: str) -> list[dict[str, Any]]:
    found: Any = await world.get(service, path, **parameters)
    return list(found["items"])


def _differences(what: str, ours: dict[str, Decimal], theirs: dict[str, Decimal]) -> Complaints:
    none = Decimal(0)
    return [
        f"{what} of {symbol}: {ours.get(symbol, none)}, the broker's {theirs.get(symbol, none)}"
        for symbol in sorted({*ours, *theirs})
        if ours.get(symbol, none) != theirs.get(symbol, none)
    ]


INVARIANTS: tuple[Callable[[World, Books], Awaitable[Complaints]], ...] = (
    orders_follow_from_approvals,
    signals_are_decided_once,
    executions_are_the_brokers,
    orders_are_filled_by_their_executions,
    books_are_the_brokers,
    equity_is_cash_and_positions,
    risk_holds_nothing_any_more,
    nothing_was_put_aside,
    nothing_drifts,
)


async def complaints_of(world: World) -> Complaints:
    """Everything that does not hold now, each with the name of its check."""
    broker = await world.books()
    return [f"{check.__name__}: {complaint}" for check in INVARIANTS for complaint in (await check(world, broker))[:5]]
