"""Alpaca's trading REST v2 as far as the adapter needs it, over the fake's exchange."""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stockbot.testing.alpaca import answers
from stockbot.testing.alpaca.books import Order, Refused
from stockbot.testing.alpaca.exchange import Exchange

KEY_ID = "PKFAKEOFATEST"
SECRET_KEY = "of-a-test-on-loopback"  # noqa: S105 - opens nothing but this fake
UNAUTHORIZED = 40110000
MOST_ORDERS = 500
MOST_ACTIVITIES = 100

Answer = Callable[[Request], Awaitable[Response]]
Item = TypeVar("Item")


def routes(exchange: Exchange, done: Callable[[], None]) -> list[Route]:
    """`done` is called after each request that changed something."""
    api = Api(exchange)
    table: list[tuple[str, str, Answer]] = [
        ("GET", "/v2/account", api.account),
        ("POST", "/v2/orders", api.submit),
        ("GET", "/v2/orders", api.orders),
        ("DELETE", "/v2/orders", api.cancel_all),
        ("GET", "/v2/orders:by_client_order_id", api.by_client_id),
        ("GET", "/v2/orders/{order_id}", api.order),
        ("PATCH", "/v2/orders/{order_id}", api.replace),
        ("DELETE", "/v2/orders/{order_id}", api.cancel),
        ("GET", "/v2/positions", api.positions),
        ("GET", "/v2/account/activities", api.activities),
        ("GET", "/v2/account/activities/{kind}", api.activities),
        ("GET", "/v2/clock", api.clock),
    ]
    return [Route(path, _guarded(answer, done), methods=[method]) for method, path, answer in table]


def _guarded(answer: Answer, done: Callable[[], None]) -> Answer:
    async def guarded(request: Request) -> Response:
        keys = (request.headers.get("apca-api-key-id"), request.headers.get("apca-api-secret-key"))
        if keys != (KEY_ID, SECRET_KEY):
            return JSONResponse({"code": UNAUTHORIZED, "message": "request is not authorized"}, 401)
        try:
            return await answer(request)
        except Refused as refused:
            return refusal(refused)
        finally:
            if request.method != "GET":
                done()

    return guarded


def refusal(refused: Refused) -> Response:
    return JSONResponse({"code": refused.code, "message": refused.message}, refused.status)


class Api:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._books = exchange.books

    async def account(self, _: Request) -> Response:
        return JSONResponse(answers.account(self._books))

    async def submit(self, request: Request) -> Response:
        return JSONResponse(self._exchange.submit(await body_of(request)))

    async def replace(self, request: Request) -> Response:
        return JSONResponse(self._exchange.replace(request.path_params["order_id"], await body_of(request)))

    async def cancel(self, request: Request) -> Response:
        self._exchange.cancel(request.path_params["order_id"])
        return Response(status_code=204)

    async def cancel_all(self, _: Request) -> Response:
        done = self._books.open_orders()
        for order in done:
            if order.is_open:
                self._exchange.cancel(order.id)
        return JSONResponse([{"id": order.id, "status": 200} for order in done], 207)

    async def order(self, request: Request) -> Response:
        return self._one(self._exchange.find(request.path_params["order_id"]), request)

    async def by_client_id(self, request: Request) -> Response:
        return self._one(self._exchange.find_by_client_id(request.query_params.get("client_order_id", "")), request)

    async def orders(self, request: Request) -> Response:
        query = request.query_params
        status, ascending = query.get("status", "open"), query.get("direction") == "asc"
        found = [o for o in self._books.orders.values() if status == "all" or o.is_open == (status == "open")]
        found = [o for o in found if _between(o.created_at, query.get("after"), query.get("until"))]
        found.sort(key=lambda o: o.created_at, reverse=not ascending)
        page = found[: min(int(query.get("limit", 50)), MOST_ORDERS)]
        nested = query.get("nested") == "true"
        return JSONResponse([answers.order_answer(each, self._books, nested=nested) for each in page])

    async def positions(self, _: Request) -> Response:
        return JSONResponse([answers.position(s, held, self._books) for s, held in self._books.positions.items()])

    async def activities(self, request: Request) -> Response:
        query = request.query_params
        kinds = request.path_params.get("kind") or query.get("activity_types")
        listed = [(f.at, answers.fill_activity(f)) for f in self._books.fills]
        listed += [(m.at, answers.movement_activity(m)) for m in self._books.movements]
        chosen = [
            (at, each)
            for at, each in listed
            if _is_wanted(str(each["activity_type"]), kinds, query.get("category"))
            and _between(at, query.get("after"), query.get("until"))
        ]
        chosen.sort(key=lambda pair: pair[0], reverse=query.get("direction") != "asc")
        found = _after([each for _, each in chosen], query.get("page_token"))
        return JSONResponse(found[: min(int(query.get("page_size", MOST_ACTIVITIES)), MOST_ACTIVITIES)])

    async def clock(self, _: Request) -> Response:
        now = datetime.now(UTC)
        later = answers.moment(now + timedelta(hours=1))
        is_open = self._books.market_open
        return JSONResponse(
            {"timestamp": answers.moment(now), "is_open": is_open, "next_open": later, "next_close": later}
        )

    def _one(self, order: Order, request: Request) -> Response:
        nested = request.query_params.get("nested") == "true"
        return JSONResponse(answers.order_answer(order, self._books, nested=nested))


async def body_of(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refused(400, 40010000, "request body format is invalid") from None
    if not isinstance(body, dict):
        raise Refused(400, 40010000, "request body format is invalid")
    return body


def _between(at: datetime, after: str | None, until: str | None) -> bool:
    return not ((after and at <= datetime.fromisoformat(after)) or (until and at >= datetime.fromisoformat(until)))


def _is_wanted(kind: str, kinds: str | None, category: str | None) -> bool:
    if kinds:
        return kind in kinds.split(",")
    return category is None or (kind == "FILL") == (category == "trade_activity")


def _after(found: Sequence[dict[str, object]], token: str | None) -> Sequence[dict[str, object]]:
    """Return what follows the activity that the last page ended with."""
    place = next((number for number, each in enumerate(found) if each["id"] == token), None)
    return found if place is None else found[place + 1 :]
