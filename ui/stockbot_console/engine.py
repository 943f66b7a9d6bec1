"""What the console asks the Execution Engine: orders, fills, reconciliation, and what people do to orders."""

from collections.abc import Mapping
from urllib.parse import urlencode

from pydantic import SecretStr

from stockbot_console.answers import Failure
from stockbot_console.api import segment
from stockbot_console.engine_answers import (
    CancelAll,
    Drain,
    Fill,
    Flatten,
    Order,
    OrderDetail,
    Reconciliation,
    Sent,
)
from stockbot_console.letters import LetterKeeper

ORDERS = "/api/v1/orders"
LISTED = "200"  # of the newest orders: as many as a page shows at first
MOST = "1000"  # in one page of a list that is read to its end


class Engine(LetterKeeper):
    name = "Execution Engine"

    async def last_orders(self, wanted: Mapping[str, str] | None = None) -> tuple[Order, ...] | Failure:
        """The newest orders, open or not; `wanted` is symbol and strategy."""
        return await self._first(ORDERS, Order, {"state": "all", "limit": LISTED, **(wanted or {})})

    async def open_orders(self) -> tuple[Order, ...] | Failure:
        return await self._items(ORDERS, Order, {"state": "open", "limit": MOST})

    async def orders_of(self, chain: str) -> tuple[Order, ...] | Failure:
        return await self._items(ORDERS, Order, {"state": "all", "correlationid": chain})

    async def every_order(self, wanted: Mapping[str, str]) -> tuple[Order, ...] | Failure:
        """All that there are, for a download."""
        return await self._items(ORDERS, Order, {"limit": MOST, **wanted})

    async def every_fill(self, wanted: Mapping[str, str]) -> tuple[Fill, ...] | Failure:
        return await self._items("/api/v1/executions", Fill, {"limit": MOST, **wanted})

    async def order(self, client_order_id: str) -> OrderDetail | Failure:
        return await self._get(f"{ORDERS}/{segment(client_order_id)}", OrderDetail)

    async def fills_of(self, chain: str) -> tuple[Fill, ...] | Failure:
        return await self._items("/api/v1/executions", Fill, {"correlationid": chain})

    async def reconciliation(self) -> Reconciliation | Failure:
        return await self._get("/api/v1/reconciliation", Reconciliation)

    async def drain(self) -> Drain | Failure:
        return await self._get("/api/v1/drain", Drain)

    async def send(self, order: Mapping[str, object], key: str, token: SecretStr) -> Sent | Failure:
        """Ask for an order by hand, as the person whose token this is; the same `key` is the same order."""
        return await self._send("POST", ORDERS, order, Sent, token, key=key)

    async def cancel(self, client_order_id: str, reason: str, token: SecretStr) -> Order | Failure:
        path = f"{ORDERS}/{segment(client_order_id)}?{urlencode({'reason': reason})}"
        return await self._send("DELETE", path, None, Order, token)

    async def cancel_all(self, asked: Mapping[str, object], token: SecretStr) -> CancelAll | Failure:
        """Cancel every open order, or with `dry_run` say which these are."""
        return await self._send("POST", f"{ORDERS}/cancel-all", asked, CancelAll, token)

    async def flatten(self, asked: Mapping[str, object], token: SecretStr) -> Flatten | Failure:
        """Cancel all and close every position, or with `dry_run` say what that would be."""
        return await self._send("POST", f"{ORDERS}/flatten", asked, Flatten, token)

    async def reconcile(self, token: SecretStr) -> object | Failure:
        return await self._send("POST", "/api/v1/reconciliation", None, object, token)

    async def accept(self, kind: str, subject: str, reason: str, token: SecretStr) -> Reconciliation | Failure:
        """The broker is right about one difference: our books become as its."""
        body = {"kind": kind, "subject": subject, "reason": reason}
        return await self._send("POST", "/api/v1/reconciliation/accept", body, Reconciliation, token)

    async def stop_intake(self, reason: str, token: SecretStr) -> object | Failure:
        """Finish what is in flight and take on nothing new."""
        return await self._send("POST", "/api/v1/drain", {"reason": reason}, object, token)

    async def serve_again(self, token: SecretStr) -> object | Failure:
        return await self._send("DELETE", "/api/v1/drain", None, object, token)
