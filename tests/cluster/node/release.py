"""A release of the chart on the node, as a person has it: helm, kubectl, the services' APIs with the admin's token.

The tests are in the node's network, so they reach a Service by its cluster address.
"""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psycopg
from tests.cluster.chart_at_work import SERVICES
from tests.cluster.helm import Helm
from tests.cluster.namespaces import eventually
from tests.cluster.node.node import Node

from stockbot.local import processes

VALUES = f"--values={Path(__file__).with_name('values.yaml')}"
PATIENCE_SECONDS = 150
ASK_AGAIN_SECONDS = 2  # risk counts orders per minute too
SERVICE_LABEL = "stockbot.dev/service"

Json = dict[str, Any]


@dataclass(frozen=True)
class Release:
    node: Node
    helm: Helm
    name: str = "stockbot"

    @property
    def namespace(self) -> str:
        return self.helm.namespace

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        return self.node.cluster.kubectl("-n", self.namespace, *arguments, stdin=stdin)

    def read(self, *arguments: str) -> Json:
        found: Json = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return found

    def make_namespace(self) -> None:
        """Make a namespace that holds to the strictest standard for pods."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": labels}}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(namespace))

    def install(self) -> str:
        self.make_namespace()
        return self.helm.install(VALUES, release=self.name)

    def upgrade(self, *options: str) -> str:
        return self.helm.upgrade("--reuse-values", *options, release=self.name)

    def wait_until_ready(self) -> None:
        """Wait until every service is as it was asked to be, and ready."""
        eventually(lambda: not self.troubles(), "a service is not ready", PATIENCE_SECONDS)

    def troubles(self) -> list[str]:
        """What is not as it should be: a service that is missing, not ready, or still the one before a change."""
        found = {item["metadata"]["name"]: item for item in self.read("tradingservices")["items"]}
        missing = [f"{name} is missing" for name in SERVICES if name not in found]
        unready = [f"{name}: {ready(item)}" for name, item in found.items() if ready(item) != "AllReplicasReady"]
        pods = self.pods()
        return missing + unready + [f"{name} has no ready pod" for name in SERVICES if not is_ready(pods.get(name))]

    def pods(self) -> dict[str, Json]:
        """The pods that run now, by service; those of operator, bus and database by their own names."""
        running = [pod for pod in self.read("pods")["items"] if "deletionTimestamp" not in pod["metadata"]]
        return {pod["metadata"].get("labels", {}).get(SERVICE_LABEL) or pod["metadata"]["name"]: pod for pod in running}

    def identities(self) -> dict[str, str]:
        """Which pod, and which start of its container, each service has; another one means a restart."""
        return {name: identity(pod) for name, pod in self.pods().items()}

    def address(self, service: str) -> str:
        spec = self.read("service", service)["spec"]
        return f"{spec['clusterIP']}:{spec['ports'][0]['port']}"

    def secret(self, name: str, key: str) -> str:
        template = f"{{{{index .data {json.dumps(key)} | base64decode}}}}"
        return self.kubectl("get", "secret", name, "-o", f"go-template={template}")

    @cached_property
    def token(self) -> str:
        return self.secret("stockbot-tokens", "admin")

    def ask(self, service: str, path: str, **parameters: str) -> Any:
        """Ask a service's API; HTTPStatusError where it refuses."""
        answer = httpx.get(
            f"http://{self.address(service)}/api/v1/{path}", params=parameters, headers=self.headers(), timeout=10
        )
        return answer.raise_for_status().json()

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def order(self, symbol: str = "KO", side: str = "buy") -> str:
        """Ask for a share as a person, until it is taken; returns the signal, under which all that follows is kept."""
        url = f"http://{self.address('execution-engine')}/api/v1/orders"
        body = {"symbol": symbol, "side": side, "quantity": "1", "reason": "the end-to-end suite"}
        headers = {**self.headers(), "Idempotency-Key": secrets.token_hex(8)}
        answers: list[httpx.Response] = []

        def is_taken() -> bool:
            try:
                answers.append(httpx.post(url, json=body, headers=headers, timeout=10))
            except httpx.TransportError:
                return False
            return answers[-1].status_code == httpx.codes.ACCEPTED

        eventually(is_taken, "no order is taken")
        return str(answers[-1].json()["signal_id"])

    def decision(self, signal: str) -> Json | None:
        """What risk decided; None while it has not."""
        found = self.ask("risk-guardian", "decisions", correlationid=signal)["items"]
        return found[0] if found else None

    def trade(self) -> None:
        """Buy a share, and wait for it in the ledger: everything works, from the request to the books.

        While services are silent, risk refuses: that passes, and a person asks again.
        """
        eventually(self._is_bought, "no share can be bought", PATIENCE_SECONDS)

    def _is_bought(self) -> bool:
        signal = self.order()
        self.wait_until_over(signal)
        if not self.is_booked(signal):
            time.sleep(ASK_AGAIN_SECONDS)
            return False
        return True

    def wait_until_over(self, signal: str) -> None:
        """Wait until an order is in the books, or refused: nothing may get lost."""
        over = lambda: self.is_booked(signal) or self.is_refused(signal)  # noqa: E731
        eventually(over, f"the order of {signal} is nowhere", PATIENCE_SECONDS)

    def is_refused(self, signal: str) -> bool:
        """An approval lives 10 s: an order that was held up for longer expires, or is not approved at all."""
        try:
            orders = self.ask("execution-engine", "orders", correlationid=signal)["items"]
            decision = self.decision(signal) or {}
        except httpx.HTTPError:
            return False
        return [order["state"] for order in orders] == ["EXPIRED"] or decision.get("outcome") == "denied"

    def is_booked(self, signal: str) -> bool:
        try:
            return bool(self.ask("portfolio-manager", "ledger", correlationid=signal)["items"])
        except httpx.HTTPError:
            return False

    @contextmanager
    def sql(self) -> Iterator["psycopg.Connection[Any]"]:
        """Look at the database itself, in one snapshot."""
        url = self.secret("stockbot-database", "url")
        address = url.replace("@database:5432", f"@{self.address('database')}")
        with psycopg.connect(address) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield connection

    @contextmanager
    def console(self, forward: str) -> Iterator[str]:
        """Forward the console by the line of a document; its address."""
        log, environment = self.helm.folder / "port-forward.log", self.helm.environment()
        process = processes.spawn(["bash", "-c", f"exec {forward}"], log=log, environment=environment)
        try:
            eventually(lambda: answers("http://127.0.0.1:5173/healthz"), "the console is not forwarded")
            yield "http://localhost:5173"
        finally:
            processes.stop(process, 5)


def ready(service: Json) -> str:
    """Why it is ready or not; of what was asked last, not of what was asked before."""
    status = service.get("status", {})
    if status.get("observedGeneration") != service["metadata"]["generation"]:
        return "NotObserved"
    conditions = {one["type"]: one for one in status.get("conditions", ())}
    progressing = conditions.get("Progressing", {})
    if progressing.get("status") == "True":
        return str(progressing.get("reason"))
    return str(conditions.get("Ready", {}).get("reason"))


def is_ready(pod: Json | None) -> bool:
    """Ask the kubelet's word, which may be newer than the operator's."""
    conditions = pod["status"].get("conditions", ()) if pod else ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def identity(pod: Json) -> str:
    restarts = [status["restartCount"] for status in pod["status"].get("containerStatuses", ())]
    return f"{pod['metadata']['uid']} {restarts}"


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False
