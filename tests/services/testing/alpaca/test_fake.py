"""The fake Alpaca refuses, trades and remembers as the real one is documented to."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from stockbot.testing.alpaca import FakeAlpaca, alpaca_process, running_alpaca
from stockbot.testing.alpaca.api import KEY_ID, SECRET_KEY

HEADERS = {"APCA-API-KEY-ID": KEY_ID, "APCA-API-SECRET-KEY": SECRET_KEY}
BUY: dict[str, Any] = {"symbol": "AAPL", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day"}


@pytest.fixture
def fake() -> Iterator[FakeAlpaca]:
    with running_alpaca() as fake:
        fake.control.quote("AAPL", "99", "101", "100")
        yield fake


@pytest.fixture
def client(fake: FakeAlpaca) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=fake.url, headers=HEADERS, trust_env=False) as client:
        yield client


def post(client: httpx.Client, **changes: Any) -> httpx.Response:
    return client.post("/v2/orders", json=BUY | changes)


@pytest.mark.parametrize(
    ("changes", "status", "code", "words"),
    [
        ({"client_order_id": "taken"}, 422, 40010001, "client_order_id must be unique"),
        ({"qty": "100000"}, 403, 40310000, "insufficient buying power"),
        ({"qty": "-1"}, 422, 42210000, "qty must be > 0"),
        ({"qty": "NaN"}, 422, 42210000, "qty must be > 0"),
        ({"qty": "ten"}, 422, 40010001, "qty must be a number"),
        ({"type": "limit"}, 422, 42210000, "limit order requires limit_price"),
        ({"type": "limit", "limit_price": "100.001"}, 422, 42210000, "sub-penny"),
        ({"qty": "0.5", "time_in_force": "gtc"}, 422, 42210000, "fractional orders must be DAY"),
        ({"qty": "0.5", "side": "sell", "symbol": "MSFT"}, 422, 42210000, "cannot be sold short"),
        ({"side": "sell", "qty": "11"}, 403, 40310000, "insufficient qty available"),
        ({"extended_hours": True}, 422, 42210000, "extended hours"),
        ({"time_in_force": "ioc", "type": "stop", "stop_price": "90"}, 422, 42210000, "not valid for stop"),
    ],
)
def test_what_is_refused(
    fake: FakeAlpaca, client: httpx.Client, changes: dict[str, Any], status: int, code: int, words: str
) -> None:
    """With status, code and words; nothing is left of such an order, but it is in the list of posts."""
    post(client, client_order_id="taken")
    answer = post(client, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert words in answer.json()["message"]
    assert len(fake.control.books().orders) == 1
    assert [(each.accepted, each.status) for each in fake.control.posts()] == [(True, 200), (False, status)]


def test_an_order_against_an_own_one_is_a_wash_trade(client: httpx.Client) -> None:
    """A sale that could meet the account's own buy is refused, one beside it is not."""
    post(client, qty="5")
    post(client, type="limit", limit_price="90")
    assert "wash trade" in post(client, side="sell", qty="1").json()["message"]
    assert post(client, side="sell", qty="1", type="limit", limit_price="110").status_code == 200


def test_a_bracket_closes_by_one_of_its_exits(fake: FakeAlpaca, client: httpx.Client) -> None:
    """Its exits are held until it has filled; the one that fills cancels the other."""
    fake.control.hold()
    exits = {"take_profit": {"limit_price": "110"}, "stop_loss": {"stop_price": "90"}}
    post(client, client_order_id="entry", order_class="bracket", **exits)
    assert [o.status for o in fake.control.books().orders.values()] == ["held", "held", "new"]
    fake.control.hold(False)
    assert [o.status for o in fake.control.books().orders.values()] == ["new", "new", "filled"]
    fake.control.quote("AAPL", "89", "91", "89")
    books = fake.control.books()
    assert [(o.type, o.status) for o in books.orders.values()][:2] == [("limit", "canceled"), ("stop", "filled")]
    assert books.positions == {}
    assert books.cash == Decimal(100_000) - 10 * (101 - 89)


def test_a_trailing_stop_follows_the_best_price(fake: FakeAlpaca, client: httpx.Client) -> None:
    """It moves up with the market and not down, and sells where it is touched."""
    post(client)
    post(client, client_order_id="trail", side="sell", type="trailing_stop", trail_price="5")
    for last in (104, 108, 104):
        fake.control.quote("AAPL", last - 1, last + 1, last)
    assert fake.control.order("trail").stop_price == 103
    fake.control.quote("AAPL", 102, 104, 103)
    assert fake.control.order("trail").status == "filled"


def test_a_closed_market_accepts_and_waits(fake: FakeAlpaca, client: httpx.Client) -> None:
    """Orders of the night trade when it opens."""
    fake.control.market(is_open=False)
    post(client, client_order_id="night")
    assert fake.control.order("night").status == "accepted"
    fake.control.market(is_open=True)
    assert fake.control.order("night").status == "filled"


def test_a_status_can_be_given_by_hand(fake: FakeAlpaca, client: httpx.Client) -> None:
    """For the states that no market brings about: expired, rejected, suspended."""
    post(client, client_order_id="one", type="limit", limit_price="90")
    for status in ("suspended", "expired"):
        fake.control.status("one", status)
        assert client.get("/v2/orders:by_client_order_id?client_order_id=one").json()["status"] == status


def test_an_unknown_order_and_an_unknown_key(fake: FakeAlpaca, client: httpx.Client) -> None:
    """404 and 401 have Alpaca's own codes."""
    answer = client.get("/v2/orders:by_client_order_id?client_order_id=none")
    assert (answer.status_code, answer.json()["code"]) == (404, 40410000)
    answer = httpx.get(f"{fake.url}/v2/account", trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (401, 40110000)


def test_all_can_be_canceled_at_once(fake: FakeAlpaca, client: httpx.Client) -> None:
    """DELETE of all orders answers with one line for each."""
    for price in ("90", "91"):
        post(client, type="limit", limit_price=price)
    assert [each["status"] for each in client.delete("/v2/orders").json()] == [200, 200]
    assert fake.control.books().open_orders() == []


def test_its_books_survive_a_kill(tmp_path: Path) -> None:
    """Started again on the same port it knows what was ordered, filled and paid."""
    with alpaca_process(tmp_path) as fake:
        fake.control.quote("AAPL", "99", "101")
        fake.control.place(client_order_id="by-hand", **BUY)
        before = fake.control.books()
        fake.kill()
        fake.start()
        assert fake.control.books() == before
        assert fake.control.posts() == []
        assert before.cash == Decimal(100_000) - 1010
