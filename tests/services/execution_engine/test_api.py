"""The HTTP API over a real database, asked in the process by a viewer, a trader and an admin."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import select
from tests.services.execution_engine.conftest import Floor, order_of

from stockbot.events.market import Quote
from stockbot.events.streams import SIGNALS
from stockbot.events.trading import Flattening, Intent, OrderState, OrderTerms, OrderType, Side, SignalGenerated
from stockbot.execution_engine.api import execution_api
from stockbot.execution_engine.control_api import control_api
from stockbot.execution_engine.drain import IN_FLIGHT, Drain, in_flight
from stockbot.execution_engine.order_api import order_api
from stockbot.execution_engine.order_rows import in_states
from stockbot.execution_engine.tables import AUDIT
from stockbot.runtime.auth import Authenticator, Role, token_record, write_tokens
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.web import create_app
from stockbot.testing.events import quote

VIEWER, TRADER, ADMIN = ({"Authorization": f"Bearer sbt_{role}"} for role in ("viewer", "trader", "admin"))
MANUAL = {"symbol": "AAPL", "side": "buy", "quantity": "5", "reason": "a hunch"}
WHY = {"reason": "a test"}
BRACKET = OrderTerms(
    order_type=OrderType.LIMIT, limit_price=Decimal(101), stop_loss=Decimal(90), take_profit=Decimal(110)
)


@dataclass
class Quotes:
    quotes: dict[str, Quote] = field(default_factory=lambda: {"AAPL": quote("AAPL", "100"), "MSFT": quote("MSFT")})


@dataclass
class Behind:
    """What the API needs of an engine, over the floor's parts."""

    floor: Floor
    market: Quotes = field(default_factory=Quotes)
    drain: Drain = field(default_factory=Drain)

    def __post_init__(self) -> None:
        for name in ("desk", "cancels", "closes", "comparison", "reconciler", "publisher"):
            setattr(self, name, getattr(self.floor, name))
        self.around = type("Around", (), {"storage": self.floor.database, "clock": self.floor.clock})()
        self.settings = type("Settings", (), {"account": "paper"})()

    async def in_flight(self) -> tuple[str, ...]:
        return in_flight(await self.floor.database.read(lambda c: in_states(c, IN_FLIGHT)))


@pytest.fixture
async def client(floor: Floor, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    tokens = tmp_path / "tokens.json"
    write_tokens(tokens, [token_record(str(role), role, f"sbt_{role}") for role in Role])
    behind: Any = Behind(floor)
    app = create_app(
        "execution-engine",
        readiness=Readiness(),
        liveness=Liveness(floor.clock),
        authenticator=Authenticator.from_file(tokens),
        metrics=Metrics(CollectorRegistry()),
        clock=floor.clock,
        routers=[execution_api(behind), order_api(behind), control_api(behind)],
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1/", headers=TRADER) as client:
        yield client


async def items(client: httpx.AsyncClient, path: str, **query: str) -> list[dict[str, Any]]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def signals(floor: Floor) -> list[SignalGenerated]:
    return [event for event in await floor.told(SIGNALS) if isinstance(event, SignalGenerated)]


async def close(floor: Floor) -> None:
    """A second passes, and what waits to be closed is."""
    floor.quotes.update(Quotes().quotes)
    floor.clock.advance(1)
    await floor.closes.look()


async def test_orders_in_pages_filtered_and_one_by_one(floor: Floor, client: httpx.AsyncClient) -> None:
    """The newest first; the open ones; of a symbol, a strategy, a signal, a chain; one with all that happened to it."""
    await floor.working(1)
    floor.venue.fill(order_of(1), 10, "100.50")
    await floor.hear()
    newer = await floor.working(2, symbol="MSFT", strategy="reversion")
    first = (await client.get("orders", params={"limit": 1})).json()
    rest = (await client.get("orders", params={"limit": 1, "cursor": first["next"]})).json()
    names = [item["client_order_id"] for item in first["items"] + rest["items"]]
    assert (names, rest["next"]) == ([newer, order_of(1)], None)
    for query in ({"state": "open"}, {"symbol": "MSFT"}, {"strategy": "reversion"}, {"signal_id": "signal-2"}):
        assert [item["client_order_id"] for item in await items(client, "orders", **query)] == [newer]
    assert len(await items(client, "orders", correlationid="chain-1")) == 1
    one = (await client.get(f"orders/{order_of(1)}")).json()
    assert (one["order"]["state"], one["order"]["average_price"], one["order"]["is_open"]) == (
        "FILLED",
        "100.500000",
        False,
    )
    assert [line["state"] for line in one["timeline"]] == ["INTENT", "SENT", "ACCEPTED", "FILLED"]
    assert [line["source"] for line in one["timeline"]] == ["engine", "engine", "broker", "broker"]
    assert one["executions"][0]["price"] == "100.5"
    assert one["approval"]["signal"]["strategy"] == "trend"
    assert (await client.get("orders/none")).status_code == 404
    assert (await client.get("orders", params={"state": "some"})).status_code == 422
    assert (await client.get("orders", params={"cursor": "WyJ4Il0"})).status_code == 422


async def test_executions_are_listed(floor: Floor, client: httpx.AsyncClient) -> None:
    """The newest first, filtered by symbol, strategy and chain."""
    for number in (1, 2):
        floor.venue.fill(await floor.working(number), 10)
        await floor.hear()
    assert [item["execution_id"] for item in await items(client, "executions")] == ["fill-2", "fill-1"]
    assert len(await items(client, "executions", symbol="AAPL", correlationid="chain-1")) == 1
    assert await items(client, "executions", strategy="reversion") == []


async def test_a_manual_order_becomes_a_signal_once_for_each_key(floor: Floor, client: httpx.AsyncClient) -> None:
    """202 with the chain; the same key gives the same answer, and with another order a conflict."""
    asked = MANUAL | {"order_type": "limit", "limit_price": "99.50", "stop_loss": "95", "take_profit": "110"}
    first = await client.post("orders", json=asked, headers={"Idempotency-Key": "k1"})
    again = await client.post("orders", json=asked, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    (signal,) = await signals(floor)
    assert (signal.id, signal.correlationid) == (first.json()["signal_id"], first.json()["correlationid"])
    assert (signal.data.strategy, signal.data.intent, signal.data.reason) == ("manual", Intent.ENTER, "trader: a hunch")
    assert (signal.data.reference_price, signal.data.terms.stop_loss) == (Decimal(100), Decimal(95))
    other = await client.post("orders", json=asked | {"quantity": "6"}, headers={"Idempotency-Key": "k1"})
    assert other.status_code == 409
    assert "take a new one" in other.json()["detail"]
    await client.post("orders", json=asked, headers={"Idempotency-Key": "k2"})
    assert len(await signals(floor)) == 2


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"quantity": "NaN"}, 422),
        ({"quantity": "-1"}, 422),
        ({"quantity": "1E+30"}, 422),
        ({"side": "hold"}, 422),
        ({"reason": ""}, 422),
        ({"limit_price": "0"}, 422),
        ({"price": "1"}, 422),
        ({"symbol": "NONE"}, 409),
    ],
)
async def test_what_is_no_order_is_refused_in_words(
    floor: Floor, client: httpx.AsyncClient, wrong: dict[str, str], status: int
) -> None:
    """Whatever a person types gets a clear error, and nothing is told."""
    answer = await client.post("orders", json=MANUAL | wrong, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert await signals(floor) == []


async def test_a_manual_order_needs_its_key(client: httpx.AsyncClient) -> None:
    """Without an Idempotency-Key a lost answer could become two orders."""
    answer = await client.post("orders", json=MANUAL)
    assert (answer.status_code, "idempotency-key" in answer.json()["detail"].lower()) == (422, True)


async def test_a_cancellation_by_hand(floor: Floor, client: httpx.AsyncClient) -> None:
    """202 while it works, 409 once it has ended, 404 for none; written down with who and why."""
    name = await floor.working()
    answer = await client.delete(f"orders/{name}", params={"reason": "a mistake"})
    assert (answer.status_code, answer.json()["state"]) == (202, "PENDING_CANCEL")
    await floor.cancels.cancel_all()
    await floor.hear()
    assert (await client.delete(f"orders/{name}")).status_code == 409
    assert (await client.delete("orders/none")).status_code == 404
    rows = await floor.database.read(lambda c: c.execute(select(AUDIT)).all())
    assert [(row.who, row.what, row.subject, row.why) for row in rows] == [("trader", "cancel", name, "a mistake")]


async def test_cancel_all_rehearses_and_acts(floor: Floor, client: httpx.AsyncClient) -> None:
    """The rehearsal names the same orders and changes nothing; a filter spares the others."""
    one, two = await floor.working(1), await floor.working(2, symbol="MSFT")
    shown = (await client.post("orders/cancel-all", json=WHY | {"dry_run": True})).json()
    assert [order["client_order_id"] for order in shown["orders"]] == [one, two]
    assert (await floor.order(one)).cancel_because is None
    done = (await client.post("orders/cancel-all", json=WHY | {"symbol": "MSFT"})).json()
    assert [(order["client_order_id"], order["state"]) for order in done["orders"]] == [(two, "PENDING_CANCEL")]
    assert (await floor.order(one)).cancel_because is None


async def test_flatten_cancels_and_closes(floor: Floor, client: httpx.AsyncClient) -> None:
    """Open orders are canceled, and each position gets a closing signal that risk decides; a rehearsal does neither."""
    floor.venue.fill(await floor.working(1), 10)
    await floor.hear()
    working = await floor.working(2, symbol="MSFT")
    shown = (await client.post("orders/flatten", json=WHY | {"dry_run": True})).json()
    assert [close["correlationid"] for close in shown["closes"]] == [None]
    assert await signals(floor) == []
    done = (await client.post("orders/flatten", json=WHY)).json()
    assert [order["client_order_id"] for order in done["cancels"]] == [working]
    await close(floor)
    (signal,) = await signals(floor)
    told = {"symbol": "AAPL", "strategy": "trend", "side": "sell", "quantity": "10"}
    assert done["closes"] == [told | {"correlationid": signal.correlationid}]
    asked = (signal.data.strategy, signal.data.intent, signal.data.side, signal.data.quantity)
    assert asked == ("trend", Intent.EXIT, Side.SELL, Decimal(10))


async def test_flatten_ends_brackets_whose_entry_works_or_whose_exit_is_to_come(
    floor: Floor, client: httpx.AsyncClient
) -> None:
    """The close has the shares, also those that an entry fills before its cancellation: no exit sells them again."""
    entry = await floor.working(1, terms=BRACKET)
    ended = await floor.working(2, terms=BRACKET, symbol="MSFT")
    floor.venue.fill(ended, 10)
    await floor.hear()
    closes = (await client.post("orders/flatten", json=WHY)).json()["closes"]
    assert [(close["symbol"], close["quantity"]) for close in closes] == [("MSFT", "10")]
    floor.venue.fill(entry, 4)
    await floor.cancels.cancel_all()
    await floor.hear()
    for _ in range(3):
        await floor.brackets.look()
        await floor.send()
    assert floor.venue.submitted == [entry, ended]
    floor.quotes.update({name: quote(name) for name in ("AAPL", "MSFT")})
    floor.clock.advance(2)
    await floor.closes.look()
    told = sorted((signal.data.symbol, signal.data.quantity) for signal in await signals(floor))
    assert told == [("AAPL", Decimal(4)), ("MSFT", Decimal(10))]


async def test_flatten_while_halted_needs_an_admin_and_a_word(floor: Floor, client: httpx.AsyncClient) -> None:
    """A trader may not, an admin must say FLATTEN; then the closes are marked as what may leave while Halted."""
    floor.venue.fill(await floor.working(1), 10)
    await floor.hear()
    await floor.halt()
    confirmed = WHY | {"confirm": "FLATTEN"}
    assert (await client.post("orders/flatten", json=confirmed)).status_code == 403
    assert (await client.post("orders/flatten", json=WHY, headers=ADMIN)).status_code == 403
    assert (await client.post("orders/flatten", json=confirmed, headers=ADMIN)).status_code == 200
    await close(floor)
    (signal,) = await signals(floor)
    assert (signal.data.strategy, signal.data.flatten) == ("trend", Flattening.CONFIRMED)
    closing = await floor.working(2, flatten=Flattening.CONFIRMED, side=Side.SELL)
    other = await floor.working(3, side=Side.SELL)
    assert [(await floor.order(name)).state for name in (closing, other)] == [OrderState.ACCEPTED, OrderState.REJECTED]


async def test_reconciliation_shows_the_account_and_every_difference(floor: Floor, client: httpx.AsyncClient) -> None:
    """State, account and drift; a trader compares again, an admin accepts."""
    floor.venue.cash += 1
    await floor.reconciler.run()
    answer = (await client.get("reconciliation")).json()
    assert (answer["state"], answer["account"]["broker_account_id"]) == ("reconciled", "account-1")
    assert [(one["kind"], one["ours"], one["brokers"]) for one in answer["drifts"]] == [("cash", "100000", "100001")]
    assert (await client.post("reconciliation")).status_code == 202
    asked = WHY | {"kind": "cash", "subject": "paper"}
    assert (await client.post("reconciliation/accept", json=asked)).status_code == 403
    assert (await client.post("reconciliation/accept", json=asked, headers=ADMIN)).status_code == 200
    await floor.reconciler.run()
    assert (await client.get("reconciliation")).json()["drifts"] == []
    assert (await client.post("reconciliation/accept", json=asked, headers=ADMIN)).status_code == 409


async def test_draining(floor: Floor, client: httpx.AsyncClient) -> None:
    """An admin's: it is over when nothing is in flight any more, and ends when an admin says so."""
    name = await floor.approve()
    assert (await client.post("drain", json=WHY)).status_code == 403
    asked = (await client.post("drain", json=WHY, headers=ADMIN)).json()
    assert (asked["state"], asked["in_flight"]) == ("draining", [name])
    await floor.send()
    assert (await client.get("drain")).json()["state"] == "drained"
    assert (await client.delete("drain", headers=ADMIN)).json() == {"state": "serving", "in_flight": [], "since": None}


async def test_an_exit_that_waits_keeps_nobody_from_draining(floor: Floor, client: httpx.AsyncClient) -> None:
    """While trading is halted it does not leave, and it is in SQL for the next process."""
    floor.venue.fill(await floor.working(1, terms=BRACKET), 10)
    await floor.hear()
    await floor.halt()
    await floor.brackets.look()
    await floor.send()
    assert (await floor.order(order_of(1, 1))).state is OrderState.INTENT
    assert (await client.post("drain", json=WHY, headers=ADMIN)).json()["state"] == "drained"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "orders"),
        ("DELETE", "orders/x"),
        ("POST", "orders/cancel-all"),
        ("POST", "orders/flatten"),
        ("POST", "reconciliation"),
        ("POST", "drain"),
    ],
)
async def test_a_viewer_changes_nothing(client: httpx.AsyncClient, method: str, path: str) -> None:
    """Every change needs a role."""
    body = MANUAL if path == "orders" else WHY
    answer = await client.request(
        method, path, json=None if method == "DELETE" else body, headers=VIEWER | {"Idempotency-Key": "k"}
    )
    assert answer.status_code == 403
