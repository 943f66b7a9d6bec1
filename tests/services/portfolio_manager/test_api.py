"""The HTTP API over a real database, asked in the process by a viewer and an admin."""

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client import CollectorRegistry
from tests.services.portfolio_manager.conftest import CASH, Parts, fill, marks, watch_of

from stockbot.portfolio_manager.api import Desk, portfolio_api
from stockbot.portfolio_manager.benchmark import Benchmark
from stockbot.portfolio_manager.ledger_api import Writing, ledger_api
from stockbot.runtime.auth import Authenticator, Role, token_record, write_tokens
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.web import Page, create_app
from stockbot.testing.clock import START
from stockbot_console.bookkeeper_answers import Account, Entry, Equity, Holding, Performance, Trade

VIEWER, TRADER, ADMIN = ({"Authorization": f"Bearer sbt_{role}"} for role in ("viewer", "trader", "admin"))


@pytest.fixture
async def client(parts: Parts, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    tokens = tmp_path / "tokens.json"
    write_tokens(tokens, [token_record(str(role), role, f"sbt_{role}") for role in Role])
    desk = Desk(
        storage=parts.database,
        feed=parts.feed,
        clock=parts.clock,
        account="paper",
        benchmark=Benchmark(None, "SPY", parts.clock),
        risk_free_rate=0.02,
        version=lambda _: 7,
    )
    writing = Writing(terms=parts.terms, fence=parts.fence, committed=lambda: None)
    app = create_app(
        "portfolio-manager",
        readiness=Readiness(),
        liveness=Liveness(parts.clock),
        authenticator=Authenticator.from_file(tokens),
        metrics=Metrics(CollectorRegistry()),
        clock=parts.clock,
        routers=[portfolio_api(desk), ledger_api(desk, writing)],
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=VIEWER) as client:
        yield client


async def items(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def enter(client: httpx.AsyncClient, key: str, who: Mapping[str, str] = ADMIN, **body: str) -> httpx.Response:
    headers = {**who, "Idempotency-Key": key}
    return await client.post("/api/v1/ledger", json={"note": "a test"} | body, headers=headers)


async def test_an_account_with_its_profit_of_the_day(parts: Parts, client: httpx.AsyncClient) -> None:
    """A deposit is no profit; equity less deposits is realised + unrealised - fees."""
    await parts.open(settles=True)
    await parts.book(fill(1, "10", "100", fee="1"), fill(2, "-4", "110"))
    parts.feed.prices = marks(AAPL="105")
    await watch_of(parts).step()
    assert (await enter(client, "d1", kind="deposit", amount="500")).status_code == 201
    parts.feed.prices = marks(AAPL="107")
    (account,) = await items(client, "accounts")
    assert account["cash"] == "99939"
    assert (account["settled_cash"], account["unsettled_cash"]) == ("99499", "440")
    assert (account["equity"], account["net_deposits"]) == ("100581", "100500")
    assert (account["realised"], account["unrealised"], account["fees"]) == ("40", "42", "1")
    assert (account["day_start_equity"], account["day_profit"]) == ("100569", "12")
    assert (account["through_sequence"], account["session"], account["version"]) == (2, "2026-03-02", 7)


async def test_without_a_price_nothing_is_made_up(parts: Parts, client: httpx.AsyncClient) -> None:
    """Equity, value and unrealised profit are null, and the position says that it has no fresh mark."""
    await parts.open()
    await parts.book(fill(1, "10", "100"))
    (account,) = await items(client, "accounts")
    assert [account[name] for name in ("equity", "positions_value", "unrealised", "day_profit")] == [None] * 4
    (own,) = await items(client, "positions?strategy=account")
    assert (own["mark"], own["value"], own["stale"]) == (None, None, True)


async def test_positions_of_the_account_and_of_strategies(parts: Parts, client: httpx.AsyncClient) -> None:
    """All, the account's own, or one strategy's; an unknown account is 404."""
    await parts.open()
    await parts.book(fill(1, "10", "100"), fill(2, "-4", "110", strategy="fade"))
    parts.feed.prices = marks(AAPL="105")
    found = await items(client, "positions")
    assert [(item["strategy"], item["quantity"]) for item in found] == [(None, "6"), ("fade", "-4"), ("trend", "10")]
    (fade,) = await items(client, "positions?strategy=fade")
    assert (fade["average_price"], fade["value"], fade["unrealised"]) == ("110", "-420", "20")
    assert (await client.get("/api/v1/positions?account=other")).status_code == 404


async def test_trades_and_entries_by_their_chain(parts: Parts, client: httpx.AsyncClient) -> None:
    """A trade is found by the chain that opened it and by the one that closed it; pages have the newest first."""
    await parts.open()
    await parts.book(fill(1, "10", "100", fee="1"), fill(2, "-10", "110", fee="1"), fill(3, "1", "100"))
    for chain in ("chain-1", "chain-2"):
        (trade,) = await items(client, f"trades?correlationid={chain}")
    assert (trade["direction"], trade["profit"], trade["fees"]) == ("long", "98", "2")
    assert (trade["return_fraction"], trade["signal_ids"]) == ("0.098", ["signal-1", "signal-2"])
    (entry,) = await items(client, "ledger?correlationid=chain-2")
    assert sum(Decimal(line["amount"]) for line in entry["lines"]) == 0
    first = (await client.get("/api/v1/ledger", params={"limit": 3})).json()
    rest = (await client.get("/api/v1/ledger", params={"limit": 3, "cursor": first["next"]})).json()
    assert [item["number"] for item in first["items"] + rest["items"]] == [4, 3, 2, 1]
    assert (await client.get("/api/v1/trades?cursor=WyJ4Il0")).status_code == 422


async def test_equity_adds_up_within_one_answer(parts: Parts, client: httpx.AsyncClient) -> None:
    """Equity is cash + sum of quantity x mark to the last place, with odd fractions and a short."""
    await parts.open(cash=Decimal("1000.33"))
    await parts.book(fill(1, "0.333", "99.99", fee="0.01"), fill(2, "-1.7", "55.55", symbol="KO"))
    parts.feed.prices = marks(AAPL="101.01", KO="54.32")
    await watch_of(parts).step()
    answer = (await client.get("/api/v1/equity")).json()
    now = answer["now"]
    held = sum(Decimal(one["quantity"]) * Decimal(one["mark"]) for one in now["positions"])
    assert Decimal(now["equity"]) == Decimal(now["cash"]) + held
    (point,) = answer["points"]
    assert (point["equity"], point["kind"]) == (now["equity"], "sample")
    for every in ("1", "90s", "5m", "1h", "1d"):
        assert (await client.get(f"/api/v1/equity?every={every}")).json()["points"] == [point]
    for wrong in ("start=2026-01-01", "every=0", "every=fast", "every=1w", "account="):
        assert (await client.get(f"/api/v1/equity?{wrong}")).status_code == 422


async def test_only_an_admin_enters_and_once(parts: Parts, client: httpx.AsyncClient) -> None:
    """The key makes it idempotent; another body under it is a conflict; without a key it is refused."""
    await parts.open()
    for who in (VIEWER, TRADER):
        assert (await enter(client, "k", who, kind="deposit", amount="1")).status_code == 403
    first, again = [await enter(client, "k", kind="deposit", amount="250.10") for _ in range(2)]
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.json()["memo"] == "a test (admin)"
    assert (await enter(client, "k", kind="deposit", amount="251")).status_code == 409
    body = {"kind": "deposit", "amount": "1", "note": "no key"}
    assert (await client.post("/api/v1/ledger", json=body, headers=ADMIN)).status_code == 422
    assert (await parts.view()).cash == CASH + Decimal("250.10")


async def test_every_kind_of_entry(parts: Parts, client: httpx.AsyncClient) -> None:
    """Dividends go to who holds, and shorts pay them; a split keeps cost and fractions; a bust gives all back."""
    await parts.open()
    await parts.book(
        fill(1, "10", "100", fee="1"), fill(2, "-4", "110", strategy="fade"), fill(3, "3", "50", symbol="KO")
    )
    dividend = await enter(client, "1", kind="dividend", symbol="AAPL", per_share="0.50")
    parts_of = {line["strategy"]: line["amount"] for line in dividend.json()["lines"]}
    assert parts_of == {None: "3", "fade": "2", "trend": "-5"}
    assert (await enter(client, "2", kind="split", symbol="AAPL", ratio="3:2")).status_code == 201
    assert (await enter(client, "3", kind="interest", amount="-2.5")).status_code == 201
    assert (await enter(client, "4", kind="fee", amount="7")).status_code == 201
    assert (await enter(client, "5", kind="withdrawal", amount="100")).status_code == 201
    view = await parts.view()
    own = view.holdings["AAPL", None]
    assert [own.quantity, own.cost] == [9, 600]
    assert view.holdings["AAPL", "fade"].quantity == -6
    assert view.cash == CASH - 1001 + 440 - 150 + 3 - Decimal("2.5") - 7 - 100
    assert (await enter(client, "6", kind="bust", execution_id="fill-2")).status_code == 201
    view = await parts.view()
    assert view.holdings["AAPL", None] == view.holdings["AAPL", "trend"]
    assert view.cash == CASH - 1001 - 150 + 3 - Decimal("2.5") - 7 - 100
    assert (await enter(client, "7", kind="bust", execution_id="fill-2")).json()["kind"] == "bust"  # the first one
    assert (await enter(client, "8", kind="bust", execution_id="fill-2", note="again")).status_code == 409
    assert (await parts.view()).cash == view.cash


async def test_shares_are_entered_and_taken_out_again(parts: Parts, client: httpx.AsyncClient) -> None:
    """At what they are worth, without cash: so an acceptance at a wrong price can be put right. It makes no trade."""
    await parts.open()
    assert (await enter(client, "1", kind="transfer", symbol="AAPL", quantity="5", amount="500")).status_code == 201
    assert (await enter(client, "2", kind="transfer", symbol="AAPL", quantity="-5", amount="-500")).status_code == 201
    assert (await enter(client, "3", kind="transfer", symbol="AAPL", quantity="5", amount="-500")).status_code == 409
    view = await parts.view()
    assert view.holdings["AAPL", None].quantity == 0
    assert [view.cash, view.state.balances.net_deposits, view.state.balances.realised] == [CASH, CASH, 0]
    assert await items(client, "trades") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "deposit"},
        {"kind": "deposit", "amount": "-5"},
        {"kind": "deposit", "amount": "NaN"},
        {"kind": "deposit", "amount": "1E+30"},
        {"kind": "interest", "amount": "0"},
        {"kind": "dividend", "symbol": "AAPL", "per_share": "1"},
        {"kind": "split", "symbol": "AAPL"},
        {"kind": "split", "symbol": "AAPL", "ratio": "1:0"},
        {"kind": "split", "symbol": "AAPL", "ratio": "two"},
        {"kind": "split", "symbol": "AAPL", "ratio": "1E999999:1E-999999"},
        {"kind": "split", "symbol": "AAPL", "ratio": "4000000:1"},
        {"kind": "split", "symbol": "AAPL", "ratio": "1:1E9"},
        {"kind": "deposit", "amount": "1E15"},
        {"kind": "fee", "amount": "1", "note": "a\0b"},
        {"kind": "bust"},
        {"kind": "transfer", "amount": "10", "symbol": "AAPL"},
        {"kind": "transfer", "amount": "10", "quantity": "1"},
        {"kind": "transfer", "quantity": "1", "symbol": "AAPL"},
        {"kind": "opening", "amount": "1"},
        {"kind": "fee", "amount": "1", "note": ""},
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(
    parts: Parts, client: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    """The error names the field and what would be right; nothing is booked."""
    await parts.open()
    answer = await client.post(
        "/api/v1/ledger", json={"note": "a test"} | wrong, headers=ADMIN | {"Idempotency-Key": "w"}
    )
    assert answer.status_code == 422
    assert "body" in answer.json()["detail"]
    assert (await items(client, "ledger"))[0]["kind"] == "opening"


async def test_what_the_ledger_does_not_have_is_a_conflict(parts: Parts, client: httpx.AsyncClient) -> None:
    """A split of nothing and a bust of an unknown execution."""
    await parts.open()
    assert (await enter(client, "1", kind="split", symbol="AAPL", ratio="2")).status_code == 409
    assert (await enter(client, "2", kind="bust", execution_id="none")).status_code == 409
    assert (await enter(client, "3", kind="fee", amount="1", account="other")).status_code == 404


async def test_a_statement_as_a_file(parts: Parts, client: httpx.AsyncClient) -> None:
    """CSV adds up to the cash, and no text of it is a formula; JSON has the same entries; a time limits both."""
    await parts.open()
    await parts.book(fill(1, "10", "100", strategy="=cmd|' /C calc'!A0", at=START + timedelta(hours=1)))
    answer = await client.get("/api/v1/statement?format=csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="statement.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert sum(Decimal(row["amount"]) for row in rows if row["ledger_account"] == "cash") == CASH - 1000
    assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row.values())
    assert {row["strategy"] for row in rows} == {"", "'=cmd|' /C calc'!A0"}
    entries = (await client.get("/api/v1/statement")).json()["entries"]
    assert [entry["kind"] for entry in entries] == ["opening", "fill"]
    later = await client.get("/api/v1/statement", params={"start": (START + timedelta(minutes=1)).isoformat()})
    assert [entry["kind"] for entry in later.json()["entries"]] == ["fill"]


async def test_performance_says_why_it_cannot_tell(parts: Parts, client: httpx.AsyncClient) -> None:
    """With samples alone there is a total return and a drawdown; nothing is annualised, and each null has words."""
    await parts.open()
    await parts.book(fill(1, "100", "100"))
    watch = watch_of(parts)
    for price in ("100", "110", "105"):
        parts.feed.prices = marks(AAPL=price)
        await parts.database.run(partial(watch._round, terms=parts.terms()))
        parts.clock.advance(60)
    answer = (await client.get("/api/v1/performance")).json()
    statistics = answer["statistics"]
    assert (statistics["total_return"]["value"], statistics["total_return"]["unit"]) == ("0.005000", "fraction")
    assert Decimal(statistics["max_drawdown"]["value"]) == Decimal("0.004950")
    assert statistics["sharpe"]["value"] is None
    assert "daily closes" in statistics["sharpe"]["sentence"]
    assert answer["benchmark"]["missing"]
    mine = (await client.get("/api/v1/performance?strategy=trend")).json()
    assert mine["statistics"]["trades"]["value"] == "0.000000"


async def test_the_console_reads_every_answer(parts: Parts, client: httpx.AsyncClient) -> None:
    """What is answered here decodes as what the console declares, with and without prices."""
    await parts.open(settles=True)
    await parts.book(fill(1, "10", "100"), fill(2, "-4", "110"), fill(3, "-6", "111"), fill(4, "1", "50", symbol="KO"))
    for prices in ({}, marks(AAPL="105", KO="51")):
        parts.feed.prices = prices
        await watch_of(parts).step()
        answers = {
            path: (await client.get(f"/api/v1/{path}")).content
            for path in ("accounts", "positions", "trades", "ledger", "equity", "performance")
        }
        for path, kind in (("accounts", Account), ("positions", Holding), ("trades", Trade), ("ledger", Entry)):
            assert msgspec.json.decode(answers[path], type=Page[kind]).items, path  # type: ignore[valid-type] # made here
        assert msgspec.json.decode(answers["equity"], type=Equity).account == "paper"
        assert msgspec.json.decode(answers["performance"], type=Performance).statistics
