"""The HTTP API over a real database, asked in the process by a viewer, a trader and an admin."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client import CollectorRegistry
from tests.services.risk_guardian.conftest import CASH, Parts, market, portfolio, signal

from stockbot.events.portfolio import Position
from stockbot.events.streams import ALERTS, ORDERS
from stockbot.risk_guardian.api import risk_api
from stockbot.risk_guardian.tables import DEAD_LETTERS
from stockbot.risk_guardian.trading_state_api import trading_state_api
from stockbot.runtime.auth import Authenticator, Role, token_record, write_tokens
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.web import create_app
from stockbot.testing.clock import START

VIEWER, TRADER, ADMIN = ({"Authorization": f"Bearer sbt_{role}"} for role in ("viewer", "trader", "admin"))


@pytest.fixture
async def client(parts: Parts, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    tokens = tmp_path / "tokens.json"
    write_tokens(tokens, [token_record(str(role), role, f"sbt_{role}") for role in Role])
    app = create_app(
        "risk-guardian",
        readiness=Readiness(),
        liveness=Liveness(parts.clock),
        authenticator=Authenticator.from_file(tokens),
        metrics=Metrics(CollectorRegistry()),
        clock=parts.clock,
        routers=[
            risk_api(parts.database, parts.desk.docket),
            trading_state_api(parts.database, parts.publisher, lambda: parts.market, lambda: None),
        ],
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=VIEWER) as client:
        yield client


async def choose(client: httpx.AsyncClient, state: str, who: dict[str, str]) -> httpx.Response:
    body = {"state": state, "reason": "a test"}
    return await client.put("/api/v1/trading-state", json=body, headers=who)


async def items(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_limits_say_how_far_they_are_used(parts: Parts, client: httpx.AsyncClient) -> None:
    """A position of 20,000 and a fall of 1,000 use their limits so far; a limit of each order alone has no use."""
    held = (Position(symbol="AAPL", quantity=Decimal(200), average_price=Decimal(100)),)
    await parts.book(portfolio(1, 0, CASH - 20_000, positions=held))
    await parts.database.run(lambda c: parts.desk.handle(c, [signal()]))
    parts.market = market(START, AAPL="95")
    uses = {use["limit"]: use for use in await items(client, "limits")}
    weight = uses["max_position_weight"]
    assert (weight["setting"], weight["subject"], weight["used"]) == ("0.25", "AAPL", "19950")
    assert weight["utilisation"] == "0.8061"  # of a quarter of 99,000
    assert (uses["max_daily_loss"]["used"], uses["max_daily_loss"]["utilisation"]) == ("1000", "0.5000")
    assert (uses["max_open_orders"]["used"], uses["max_open_orders"]["allowed"]) == ("1", "50")
    assert uses["max_orders_per_minute_per_strategy"]["subject"] == "trend"
    assert (uses["price_band"]["used"], uses["price_band"]["utilisation"]) == (None, None)
    assert uses["allow_short"]["setting"] == "false"


async def test_exposure_shows_cash_holds_and_lines(parts: Parts, client: httpx.AsyncClient) -> None:
    """What an approval holds is in the account's numbers and by its decision."""
    await parts.decide(signal())
    (account,) = await items(client, "exposure")
    assert (account["account"], account["cash"], account["equity"]) == ("paper", "100000", "100000")
    assert Decimal(account["free_cash"]) == CASH - Decimal("1011.00")  # 10 x 101 at the collar, and the fee
    (line,) = account["lines"]
    assert (line["symbol"], line["buying"], line["largest"]) == ("AAPL", "10", "1000")
    (held,) = account["holds"]
    assert (held["hold"]["strategy"], held["hold"]["quantity"]) == ("trend", "10")


async def test_decisions_come_in_pages_and_one_by_one(parts: Parts, client: httpx.AsyncClient) -> None:
    """The newest first, filtered, and each with the inputs it was made from; 404 for none."""
    await parts.decide(signal(1), signal(2, symbol="TSLA"), signal(3))
    first = (await client.get("/api/v1/decisions", params={"limit": 2})).json()
    rest = (await client.get("/api/v1/decisions", params={"limit": 2, "cursor": first["next"]})).json()
    assert [item["signal_id"] for item in first["items"] + rest["items"]] == ["signal-3", "signal-2", "signal-1"]
    assert rest["next"] is None
    (denied,) = await items(client, "decisions?outcome=denied&strategy=trend&correlationid=chain-2")
    assert denied["reasons"][0].keys() == {"code", "detail"}
    one = (await client.get(f"/api/v1/decisions/{denied['decision_id']}")).json()
    assert one["inputs"]["signal_id"] == "signal-2"
    assert one["decision"] == denied
    assert (await client.get("/api/v1/decisions/none")).status_code == 404
    assert (await client.get("/api/v1/decisions?outcome=maybe")).status_code == 422
    assert (await client.get("/api/v1/decisions?cursor=WyJ4Il0")).status_code == 422


async def test_what_if_shows_every_check_and_holds_nothing(parts: Parts, client: httpx.AsyncClient) -> None:
    """An order that would pass, one that would not, and one that is no order."""
    asked = {"symbol": "AAPL", "side": "buy", "quantity": "10"}
    answer = (await client.post("/api/v1/check", json=asked)).json()
    assert (answer["approved"], answer["quantity"], answer["held"]) == (True, "10", "1011.00")
    assert all(check["passed"] and check["detail"] and check["sentence"] for check in answer["checks"])
    refused = (await client.post("/api/v1/check", json=asked | {"quantity": "1000"})).json()
    failed = {check["code"] for check in refused["checks"] if not check["passed"]}
    assert not refused["approved"]
    assert {"NOTIONAL_EXCEEDS_MAX_PER_ORDER", "NOTIONAL_EXCEEDS_FREE_CASH"} <= failed
    unknown = (await client.post("/api/v1/check", json=asked | {"symbol": "TSLA"})).json()
    assert not unknown["approved"]
    assert (await items(client, "exposure"))[0]["holds"] == []
    assert await items(client, "decisions") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"symbol": "AAPL"},
        {"symbol": "AAPL", "side": "buy", "quantity": "NaN"},
        {"symbol": "AAPL", "side": "buy", "quantity": "-1"},
        {"symbol": "AAPL", "side": "buy", "quantity": "1E+30"},
        {"symbol": "AAPL", "intent": "target"},
        {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "1"},
        {"symbol": "AAPL", "side": "buy", "quantity": "1", "reference_price": "0"},
        {"symbol": "AAPL", "intent": "replace"},
        {"symbol": "AAPL", "intent": "cancel", "order": "order-1"},
        {"symbol": "AAPL", "side": "buy", "quantity": "1", "stop_loss": "-1"},
    ],
)
async def test_what_is_no_order_is_refused_in_words(client: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    """Whatever a person types gets a clear error, and no number that cannot be counted gets in."""
    answer = await client.post("/api/v1/check", json=wrong)
    assert answer.status_code == 422
    assert "body" in answer.json()["detail"]


async def test_a_trader_tightens_and_an_admin_loosens(parts: Parts, client: httpx.AsyncClient) -> None:
    """Each change is kept with who, when and why, and told as a RISK_ALERT; a viewer changes nothing."""
    assert (await choose(client, "Halted", VIEWER)).status_code == 403
    assert (await choose(client, "Halted", TRADER)).json()["effective"] == "Halted"
    refused = await choose(client, "Reducing", TRADER)
    assert refused.status_code == 403
    assert "needs the role admin" in refused.json()["detail"]
    assert (await choose(client, "Active", ADMIN)).json()["effective"] == "Active"
    history = await items(client, "trading-state/history")
    assert [(line["who"], line["why"], line["effective"]) for line in history] == [
        ("admin", "a test", "Active"),
        ("trader", "a test", "Halted"),
    ]
    told = [msgspec.to_builtins(event.data) for event in await parts.told(ALERTS)]
    assert [(alert["severity"], alert["resolved"]) for alert in told] == [("critical", False), ("info", True)]


async def test_a_reason_is_needed(client: httpx.AsyncClient) -> None:
    """Without words, or with blanks alone, the state stays."""
    for reason in ("", "   "):
        body = {"state": "Halted", "reason": reason}
        answer = await client.put("/api/v1/trading-state", json=body, headers=ADMIN)
        assert answer.status_code in {400, 422}
    assert (await client.get("/api/v1/trading-state")).json()["effective"] == "Active"


async def test_the_stricter_of_declared_and_chosen_counts(client: httpx.AsyncClient) -> None:
    """The operator tells what the document declares; a choice at run time does not loosen it."""
    for who, status in ((VIEWER, 403), (TRADER, 403), (ADMIN, 200)):
        answer = await client.put("/api/v1/declared-state", json={"state": "Reducing"}, headers=who)
        assert answer.status_code == status
    assert (await choose(client, "Active", ADMIN)).json()["effective"] == "Reducing"
    answer = await client.put("/api/v1/declared-state", json={"state": None}, headers=ADMIN)
    assert answer.json()["effective"] == "Active"


async def test_the_state_says_what_decisions_use(parts: Parts, client: httpx.AsyncClient) -> None:
    """While an order update is put aside the answer is Reducing, and says how many there are."""
    letter = {"letter_id": "x", "stream": ORDERS, "consumer": "c", "reason": "r", "document": b"", "received_at": START}
    await parts.database.run(lambda c: c.execute(DEAD_LETTERS.insert().values(letter)))
    for answer in (await client.get("/api/v1/trading-state"), await choose(client, "Active", ADMIN)):
        assert (answer.json()["effective"], answer.json()["orders_put_aside"]) == ("Reducing", 1)
    await parts.database.run(lambda c: c.execute(DEAD_LETTERS.update().values(resolved_at=START)))
    answer = await client.get("/api/v1/trading-state")
    assert (answer.json()["effective"], answer.json()["orders_put_aside"]) == ("Active", 0)


@pytest.mark.parametrize(
    "path",
    ["decisions?strategy=%00", "decisions?correlationid=a%00", "decisions/%00", "trading-state/history?cursor=WyJ4Il0"],
)
async def test_what_no_database_can_hold_is_refused_at_the_edge(client: httpx.AsyncClient, path: str) -> None:
    """A NUL character in a question, or another list's cursor, is a wrong question and no fault of ours."""
    assert (await client.get(f"/api/v1/{path}")).status_code == 422


async def test_a_reason_with_a_nul_character_is_refused(client: httpx.AsyncClient) -> None:
    """The trading state stays as it was."""
    body = {"state": "Halted", "reason": "a\0b"}
    assert (await client.put("/api/v1/trading-state", json=body, headers=ADMIN)).status_code == 422
    assert (await client.get("/api/v1/trading-state")).json()["effective"] == "Active"


async def test_a_trader_does_not_end_what_a_limit_tightened(parts: Parts, client: httpx.AsyncClient) -> None:
    """To choose the same state again would waive the limit for the session: that is loosening."""
    held = (Position(symbol="AAPL", quantity=Decimal(500), average_price=Decimal(100)),)
    await parts.book(portfolio(1, 0, CASH - 50_000, positions=held))
    watch = parts.watch()
    for price in ("100", "90"):
        parts.market = market(START, AAPL=price)
        await watch.step()
    assert (await client.get("/api/v1/trading-state")).json()["tightened"][0]["limit"] == "LOSS_EXCEEDS_DAILY_LIMIT"
    assert (await choose(client, "Reducing", TRADER)).status_code == 403
    assert (await choose(client, "Halted", TRADER)).json()["effective"] == "Halted"
