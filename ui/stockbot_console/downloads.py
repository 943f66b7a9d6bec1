"""Files to take away: orders and fills as CSV, the statement as the Portfolio Manager makes it. Used by main's pages.

A cell that a spreadsheet would take for a formula is made text: what people and providers write is not to be run.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.responses import PlainTextResponse, Response

from stockbot_console.answers import Failure
from stockbot_console.console import SESSION_KEY, Console
from stockbot_console.engine_answers import Fill, Order
from stockbot_console.view_models.orders import Choice, choice_of, terms_text

ORDER_FILES = (("Orders", "/orders.csv"), ("Fills", "/fills.csv"))
ORDER_FIELDS = (
    "client_order_id", "broker_order_id", "account", "strategy", "symbol", "side", "state", "quantity",
    "filled_quantity", "average_price", "signal_id", "decision_id", "correlationid", "reason", "created_at",
    "updated_at",
)  # fmt: skip
FILL_FIELDS = (
    "execution_id", "client_order_id", "account", "strategy", "symbol", "side", "quantity", "price", "fee",
    "executed_at", "booked_at", "signal_id", "decision_id", "correlationid",
)  # fmt: skip
FORMS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def download_routes(console: Console) -> APIRouter:
    """The addresses of the files; who has no role gets none."""
    router = APIRouter(include_in_schema=False)

    def is_let_in(request: Request) -> bool:
        return console.sessions.principal(request.session.get(SESSION_KEY)) is not None

    @router.get("/orders.csv")
    async def orders(request: Request, state: str = "", symbol: str = "", strategy: str = "") -> Response:
        if not is_let_in(request):
            return _refused()
        chosen, engine = choice_of(state, symbol, strategy), console.services.engine
        answer = await engine.every_order(_asked(chosen, with_state=True)) if engine else _absent("Execution Engine")
        return _file(answer if isinstance(answer, Failure) else orders_csv(answer), "orders.csv", FORMS["csv"])

    @router.get("/fills.csv")
    async def fills(request: Request, symbol: str = "", strategy: str = "") -> Response:
        if not is_let_in(request):
            return _refused()
        chosen, engine = choice_of("", symbol, strategy), console.services.engine
        answer = await engine.every_fill(_asked(chosen, with_state=False)) if engine else _absent("Execution Engine")
        return _file(answer if isinstance(answer, Failure) else fills_csv(answer), "fills.csv", FORMS["csv"])

    @router.get("/statement.{form}")
    async def statement(request: Request, form: str, account: str) -> Response:
        if not is_let_in(request) or form not in FORMS:
            return _refused()
        bookkeeper = console.services.bookkeeper
        answer = await bookkeeper.statement(account, form) if bookkeeper else _absent("Portfolio Manager")
        return _file(answer, f"statement.{form}", FORMS[form])

    return router


def orders_csv(orders: Iterable[Order]) -> bytes:
    return _csv((*ORDER_FIELDS, "terms"), ((*_values(one, ORDER_FIELDS), terms_text(one.terms)) for one in orders))


def fills_csv(fills: Iterable[Fill]) -> bytes:
    return _csv(FILL_FIELDS, (_values(one, FILL_FIELDS) for one in fills))


def _values(item: Struct, fields: Sequence[str]) -> tuple[object, ...]:
    return tuple(getattr(item, field) for field in fields)


def _csv(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(heading)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    written = f"{value}"
    return f"'{written}" if isinstance(value, str) and written.startswith(FORMULA) else written


def _asked(chosen: Choice, *, with_state: bool) -> dict[str, str]:
    asked = {"symbol": chosen.symbol, "strategy": chosen.strategy}
    asked |= {"state": "all" if chosen.ended else "open"} if with_state else {}
    return {name: value for name, value in asked.items() if value}


def _file(content: bytes | Failure, name: str, kind: str) -> Response:
    if isinstance(content, Failure):
        return PlainTextResponse(f"{content.reason} {content.remedy}".strip(), HTTPStatus.BAD_GATEWAY)
    headers = {"Content-Disposition": f'attachment; filename="stockbot-{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)


def _refused() -> Response:
    return PlainTextResponse("You are not signed in: sign in at /login, then ask again.", HTTPStatus.UNAUTHORIZED)


def _absent(service: str) -> Failure:
    return Failure(reason=f"This platform has no {service}.", remedy="")
