"""`stockbot up`: preflight, bus server, tokens and processes, until a signal ends them in reverse.

Used by the command of that name.
"""

import asyncio
import os
import random
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress

import httpx
from pydantic import SecretStr
from rich.console import Console

from stockbot.local import credentials, preflight
from stockbot.local.bulletin import Bulletin
from stockbot.local.bus_server import BusServer
from stockbot.local.data_folder import DataFolder, announced
from stockbot.local.display import Display
from stockbot.local.environment import Surroundings, account_of, gateway_shards_of
from stockbot.local.logs import rotate
from stockbot.local.options import Command, Options
from stockbot.local.platform import Platform
from stockbot.local.summary import summary
from stockbot.local.supervisor import Supervisor
from stockbot.local.units import Unit, endpoints
from stockbot.local.wishes import grant
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.fleet.report import take_wishes

SUMMARY_SECONDS = 20.0  # who is not ready by then does not keep the person from the others
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(options: Options, console: Console, environment: Mapping[str, str] = os.environ) -> None:
    """Run the platform until SIGINT, SIGTERM or SIGHUP. Call it in the main thread.

    Raises `preflight.NotStarted` before anything has started, and Unavailable if the bus does not come up.
    """
    with ExitStack() as stack:
        folder, units = preflight.check(options, environment, lock=stack)
        platform = _assemble(options, folder, units, environment, stack)
        stack.enter_context(announced(folder, bus_url=platform.surroundings.bus_url))
        display = Display(console, platform.addresses(), live=options.live)
        asyncio.run(_run(platform, display, options.command, environment))


def _assemble(
    options: Options,
    folder: DataFolder,
    units: Sequence[Unit],
    environment: Mapping[str, str],
    stack: ExitStack,
) -> Platform:
    """Start the bus server, unless there is one, and issue the tokens."""
    server = None if options.bus_url else stack.enter_context(_bus_server(folder))
    surroundings = Surroundings(
        bus_url=server.url if server else options.bus_url or SecretStr(""),
        database_url=options.database_url or SecretStr(folder.database_url),
        data_dir=folder.root,
        tokens_file=folder.tokens_file,
        endpoints=endpoints(units),
        account=account_of(units),
        gateway_shards=gateway_shards_of(units),
    )
    names = [unit.name for unit in units]
    issued = credentials.issue(names, tokens_file=folder.tokens_file, environment=environment)
    return Platform(units, folder, surroundings, issued, server)


def _bus_server(folder: DataFolder) -> BusServer:
    log = folder.logs / "bus.log"
    rotate(log)
    return BusServer.start(folder.bus, log=log)


async def _run(platform: Platform, display: Display, command: Command, environment: Mapping[str, str]) -> None:
    """Start everything, supervise until the first signal, then stop the services; a second one hurries."""
    stop, hurry = _signals()
    async with httpx.AsyncClient(trust_env=False) as client:
        first, others = platform.service_processes(command, environment, client)
        supervisor = Supervisor(
            [*platform.bus_processes(), *first],
            others,
            clock=SystemClock(),
            draw=random.random,
            report=display.report,
        )
        bulletin = Bulletin(platform, SystemClock(), display.say)
        with display:
            try:
                await _supervise(supervisor, platform, display, bulletin, stop)
                display.say("stopping; Ctrl-C again does not wait")
            finally:
                bulletin.withdraw()
                await supervisor.stop([*first, *others], hurry)


def _signals() -> tuple[asyncio.Event, asyncio.Event]:
    """Let the first signal set the first event, and every further one the second."""
    stop, hurry = asyncio.Event(), asyncio.Event()

    def received() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, received)
    return stop, hurry


async def _supervise(
    supervisor: Supervisor, platform: Platform, display: Display, bulletin: Bulletin, stop: asyncio.Event
) -> None:
    clock, idle = SystemClock(), platform.idle_states()
    begun = clock.monotonic()
    display.introduce(idle)
    while not stop.is_set():
        bulletin.publish(idle | supervisor.states)
        grant(take_wishes(platform.folder.root, clock.now()), platform.units, supervisor, display.say)
        await supervisor.tick()
        states, seconds = idle | supervisor.states, clock.monotonic() - begun
        display.refresh(states, now=begun + seconds)
        if not display.settled and (supervisor.is_settled or seconds > SUMMARY_SECONDS):
            display.settle(summary(platform, states, seconds, show_token=display.is_terminal))
        with suppress(TimeoutError):
            async with asyncio.timeout(supervisor.pause_seconds):
                await stop.wait()
