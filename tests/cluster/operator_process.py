"""The operator as its own process, and what tests do with it: start, kill, pause, and ask for its numbers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from tests.cluster.cluster import Cluster

from stockbot.local.ports import free_port

IMAGE = "stockbot:0.1.0"
STOP_SECONDS = 20
READY_SECONDS = 30


@dataclass
class OperatorProcess:
    """`namespace` is looked after, and holds the Leases. `further` are more STOCKBOT_OPERATOR_ variables."""

    kubeconfig: Path
    namespace: str
    log: Path
    further: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.launch()
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            assert time.monotonic() < deadline, f"the operator is not ready: {self.said()}"
            time.sleep(0.05)

    def launch(self) -> None:
        """Start it and wait for nothing."""
        self.port = self.port or free_port()
        values = {
            "KUBECONFIG": str(self.kubeconfig),
            "DEFAULT_IMAGE": IMAGE,
            "NAMESPACES": self.namespace,
            "NAMESPACE": self.namespace,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "IDENTITY": "operator-0",
            **self.further,
        }
        environment = os.environ | {f"STOCKBOT_OPERATOR_{name}": value for name, value in values.items()}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "stockbot", "operator"], env=environment, stdout=log, stderr=log
            )

    def is_ready(self) -> bool:
        try:
            return self.get("/readyz").is_success
        except httpx.TransportError:
            return False

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False)

    def is_leading(self) -> bool:
        return self.is_ready() and "stockbot_operator_leading 1.0" in self.get("/metrics").text

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it without a word, as a lost node does."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """Ask it to end, and wait; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(STOP_SECONDS)

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""


def with_token(cluster: Cluster, namespace: str, token: str, path: Path) -> Path:
    """Write a kubeconfig of the cluster for whoever holds the token."""
    context = {"cluster": "cluster", "user": "user", "namespace": namespace}
    server = {"server": cluster.url, "certificate-authority": str(cluster.certificate)}
    given = {
        "current-context": "with-token",
        "contexts": [{"name": "with-token", "context": context}],
        "clusters": [{"name": "cluster", "cluster": server}],
        "users": [{"name": "user", "user": {"token": token}}],
    }
    path.write_text(yaml.safe_dump(given))
    return path


def condition(resource: Mapping[str, Any], type_: str) -> dict[str, Any]:
    """Return a condition of a TradingService; an empty one where there is none yet."""
    conditions = resource.get("status", {}).get("conditions", ())
    return next((one for one in conditions if one["type"] == type_), {})
