"""Debian's Prometheus on loopback over the services of this machine: for `make monitor`, and for the tests.

Who is scraped stands in a file of its own, which Prometheus reads again by itself when services come and go.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import yaml

from stockbot.errors import ConfigurationError, Unavailable
from stockbot.fleet import Service
from stockbot.local import processes
from stockbot.local.bulletin import BUS_TYPE
from stockbot.local.logs import last_lines
from stockbot.local.ports import LOOPBACK, holder_of, is_busy
from stockbot.monitoring.rules import alerts_yaml, recordings_yaml

EVERY = "5s"
KEPT = "7d"
READY_SECONDS = 30.0
STOP_SECONDS = 15.0
TARGETS = "targets.json"


def configuration(folder: Path) -> str:
    """What Prometheus reads: the rules and the targets, files in the same folder."""
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": EVERY, "scrape_timeout": "4s", "evaluation_interval": EVERY},
            "rule_files": [str(folder / "recordings.yaml"), str(folder / "alerts.yaml")],
            "scrape_configs": [{"job_name": "stockbot", "file_sd_configs": [{"files": [str(folder / TARGETS)]}]}],
        },
        sort_keys=False,
    )


def targets(services: Iterable[Service]) -> str:
    """Who is scraped: each service that runs here under its name as the job. The bus server shows no metrics."""
    found = [
        {"targets": [f"{LOOPBACK}:{urlsplit(one.endpoint).port}"], "labels": {"job": one.name}}
        for one in services
        if one.endpoint and one.type != BUS_TYPE
    ]
    return json.dumps(found, indent=2)


@dataclass(frozen=True)
class Prometheus:
    """A running server. It ends with this process, whatever ends that."""

    folder: Path
    url: str
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, folder: Path, port: int) -> "Prometheus":
        """Start it over `folder`, where it keeps its data. Raises ConfigurationError and Unavailable."""
        binary = find_binary()
        if is_busy(port):
            raise ConfigurationError(f"port {port} is in use by {holder_of(port) or 'somebody'}: give another --port")
        folder.mkdir(parents=True, exist_ok=True)
        _write_files(folder)
        process = processes.spawn(_command(binary, folder, port), log=folder / "prometheus.log")
        server = cls(folder, f"http://{LOOPBACK}:{port}", process)
        server._wait()
        return server

    def scrape(self, services: Iterable[Service]) -> None:
        """Have it ask these from now on. The file is replaced whole, and only where it changed."""
        path, content = self.folder / TARGETS, targets(services)
        if path.read_text() != content:
            draft = path.with_suffix(".new")
            draft.write_text(content)
            draft.replace(path)

    def is_running(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        processes.stop(self.process, STOP_SECONDS)

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(self.url):
            if not self.is_running() or time.monotonic() > deadline:
                self.stop()
                raise Unavailable(f"Prometheus did not start: {last_lines(self.folder / 'prometheus.log')}")
            time.sleep(0.1)


def find_binary() -> str:
    """The program; ConfigurationError with what to install where there is none."""
    found = shutil.which("prometheus")
    if found is None:
        raise ConfigurationError("there is no prometheus on this machine: install Debian's package `prometheus`")
    return found


def _write_files(folder: Path) -> None:
    (folder / "alerts.yaml").write_text(alerts_yaml())
    (folder / "recordings.yaml").write_text(recordings_yaml())
    (folder / "prometheus.yaml").write_text(configuration(folder))
    (folder / TARGETS).write_text("[]")


def _command(binary: str, folder: Path, port: int) -> list[str]:
    return [
        binary,
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--storage.tsdb.retention.time={KEPT}",
        f"--web.listen-address={LOOPBACK}:{port}",
        "--enable-feature=exemplar-storage",
        "--log.level=warn",
    ]


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready", timeout=1, trust_env=False).is_success
    except httpx.HTTPError:
        return False
