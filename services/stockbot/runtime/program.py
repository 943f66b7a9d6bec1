"""The shell of a process: serves HTTP, keeps background loops going, stops in order. Every main runs in it.

A person's mistake (settings, documents, a busy port) is one line on standard error and exit code 2; a stop by
SIGTERM or SIGINT is exit code 0; anything else is a traceback in the log and exit code 1.
"""

import asyncio
import errno
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp

from stockbot.errors import ConfigurationError
from stockbot.runtime.clock import Clock
from stockbot.runtime.health import Liveness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.supervise import Step, keep_running

try:
    from uvloop import new_event_loop
except ImportError:  # there is none for this platform
    from asyncio import new_event_loop  # type: ignore[assignment] # both make an event loop

log = structlog.stdlib.get_logger(__name__)

EVENT_LOOP = "event loop"
BEAT_SECONDS = 1.0
LIVE_SECONDS = 15.0  # without a beat for so long the process is not alive
LONGEST_REQUEST_SECONDS = 5.0  # at a stop
LARGEST_MESSAGE = 64 * 1024  # bytes of one WebSocket message from a client; ours to them have no limit
HAND_OVER_SECONDS = 0.0001  # Python's 5 ms let event loop and database thread wait for each other at every statement


@dataclass(frozen=True, kw_only=True)
class Program:
    """What `run` needs to know. Background loops never end on their own; they are cancelled before `on_stop`.

    A stop takes at most `stop_seconds`: a part for open requests, the rest shared by the steps of `on_stop`.
    """

    name: str
    app: ASGIApp
    host: str
    port: int  # 0 takes any free one
    clock: Clock
    metrics: Metrics
    liveness: Liveness
    background: Sequence[tuple[str, Step]] = ()
    on_stop: Sequence[Step] = ()
    stop_seconds: float = 10.0

    @property
    def request_seconds(self) -> float:
        """Return how long open requests may take to end: half of a short stop, and never long."""
        return min(self.stop_seconds / 2, LONGEST_REQUEST_SECONDS)

    @property
    def step_seconds(self) -> float:
        """Return how long each step of `on_stop` may take."""
        return (self.stop_seconds - self.request_seconds) / max(1, len(self.on_stop))


def run(build: Callable[[], Program]) -> int:
    """Build the program, serve until SIGTERM or SIGINT, and return the exit code."""
    try:
        program = build()
        listener = listen(program.host, program.port)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    leave_start_alone()
    sys.setswitchinterval(HAND_OVER_SECONDS)
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(serve(program, listener))
    except Exception:
        log.exception("program failed", program=program.name)
        return 1
    return 0


def leave_start_alone() -> None:
    """What was made until now lives as long as the process: the collector need not look at it again and again.

    Modules and their tables are some hundred thousand objects; without them decisions take half the time.
    """
    gc.collect()
    gc.freeze()


def listen(host: str, port: int) -> socket.socket:
    """Take the port; ConfigurationError saying what to set where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise ConfigurationError(_why_not(error, host, port)) from None


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is already in use: stop the other program or set STOCKBOT_PORT"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this process has: set STOCKBOT_PORT to one above 1023"
    return f"cannot listen on {host!r} ({error.strerror}): set STOCKBOT_HOST to an address of this machine"


async def serve(program: Program, listener: socket.socket) -> None:
    """Serve on `listener` until a signal comes, then stop in order: requests, background loops, `on_stop`."""
    stop = asyncio.Event()
    server = _server(program)
    _stop_on_signals(stop, server)
    host, port, *_ = listener.getsockname()
    log.info("started", program=program.name, host=host, port=port)
    try:
        await _until(stop, server, listener, program)
    finally:
        await _stop_all(program)
    log.info("stopped", program=program.name)


async def _until(stop: asyncio.Event, server: uvicorn.Server, listener: socket.socket, program: Program) -> None:
    async with asyncio.TaskGroup() as group:
        loops = [group.create_task(loop, name=name) for name, loop in _loops(program)]
        serving = group.create_task(server.serve(sockets=[listener]), name="http")
        serving.add_done_callback(lambda _: stop.set())
        await stop.wait()
        log.info("stopping", program=program.name)
        _end_by_force_after(program.stop_seconds)
        server.should_exit = True
        await serving
        for loop in loops:
            loop.cancel()


def _loops(program: Program) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
    """Yield all background loops, each kept running and beating, and the beat of the event loop itself."""
    program.liveness.watch(EVENT_LOOP, LIVE_SECONDS)
    pause: Step = partial(program.clock.sleep, BEAT_SECONDS)
    for name, step in (*program.background, (EVENT_LOOP, pause)):
        beat = partial(program.liveness.beat, name)
        yield name, keep_running(name, step, clock=program.clock, metrics=program.metrics, beat=beat)


async def _stop_all(program: Program) -> None:
    for step in program.on_stop:
        try:
            async with asyncio.timeout(program.step_seconds):
                await step()
        except Exception:
            log.exception("a step of the stop failed", program=program.name)


def _stop_on_signals(stop: asyncio.Event, server: uvicorn.Server) -> None:
    def ask_to_stop() -> None:
        server.force_exit = stop.is_set()  # who asks twice does not want to wait for open requests
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ask_to_stop)


def _end_by_force_after(seconds: float) -> None:
    """End the process if a loop refuses its cancellation or a thread hangs: what remains is in SQL anyway."""

    def end() -> None:
        log.critical("the stop took too long, ending by force", seconds=seconds)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


class _Server(uvicorn.Server):
    """Leaves the signals to the program."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(program: Program) -> uvicorn.Server:
    config = uvicorn.Config(
        program.app,
        log_config=None,
        access_log=False,  # the app logs its requests itself, without their query
        server_header=False,
        proxy_headers=False,
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,  # its buffers cost more memory than the network gains
        timeout_graceful_shutdown=max(1, int(program.request_seconds)),
    )
    return _Server(config)
