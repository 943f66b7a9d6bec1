"""One app with an endpoint of each kind, asked in the process, and over real HTTP where WebSockets matter."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
import structlog
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from msgspec import Struct
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, Field

from stockbot.errors import ConfigurationError, Conflict, Unavailable
from stockbot.runtime.auth import Authenticator, Principal, Role, new_token, token_record, write_tokens
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.web import (
    Page,
    PageParameters,
    StructResponse,
    create_app,
    described,
    page_of,
    page_parameters,
    require,
)
from stockbot.testing.clock import FixedClock

ERRORS = {
    "configuration": ConfigurationError("limits.maxOrderNotional is 'x': use a decimal"),
    "unavailable": Unavailable("the bus at redis://bot:hunter2@host does not answer"),
    "conflict": Conflict("the order is filled: it cannot be cancelled"),
    "unexpected": ZeroDivisionError("inside: password=hunter2"),
}


class Holding(Struct, frozen=True):
    symbol: str
    quantity: Decimal


class Leg(BaseModel):
    quantity: int = Field(gt=0)


class Order(BaseModel):
    symbol: str
    password: str = Field("long enough", min_length=8)
    legs: list[Leg]


router = APIRouter(prefix="/api/v1")


@router.get("/holdings", responses=described(Page[Holding]), summary="What the account <holds>.")
async def holdings(parameters: Annotated[PageParameters, Depends(page_parameters)]) -> StructResponse:
    start = int((parameters.after or (0,))[0])
    found = [Holding(f"S{i}", Decimal("1.10")) for i in range(start, 5)][: parameters.limit + 1]
    return StructResponse(page_of(found, parameters.limit, lambda last: (int(last.symbol[1:]) + 1,)))


@router.get("/holdings/{symbol}")
async def holding(symbol: str) -> StructResponse:
    return StructResponse(Holding(symbol, Decimal("0.30")))


@router.post("/orders")
async def place(order: Order, trader: Annotated[Principal, Depends(require(Role.TRADER))]) -> dict[str, str]:
    return {"symbol": order.symbol, "by": trader.name}


@router.get("/fail/{kind}")
async def fail(kind: str) -> None:
    raise ERRORS[kind]


streams = APIRouter(prefix="/ws")


@streams.websocket("/echo")
async def echo(websocket: WebSocket, lines: int = 1) -> None:
    await websocket.accept()
    for _ in range(lines):
        await websocket.send_text(await websocket.receive_text())


@streams.websocket("/trade", dependencies=[Depends(require(Role.TRADER))])
async def trade(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.receive_text()
    raise Conflict("the market is closed")


@streams.websocket("/fail")
async def fail_late(websocket: WebSocket) -> None:
    await websocket.accept()
    raise ZeroDivisionError


@dataclass(frozen=True)
class Service:
    """The app under test with all that it was made of, and a token for each role."""

    app: FastAPI
    readiness: Readiness
    liveness: Liveness
    metrics: Metrics
    clock: FixedClock
    authenticator: Authenticator
    tokens: dict[Role, str]

    def bearer(self, role: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[role]}"}


@pytest.fixture
def service(tmp_path: Path) -> Service:
    tokens = {role: new_token() for role in Role}
    path = tmp_path / "tokens.json"
    write_tokens(path, [token_record(f"the {role}", role, token) for role, token in tokens.items()])
    clock = FixedClock()
    readiness, liveness, metrics = Readiness(), Liveness(clock), Metrics(CollectorRegistry())
    authenticator = Authenticator.from_file(path)
    app = create_app(
        "example",
        readiness=readiness,
        liveness=liveness,
        authenticator=authenticator,
        metrics=metrics,
        clock=clock,
        routers=[router, streams],
        largest_body=1000,
    )
    return Service(app, readiness, liveness, metrics, clock, authenticator, tokens)


@pytest.fixture
async def stranger(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client without a token."""
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
def viewer(service: Service, stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    stranger.headers.update(service.bearer(Role.VIEWER))
    return stranger


@pytest.fixture
def trader(service: Service, stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    stranger.headers.update(service.bearer(Role.TRADER))
    return stranger


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken


@pytest.fixture
async def address(service: Service, listener: socket.socket) -> AsyncIterator[str]:
    """Serve the app for real, and yield host and port."""
    server = uvicorn.Server(uvicorn.Config(service.app, log_config=None, timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server._serve([listener]))
    host, port = listener.getsockname()
    yield f"{host}:{port}"
    server.should_exit = True
    await serving


@pytest.fixture
def service_log() -> Iterator[list[Any]]:
    """Yield what is logged while the test runs."""
    with structlog.testing.capture_logs() as captured:
        yield captured
