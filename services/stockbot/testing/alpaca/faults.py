"""How the fake misbehaves: what it does to answers before or after it acted, and to its stream."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HTML = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"
Kind = Literal["status", "hang", "drop", "malformed", "html", "empty", "wrong_types", "nan"]


class Fault(Struct, kw_only=True):
    """What happens to the next `times` requests of this method whose path starts so.

    `after`: the request is carried out first, and only its answer is spoilt. `status` answers that status with `body`;
    `hang` says nothing for `seconds`; `drop` breaks the connection; the others spoil a good answer.
    """

    kind: Kind
    after: bool = False
    method: str = "POST"
    path: str = "/v2/orders"
    times: int = 1
    status: int = 500
    body: str = '{"message": "internal server error occurred"}'
    retry_after: str | None = None
    seconds: float = 30.0


class Answer:
    """Collects what the inner application sends."""

    def __init__(self) -> None:
        self.status = 500
        self.body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class Faults:
    """Stands in front of the API; what it was told lasts until used up or cleared.

    `arrivals` are all requests that would change something, as they came in, whatever became of them.
    """

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner
        self._planned: list[Fault] = []
        self.arrivals: list[str] = []

    def plan(self, fault: Fault) -> None:
        self._planned.append(fault)

    def clear(self) -> None:
        self._planned.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._next(scope)
        if scope["type"] == "http" and scope["method"] != "GET" and scope["path"].startswith("/v2/"):
            self.arrivals.append(f"{scope['method']} {scope['path']}")
        if fault is None:
            await self._inner(scope, receive, send)
            return
        answer = Answer()
        if fault.after or fault.kind not in {"status", "hang", "drop"}:
            await self._inner(scope, receive, answer.send)
        await _spoil(fault, answer, receive, send)

    def _next(self, scope: Scope) -> Fault | None:
        if scope["type"] != "http":
            return None
        for fault in self._planned:
            if fault.times > 0 and fault.method == scope["method"] and scope["path"].startswith(fault.path):
                fault.times -= 1
                return fault
        return None


async def _spoil(fault: Fault, answer: Answer, receive: Receive, send: Send) -> None:
    if fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
    if fault.kind in {"hang", "drop"}:
        _abort(receive)
        return
    headers = {} if fault.retry_after is None else {"retry-after": fault.retry_after}
    status = fault.status if fault.kind == "status" else answer.status
    await _answer(send, status, _spoilt(fault, answer.body), headers)


def _spoilt(fault: Fault, body: bytes) -> bytes:
    match fault.kind:
        case "malformed":
            return body[: len(body) // 2]
        case "html":
            return HTML
        case "empty":
            return b""
        case "wrong_types":
            return json.dumps(_mapped(json.loads(body), ["?"])).encode()
        case "nan":
            return json.dumps(_mapped(json.loads(body), "NaN")).encode()
        case _:
            return fault.body.encode()


def _mapped(value: Any, leaf: object) -> Any:
    """Return the same JSON with `leaf` for each quantity, price and amount."""
    if isinstance(value, dict):
        return {k: leaf if k in _NUMBERS and v is not None else _mapped(v, leaf) for k, v in value.items()}
    if isinstance(value, list):
        return [_mapped(each, leaf) for each in value]
    return value


_NUMBERS = frozenset({"qty", "filled_qty", "price", "cash", "avg_entry_price", "limit_price", "net_amount", "cum_qty"})


def _abort(receive: Receive) -> None:
    """Break the TCP connection: ASGI has no word for it, so uvicorn's own transport is taken."""
    receive.__self__.transport.abort()  # type: ignore[attr-defined]  # the bound method of uvicorn's request cycle


async def _answer(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    lines = {"content-type": "application/json", "content-length": str(len(body))} | dict(headers)
    encoded = [(name.encode(), value.encode()) for name, value in lines.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
