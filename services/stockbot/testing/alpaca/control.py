"""The fake's control API: what the market, the broker's staff, a person at the broker and bad luck do."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stockbot.testing.alpaca.api import body_of, refusal
from stockbot.testing.alpaca.books import Quote, Refused
from stockbot.testing.alpaca.exchange import Exchange
from stockbot.testing.alpaca.faults import Fault, Faults
from stockbot.testing.alpaca.stream import Hub, Manners

Answer = Callable[[Request], Awaitable[object]]


def routes(exchange: Exchange, hub: Hub, faults: Faults, done: Callable[[], None]) -> list[Route]:
    control = ControlApi(exchange, hub, faults)
    table: list[tuple[str, str, Answer]] = [
        ("GET", "books", control.books),
        ("GET", "posts", control.posts),
        ("GET", "arrivals", control.arrivals),
        ("GET", "listeners", control.listeners),
        ("PUT", "account", control.account),
        ("PUT", "quotes/{symbol}", control.quote),
        ("PUT", "hold", control.hold),
        ("PUT", "market", control.market),
        ("POST", "orders", control.place),
        ("POST", "fill", control.fill),
        ("POST", "status", control.status),
        ("POST", "movements", control.move),
        ("POST", "bust", control.bust),
        ("POST", "misbehave", control.misbehave),
        ("DELETE", "misbehave", control.behave),
        ("PUT", "stream", control.manners),
        ("POST", "disconnect", control.disconnect),
    ]
    return [Route(f"/control/{path}", _plain(answer, done), methods=[verb]) for verb, path, answer in table]


def _plain(answer: Answer, done: Callable[[], None]) -> Callable[[Request], Awaitable[Response]]:
    async def plain(request: Request) -> Response:
        try:
            found = await answer(request)
        except Refused as refused:
            return refusal(refused)
        except msgspec.ValidationError as error:
            return refusal(Refused(422, 0, str(error)))
        done()
        return Response(msgspec.json.encode(found), media_type="application/json")

    return plain


class ControlApi:
    def __init__(self, exchange: Exchange, hub: Hub, faults: Faults) -> None:
        self._exchange = exchange
        self._books = exchange.books
        self._hub = hub
        self._faults = faults

    async def books(self, _: Request) -> object:
        return self._books

    async def posts(self, _: Request) -> object:
        return self._books.posts

    async def arrivals(self, _: Request) -> object:
        return self._faults.arrivals

    async def listeners(self, _: Request) -> object:
        return self._hub.listeners

    async def account(self, request: Request) -> object:
        """Change the account: any of cash, multiplier, status, blocked, account_number."""
        for name, value in (await body_of(request)).items():
            setattr(self._books, name, Decimal(value) if name == "cash" else value)
        return self._books

    async def quote(self, request: Request) -> object:
        body = await body_of(request)
        bid, ask = Decimal(body["bid"]), Decimal(body["ask"])
        quote = Quote(bid=bid, ask=ask, last=Decimal(body.get("last") or bid))
        self._exchange.quote(request.path_params["symbol"], quote, _decimal(body.get("qty")))
        return quote

    async def hold(self, request: Request) -> object:
        self._exchange.hold((await body_of(request))["holding"] is True)
        return self._books.holding

    async def market(self, request: Request) -> object:
        self._exchange.open_market((await body_of(request))["open"] is True)
        return self._books.market_open

    async def place(self, request: Request) -> object:
        """Place an order as a person at the broker does: it is in no list of posts."""
        return self._exchange.submit(await body_of(request), by_hand=True)

    async def fill(self, request: Request) -> object:
        body = await body_of(request)
        order = self._exchange.find_by_client_id(body["client_order_id"])
        return self._exchange.fill(order, _decimal(body.get("qty")), _decimal(body.get("price")))

    async def status(self, request: Request) -> object:
        body = await body_of(request)
        order = self._exchange.find_by_client_id(body["client_order_id"])
        self._exchange.set_status(order, body["status"])
        return order

    async def move(self, request: Request) -> object:
        body = await body_of(request)
        more = {name: body[name] for name in ("symbol", "description") if name in body}
        qty = _decimal(body.get("qty"))
        return self._exchange.move(body["type"], Decimal(body.get("amount", "0")), qty=qty, **more)

    async def bust(self, request: Request) -> object:
        return self._exchange.bust((await body_of(request))["execution_id"])

    async def misbehave(self, request: Request) -> object:
        fault = msgspec.convert(await body_of(request), Fault)
        self._faults.plan(fault)
        return fault

    async def behave(self, _: Request) -> object:
        self._faults.clear()
        self._hub.manners = Manners()
        return None

    async def manners(self, request: Request) -> object:
        self._hub.manners = msgspec.convert(await body_of(request), Manners)
        return self._hub.manners

    async def disconnect(self, _: Request) -> object:
        self._hub.disconnect()
        return self._hub.listeners


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
