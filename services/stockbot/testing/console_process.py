"""The console in a process of its own, as a browser meets it: over a real bus and the services a test gives it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from stockbot.local.bus_server import BusServer
from stockbot.local.ports import free_port
from stockbot.runtime.auth import Principal, encode_tokens, token_record
from stockbot.testing.fake_service import TOKEN, FakeService

DOCUMENT = """\
apiVersion: stockbot.dev/v1alpha1
kind: TradingService
metadata: {name: dashboard}
spec: {type: Dashboard}
"""
START_SECONDS = 30.0  # a limit; the budget is measured elsewhere


@contextmanager
def running_console(
    folder: Path,
    bus: BusServer,
    services: Mapping[str, FakeService],
    people: Mapping[str, Principal],
    **variables: str,
) -> Iterator[str]:
    """Start a console that knows `people` by their tokens, wait until it is ready, and give its address.

    `variables` are further ones of its environment.
    """
    document, log, port = folder / "dashboard.yaml", folder / "console.log", free_port()
    document.write_text(DOCUMENT)
    environment = _inherited() | _environment(folder, bus, services, people) | {"STOCKBOT_PORT": str(port)} | variables
    command = [sys.executable, "-m", "stockbot", "serve", str(document)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603 - our own program
        try:
            _wait_for_readiness(f"http://127.0.0.1:{port}", process, log)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _inherited() -> dict[str, str]:
    """What this process has, less the way to a cluster that a developer may work with."""
    return {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}


def _environment(
    folder: Path, bus: BusServer, services: Mapping[str, FakeService], people: Mapping[str, Principal]
) -> dict[str, str]:
    tokens = folder / "tokens.json"
    records = [token_record(person.name, person.role, token) for token, person in people.items()]
    tokens.write_bytes(encode_tokens(records))
    return {
        "STOCKBOT_BUS_URL": bus.url.get_secret_value(),
        "STOCKBOT_TOKENS_FILE": str(tokens),
        "STOCKBOT_TOKEN": TOKEN,
        "STOCKBOT_ENDPOINTS": json.dumps({name: service.url for name, service in services.items()}),
        "STOCKBOT_DATA_DIR": str(folder / "data"),
        "STOCKBOT_ANONYMOUS_ROLE": "viewer",
    }


def _wait_for_readiness(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError(f"the console did not become ready:\n{log.read_text()}")
