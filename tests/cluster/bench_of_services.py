"""One namespace with everything that TradingServices need, and short words for what tests ask of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import eventually
from tests.cluster.operator_process import OperatorProcess, condition

PLATFORM = Path(__file__).parents[2] / "k8s/platform"
MERGE = {"Content-Type": "application/merge-patch+json"}
SECRETS: Mapping[str, Mapping[str, str]] = {
    "stockbot-bus": {"url": "redis://bus:6379/0"},
    "stockbot-database": {"url": "postgresql://database:5432/stockbot"},
    "stockbot-tokens": {"tokens.json": "[]", "service": "a-service", "operator": "the-operator"},
}
PATHS = {
    "deployments": "/apis/apps/v1",
    "replicasets": "/apis/apps/v1",
    "pods": "/api/v1",
    "services": "/api/v1",
    "configmaps": "/api/v1",
    "secrets": "/api/v1",
    "serviceaccounts": "/api/v1",
    "events": "/api/v1",
    "networkpolicies": "/apis/networking.k8s.io/v1",
    "ingresses": "/apis/networking.k8s.io/v1",
    "poddisruptionbudgets": "/apis/policy/v1",
    "leases": "/apis/coordination.k8s.io/v1",
    "servicemonitors": "/apis/monitoring.coreos.com/v1",
    "tradingservices": "/apis/stockbot.dev/v1alpha1",
}
CHILDREN = ("deployments", "services", "configmaps", "serviceaccounts", "networkpolicies", "poddisruptionbudgets")


def default_documents() -> Iterator[dict[str, Any]]:
    """The seven documents of the default platform."""
    for path in sorted(PLATFORM.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if document["kind"] == "TradingService":
                yield document


def a_service(name: str = "alerts", type_: str = "AlertManager", **spec: Any) -> dict[str, Any]:
    """A document of few words."""
    return {
        "apiVersion": "stockbot.dev/v1alpha1",
        "kind": "TradingService",
        "metadata": {"name": name},
        "spec": {"type": type_, **spec},
    }


@dataclass
class Bench:
    cluster: Cluster
    client: httpx.Client
    namespace: str
    operator: OperatorProcess

    def path(self, plural: str, name: str = "") -> str:
        return f"{PATHS[plural]}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    def items(self, plural: str, *, of: str | None = None) -> list[dict[str, Any]]:
        query = {"labelSelector": f"stockbot.dev/service={of}" if of else "stockbot.dev/service"}
        whole = plural in {"tradingservices", "leases", "events", "secrets"}
        found: list[dict[str, Any]] = self.client.get(self.path(plural), params={} if whole else query).json()["items"]
        return found

    def get(self, plural: str, name: str) -> dict[str, Any]:
        """The object; an empty one where there is none."""
        answer = self.client.get(self.path(plural, name))
        found: dict[str, Any] = answer.json() if answer.is_success else {}
        return found

    def service(self, name: str) -> dict[str, Any]:
        return self.get("tradingservices", name)

    def condition(self, name: str, type_: str = "Ready") -> dict[str, Any]:
        return condition(self.service(name), type_)

    def apply(self, *documents: Mapping[str, Any]) -> None:
        """Apply as a person does."""
        for document in documents:
            place = self.path("tradingservices", document["metadata"]["name"])
            self.client.patch(
                place,
                params={"fieldManager": "person", "force": "true"},
                content=json.dumps(document),
                headers={"Content-Type": "application/apply-patch+yaml"},
            ).raise_for_status()

    def patch(self, plural: str, name: str, change: Mapping[str, Any], subresource: str = "") -> dict[str, Any]:
        path = self.path(plural, name) + (f"/{subresource}" if subresource else "")
        answer = self.client.patch(path, content=json.dumps(change), headers=MERGE)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def create(self, plural: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.client.post(self.path(plural), json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def delete(self, plural: str, name: str) -> None:
        self.client.delete(self.path(plural, name))

    def furnish(self) -> None:
        """Put what the default platform finds in its namespace: its Secrets, and the console's account."""
        for name, content in SECRETS.items():
            self.put_secret(name, content)
        self.cluster.kubectl("apply", "-n", self.namespace, "-k", str(PLATFORM.parent / "console"))

    def put_secret(self, name: str, content: Mapping[str, str]) -> None:
        self.create("secrets", {"metadata": {"name": name}, "stringData": content})

    def until_ready(self, *names: str, seconds: float = 60) -> None:
        for name in names:
            self.until(name, "Ready", "True", seconds=seconds)

    def until(self, name: str, type_: str, status: str, reason: str | None = None, seconds: float = 60) -> None:
        """Wait for a condition, and for its reason where that is named."""

        def holds() -> bool:
            found = self.condition(name, type_)
            return found.get("status") == status and reason in {None, found.get("reason")}

        try:
            eventually(holds, "", seconds)
        except AssertionError:
            found = self.service(name).get("status")
            raise AssertionError(f"{name}: not {type_}={status}: {found}\n{self.operator.said()}") from None

    def writes(self, since: int) -> list[str]:
        """What the operator's user has written since a position of the audit log, leases left out."""
        return [
            f"{record['verb']} {record['requestURI']}"
            for record in self.cluster.audit(user="admin", since=since)
            if record["verb"] not in {"get", "list", "watch"} and record["objectRef"].get("resource") != "leases"
        ]
