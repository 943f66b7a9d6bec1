"""The platform as a person starts it: time to the first price on the page, latency to a WebSocket, idle memory."""

import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import websockets
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeService
from tests.bench.result import Result

from stockbot.testing.browser import DRIVER, options

PLATFORM = Path(__file__).parents[2] / "k8s" / "platform"
OFFSET = 20_000  # beside a platform that may be running
CONSOLE, GATEWAY = 5173 + OFFSET, 3001 + OFFSET
ADMIN_TOKEN = "sbt_" + "b" * 43
STARTS = 5
TICKS = 20
IDLE_SECONDS = 20
MEMORY_BUDGETS = {"market-data-gateway": 190, "dashboard": 300}
PATIENCE_SECONDS = 60
WARM_UP_STARTS = 1


@contextmanager
def platform(folder: Path, documents: Path = PLATFORM) -> Iterator[subprocess.Popen[bytes]]:
    """`stockbot up` over the documents, stopped at the end."""
    command = [sys.executable, "-m", "stockbot", "up", "--no-live", "-f", str(documents), "--data-dir", str(folder)]
    environment = {**os.environ, "STOCKBOT_ADMIN_TOKEN": ADMIN_TOKEN}
    with (folder.parent / "up.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--port-offset", str(OFFSET)], stdout=log, stderr=log, env=environment
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


@contextmanager
def browser(folder: Path) -> Iterator[Chrome]:
    driver = Chrome(options=options(folder / "profile"), service=ChromeService(str(DRIVER)))
    driver.get("about:blank")
    try:
        yield driver
    finally:
        driver.quit()


def price_on_the_page(driver: Chrome) -> bool:
    """True once the watchlist shows a price."""
    text = str(driver.execute_script("return document.body ? document.body.innerText : ''"))
    return re.search(r"AAPL\s+\d+\.\d\d", text) is not None


def wait_for_console() -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", CONSOLE), timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {CONSOLE}")


def seconds_to_first_price(driver: Chrome, folder: Path) -> float:
    """From the command to a price in the browser; the page is opened as soon as the port answers."""
    started = time.monotonic()
    with platform(folder):
        wait_for_console()
        while time.monotonic() - started < PATIENCE_SECONDS:
            try:
                if driver.current_url == "about:blank" or "localhost" not in driver.current_url:
                    driver.get(f"http://localhost:{CONSOLE}/")
                if price_on_the_page(driver):
                    return time.monotonic() - started
            except WebDriverException:
                driver.get("about:blank")
            time.sleep(0.02)
    raise TimeoutError("no price on the page")


def resident(up: subprocess.Popen[bytes]) -> dict[str, float]:
    """Resident memory of each service of the platform in MiB, by its document's name."""
    found = {}
    for child in psutil.Process(up.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            document = next((word for word in child.cmdline() if word.endswith(".yaml")), None)
            if document is not None:
                found[Path(document).stem] = child.memory_info().rss / 2**20
    return found


def first_tick_and_memory() -> list[Result]:
    """Time from `stockbot up` to the first price in a browser, and idle memory."""
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder)) as driver:
        starts = []
        for number in range(STARTS + WARM_UP_STARTS):
            starts.append(seconds_to_first_price(driver, Path(folder) / str(number)))
            driver.get("about:blank")
        with platform(Path(folder) / "memory") as up:
            wait_for_console()
            time.sleep(IDLE_SECONDS)
            memory = resident(up)
    first = Result(
        what="`stockbot up` to the first price on the page",
        measured=statistics.median(starts[WARM_UP_STARTS:]),
        unit="s",
        budget=5,
        at_most=True,
    )
    return [first, *(_memory_result(name, memory[name]) for name in sorted(memory))]


def _memory_result(name: str, measured: float) -> Result:
    budget = MEMORY_BUDGETS.get(name, 110)
    return Result(what=f"idle memory of {name}", measured=measured, unit="MiB", budget=budget, at_most=True)


def tick_to_websocket() -> list[Result]:
    """From a quote's receive time at the gateway to a WebSocket client."""
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder) / "documents"
        documents.mkdir()
        text = (PLATFORM / "market-data-gateway.yaml").read_text()
        (documents / "gateway.yaml").write_text(text.replace("tickIntervalSeconds: 5", "tickIntervalSeconds: 0.2"))
        with platform(Path(folder) / "platform", documents):
            latencies = sorted(asyncio.run(_latencies()))
    return [
        Result(what="tick to WebSocket, p50", measured=statistics.median(latencies) * 1000, unit="ms"),
        Result(what="tick to WebSocket, p99", measured=latencies[int(len(latencies) * 0.99)] * 1000, unit="ms"),
    ]


async def _latencies() -> list[float]:
    """Seconds from receive time to arrival, for each quote of some ticks after the first message."""
    found: list[float] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            async with websockets.connect(
                f"ws://127.0.0.1:{GATEWAY}/ws/market-data",
                additional_headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
            ) as socket_:
                await socket_.recv()
                for _ in range(TICKS * 5):
                    quotes = json.loads(await socket_.recv())["quotes"]
                    now = datetime.now(UTC)
                    found += [(now - datetime.fromisoformat(q["receive_time"])).total_seconds() for q in quotes]
                return found
        except OSError:
            await asyncio.sleep(0.1)
    raise TimeoutError("the gateway's WebSocket does not answer")
