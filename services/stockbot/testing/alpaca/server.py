"""The fake as a server: in a thread of a test's process, or as the program of `__main__`."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from socket import create_server
from uuid import uuid4

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from stockbot.testing.alpaca import api, control
from stockbot.testing.alpaca.books import Books
from stockbot.testing.alpaca.client import Control
from stockbot.testing.alpaca.exchange import Exchange
from stockbot.testing.alpaca.faults import Faults
from stockbot.testing.alpaca.stream import Hub

LOOPBACK = "127.0.0.1"
CASH = Decimal(100000)


def new_books(cash: Decimal = CASH, multiplier: str = "4") -> Books:
    number = f"PA3{uuid4().hex[:9].upper()}"
    return Books(account_id=str(uuid4()), account_number=number, cash=cash, multiplier=multiplier)


def application(books: Books, state: Path | None = None) -> ASGIApp:
    """The whole fake over these books; with `state` they are written there after every change."""
    hub = Hub()
    exchange = Exchange(books, lambda: datetime.now(UTC), hub.tell)

    def save() -> None:
        if state is not None:
            write(books, state)

    async def stream(socket: WebSocket) -> None:
        await hub.serve(socket, (api.KEY_ID, api.SECRET_KEY))

    inner = Starlette(routes=[*api.routes(exchange, save), WebSocketRoute("/stream", stream)])
    faults = Faults(inner)
    inner.router.routes.extend(control.routes(exchange, hub, faults, save))
    save()
    return faults


def read(state: Path) -> Books:
    return msgspec.json.decode(state.read_bytes(), type=Books)


def write(books: Books, state: Path) -> None:
    """Replace the file at once, so that a kill leaves the old or the new one."""
    draft = state.with_suffix(".new")
    draft.write_bytes(msgspec.json.encode(books))
    draft.replace(state)


def server(app: ASGIApp) -> uvicorn.Server:
    return uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))


class FakeAlpaca:
    """Listens from `start` to `stop`; the books stay, and so does the port, when it starts again."""

    def __init__(self, books: Books | None = None) -> None:
        self.books = books or new_books()
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def start(self) -> None:
        listener = create_server((LOOPBACK, self._port))
        self._port = listener.getsockname()[1]
        self._server = server(application(self.books))
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        self.control = Control(self.url)

    def stop(self) -> None:
        """Close the port and every connection."""
        self.control.close()
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()


@contextmanager
def running_alpaca(books: Books | None = None) -> Iterator[FakeAlpaca]:
    fake = FakeAlpaca(books)
    fake.start()
    try:
        yield fake
    finally:
        fake.stop()
