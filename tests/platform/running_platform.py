"""`stockbot up` over documents, as a process that a test starts, asks and ends."""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from selenium.webdriver import Chrome

from stockbot.spec import PORTS, ServiceType

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
TOKEN = "sbt_" + "t" * 43
ADMIN = {"Authorization": f"Bearer {TOKEN}"}


class Platform:
    """A running `stockbot up`, on ports beside those of a platform that a person may be running."""

    def __init__(self, offset: int, data_dir: Path) -> None:
        self.offset = offset
        self.console = f"http://localhost:{5173 + offset}"
        self.data_dir = data_dir

    def get(self, path: str, service: ServiceType = ServiceType.MARKET_DATA_GATEWAY) -> Any:
        answer = httpx.get(self.url(service) + path, headers=ADMIN, timeout=10)
        return answer.raise_for_status().json()

    def post(self, path: str, service: ServiceType, body: dict[str, str]) -> Any:
        """Each call is a wish of its own."""
        headers = ADMIN | {"Idempotency-Key": secrets.token_hex(8)}
        return httpx.post(self.url(service) + path, headers=headers, json=body, timeout=10).raise_for_status().json()

    def set_trading_state(self, state: str) -> None:
        url = f"{self.url(ServiceType.RISK_GUARDIAN)}/api/v1/trading-state"
        body = {"state": state, "reason": "a test"}
        httpx.put(url, headers=ADMIN, json=body, timeout=10).raise_for_status()

    def url(self, service: ServiceType) -> str:
        return f"http://127.0.0.1:{PORTS[service] + self.offset}"

    def lines(self, count: int, *words: str) -> list[str]:
        """The first lines that a command of `stockbot` prints about this platform; it is ended after them."""
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "stockbot", *words],
            env={**os.environ, "STOCKBOT_DATA_DIR": str(self.data_dir)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        with process.stdout as output:
            found = [output.readline() for _ in range(count)]
            process.terminate()
            process.wait(PATIENCE_SECONDS)
        return found


@contextmanager
def running(folder: Path, *documents: Path) -> Iterator[Platform]:
    """`stockbot up` over the documents until all are ready; stopped with SIGTERM at the end, and it must end well."""
    platform = Platform(free_offset(), folder / "data")
    files = [word for document in documents for word in ("-f", str(document))]
    log = folder / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [
                *(sys.executable, "-m", "stockbot", "up", "--no-live", *files),
                *("--data-dir", str(platform.data_dir), "--port-offset", str(platform.offset)),
            ],
            env={**os.environ, "STOCKBOT_ADMIN_TOKEN": TOKEN},
            stdout=output,
            stderr=output,
        )
        try:
            wait_until_ready(log, process)
            yield platform
        finally:
            process.terminate()
            code = process.wait(PATIENCE_SECONDS)
    assert code == 0, log.read_text()


def wait_until_ready(log: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "Ready after" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def free_offset() -> int:
    """An offset at which the ports of all services are free just now."""
    for offset in range(20_000, 40_000, 137):
        if all(_is_free(port + offset) for port in PORTS.values()):
            return offset
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def until(what: Callable[[], Any]) -> Any:
    """Ask again and again until there is an answer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.2)
    return found


def price_of(driver: Chrome, symbol: str) -> str | None:
    """The first number after the symbol on the page."""
    text = str(driver.execute_script("return document.body.innerText"))
    found = re.search(rf"\b{symbol}\s+([\d,]+\.\d\d)", text)
    return found[1] if found else None
