"""Documents, and a platform of fake services in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stockbot.local.ports import is_busy
from stockbot.spec import PORTS, TradingService, write_document
from stockbot.spec.documents import read_document

DEADLINE_SECONDS = 30.0
GATEWAY = {
    "providers": [{"name": "demo", "type": "Demo"}],
    "symbolSets": [{"name": "demo", "symbols": ["AAPL"], "providers": ["demo"]}],
}

MakeDocument = Callable[..., TradingService]
Eventually = Callable[[Callable[[], Any], str], Any]


@pytest.fixture
def make_document() -> MakeDocument:
    """A document of a name and a type, with further keys of its spec."""

    def make(name: str, service_type: str, **spec: Any) -> TradingService:
        block = {"marketDataGateway": GATEWAY} if service_type == "MarketDataGateway" else {}
        given = {
            "apiVersion": "stockbot.dev/v1alpha1",
            "kind": "TradingService",
            "metadata": {"name": name},
            "spec": {"type": service_type, **block, **spec},
        }
        return read_document(given, name)

    return make


@pytest.fixture
def eventually() -> Eventually:
    """Waits until a question has an answer that is true, and returns it."""

    def wait(question: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (answer := question()):
            assert time.monotonic() < deadline, f"never happened: {what}"
            time.sleep(0.05)
        return answer

    return wait


@pytest.fixture
def documents(tmp_path: Path, make_document: MakeDocument) -> Path:
    """A folder with a gateway and a dashboard."""
    folder = tmp_path / "platform"
    folder.mkdir()
    for name, service_type in (("gateway", "MarketDataGateway"), ("dashboard", "Dashboard")):
        document = make_document(name, service_type, rollout={"drainTimeoutSeconds": 2})
        write_document(document, folder / f"{name}.yaml")
    return folder


@pytest.fixture
def port_offset() -> int:
    """An offset that moves every port to a free one."""
    for offset in range(20_000, 50_000, 97):
        if not any(is_busy(port + offset) for port in PORTS.values()):
            return offset
    raise AssertionError("no free ports")


@dataclass
class RunningPlatform:
    """`fake_platform.py` in a process; its output goes to a file."""

    process: subprocess.Popen[bytes]
    data_dir: Path
    port_offset: int
    output: Path

    def text(self) -> str:
        return self.output.read_text()

    def children(self) -> list[int]:
        """The pids of the processes that it started and that are still there."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def bus_url(self) -> str:
        return str(json.loads((self.data_dir / "running.json").read_text())["bus_url"])


@pytest.fixture
def start_platform(tmp_path: Path, documents: Path, port_offset: int) -> Iterator[Callable[..., RunningPlatform]]:
    """Starts fake platforms over the same documents and data folder, and kills what is left of them."""
    started: list[RunningPlatform] = []

    def start(**environment: str) -> RunningPlatform:
        output = tmp_path / f"output-{len(started)}.txt"
        data_dir = tmp_path / "data"
        script = str(Path(__file__).with_name("fake_platform.py"))
        with output.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - our own script
                [sys.executable, script, str(documents), str(data_dir), str(port_offset)],
                stdout=file,
                stderr=subprocess.STDOUT,
                env=os.environ | environment,
            )
        started.append(RunningPlatform(process, data_dir, port_offset, output))
        return started[-1]

    yield start
    for platform in started:
        if platform.process.poll() is None:
            platform.process.send_signal(signal.SIGKILL)
        platform.process.wait()
