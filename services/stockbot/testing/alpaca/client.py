"""The control API as a test calls it, over HTTP."""

from decimal import Decimal
from typing import Any

import httpx
import msgspec

from stockbot.testing.alpaca.books import Books, Fill, Order, Post

Number = Decimal | str | int


class Control:
    """Synchronous on purpose: each call is over before the next line of a test runs."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/control", trust_env=False, timeout=30)

    def close(self) -> None:
        self._client.close()

    def books(self) -> Books:
        return msgspec.json.decode(self._call("GET", "/books"), type=Books)

    def posts(self) -> list[Post]:
        """Return every POST and PATCH of an order so far, taken or refused."""
        return msgspec.json.decode(self._call("GET", "/posts"), type=list[Post])

    def arrivals(self) -> list[str]:
        """Return `METHOD path` of every request that would change something, also of those that a fault swallowed."""
        return msgspec.json.decode(self._call("GET", "/arrivals"), type=list[str])

    def order(self, client_order_id: str) -> Order:
        found = self.books().by_client_id(client_order_id)
        if found is None:
            raise LookupError(f"the fake has no order {client_order_id}")
        return found

    def listeners(self) -> int:
        return int(self._call("GET", "/listeners"))

    def account(self, **changes: object) -> None:
        self._call("PUT", "/account", **changes)

    def quote(
        self, symbol: str, bid: Number, ask: Number, last: Number | None = None, qty: Number | None = None
    ) -> None:
        """Move the market; with `qty` each order that it suits fills up to that many shares, held or not."""
        self._call("PUT", f"/quotes/{symbol}", bid=str(bid), ask=str(ask), last=_text(last), qty=_text(qty))

    def hold(self, holding: bool = True) -> None:
        self._call("PUT", "/hold", holding=holding)

    def market(self, *, is_open: bool) -> None:
        self._call("PUT", "/market", open=is_open)

    def place(self, **order: object) -> dict[str, Any]:
        """Place an order by hand; the fields are those of POST /v2/orders."""
        return dict(msgspec.json.decode(self._call("POST", "/orders", **order)))

    def fill(self, client_order_id: str, qty: Number | None = None, price: Number | None = None) -> Fill:
        body = {"client_order_id": client_order_id, "qty": _text(qty), "price": _text(price)}
        return msgspec.json.decode(self._call("POST", "/fill", **body), type=Fill)

    def status(self, client_order_id: str, status: str) -> None:
        self._call("POST", "/status", client_order_id=client_order_id, status=status)

    def move(self, kind: str, amount: Number = 0, **more: object) -> str:
        """Move cash or shares without a trade, and return the activity's id; `symbol`, `qty`, `description`."""
        return str(
            msgspec.json.decode(self._call("POST", "/movements", type=kind, amount=str(amount), **more))["activity_id"]
        )

    def bust(self, execution_id: str) -> None:
        self._call("POST", "/bust", execution_id=execution_id)

    def misbehave(self, kind: str, **how: object) -> None:
        """Plan a fault; the fields are those of `faults.Fault`."""
        self._call("POST", "/misbehave", kind=kind, **how)

    def behave(self) -> None:
        self._call("DELETE", "/misbehave")

    def stream(self, **manners: object) -> None:
        """Set how the stream behaves; the fields are those of `stream.Manners`, and what is left out is good."""
        self._call("PUT", "/stream", **manners)

    def disconnect(self) -> None:
        self._call("POST", "/disconnect")

    def _call(self, method: str, path: str, /, **body: object) -> bytes:
        answer = self._client.request(method, path, json=None if method == "GET" else body)
        if answer.is_error:
            raise ValueError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.content


def _text(number: Number | None) -> str | None:
    return None if number is None else str(number)
