"""A small program for test_program: run as its own process with a port and a mode.

Modes: plain; crash (a loop that fails twice, then works); stubborn (a loop that ignores its cancellation);
slow (a step of the stop that hangs, before one that works); patient (waits long for open requests); wrong (a
mistake in its settings).
"""

import asyncio
import sys
from collections.abc import Sequence

from prometheus_client import CollectorRegistry
from starlette.websockets import WebSocket

from stockbot.errors import ConfigurationError
from stockbot.runtime.auth import Authenticator, Role
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.logs import configure_logging
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.program import Program, run
from stockbot.runtime.supervise import Step
from stockbot.runtime.web import create_app

FAILURES = 2


def build(port: int, mode: str) -> Program:
    if mode == "wrong":
        raise ConfigurationError("STOCKBOT_SHARD is 'x', but must be a whole number from 0 to 1023")
    clock = SystemClock()
    readiness, liveness, metrics = Readiness(), Liveness(clock), Metrics(CollectorRegistry())
    app = create_app(
        "example",
        readiness=readiness,
        liveness=liveness,
        authenticator=Authenticator(None, Role.VIEWER),
        metrics=metrics,
        clock=clock,
    )

    @app.get("/hang")
    async def hang() -> None:
        await asyncio.sleep(3600)

    @app.websocket("/ws/wait")
    async def wait(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()

    return Program(
        name="example",
        app=app,
        host="127.0.0.1",
        port=port,
        clock=clock,
        metrics=metrics,
        liveness=liveness,
        background=loops(mode, readiness),
        on_stop=steps(mode),
        stop_seconds=600 if mode == "patient" else 2,
    )


def loops(mode: str, readiness: Readiness) -> Sequence[tuple[str, Step]]:
    tries = 0
    readiness.register("loop", lambda: None if tries > FAILURES else f"{tries} tries")

    async def work() -> None:
        nonlocal tries
        tries += 1
        if mode == "crash" and tries <= FAILURES:
            raise ConnectionError("the bus is away")
        await asyncio.sleep(0.01)

    async def refuse_to_end() -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                sys.stderr.write("refused\n")

    return [("stubborn", refuse_to_end)] if mode == "stubborn" else [("worker", work)]


def steps(mode: str) -> Sequence[Step]:
    async def hang() -> None:
        await asyncio.sleep(3600)

    async def close() -> None:
        sys.stderr.write("closed\n")

    return [hang, close] if mode == "slow" else [close]


if __name__ == "__main__":
    configure_logging(service="example", shard=0, log_format="json", level="info")
    sys.exit(run(lambda: build(int(sys.argv[1]), sys.argv[2])))
