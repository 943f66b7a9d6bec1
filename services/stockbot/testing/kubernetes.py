"""An API server for tests of whoever asks one for TradingServices, pods and Events; it can misbehave in every way.

It lists in pages, merges patches and answers with a Status as the real one does. What only the real one can show is
shown in tests/cluster.
"""

import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml
from starlette.responses import Response

from stockbot.testing.fake_service import LOOPBACK, TOKEN, Answers, Call, FakeService, as_json

NAMESPACE = "stockbot"
SERVICES = "/apis/stockbot.dev/v1alpha1/namespaces/{namespace}/tradingservices"
ACCOUNT = "system:serviceaccount:stockbot:stockbot-console"

Object = dict[str, Any]


@dataclass
class FakeKubernetes(FakeService):
    """`refused` are the answers that it gives instead, by verb and plural; `expiries` so many continues are gone."""

    services: list[Object] = field(default_factory=list)
    pods: list[Object] = field(default_factory=list)
    events: list[Object] = field(default_factory=list)
    refused: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    expiries: int = 0
    delay_seconds: float = 0.0

    def answers(self) -> Answers:
        core = "/api/v1/namespaces/{namespace}"
        return {
            ("GET", SERVICES): self._guarded("list", "tradingservices", lambda call: self._list(call, self.services)),
            ("PATCH", f"{SERVICES}/{{name}}"): self._guarded("patch", "tradingservices", self._patch),
            ("GET", f"{core}/pods"): self._guarded("list", "pods", lambda call: self._list(call, self.pods)),
            ("GET", f"{core}/events"): self._guarded("list", "events", lambda call: self._list(call, self.events)),
        }

    def forbid(self, verb: str, plural: str, group: str = "") -> None:
        """Refuse in RBAC's own words."""
        told = (
            f'{plural} is forbidden: User "{ACCOUNT}" cannot {verb} resource "{plural}" in API group "{group}"'
            f' in the namespace "{NAMESPACE}"'
        )
        self.refused[verb, plural] = (HTTPStatus.FORBIDDEN, told)

    def kubeconfig(self, folder: Path) -> Path:
        """Write one that leads here."""
        path = folder / "kubeconfig"
        path.write_text(yaml.safe_dump(kubeconfig(self.url, NAMESPACE)))
        return path

    def _guarded(self, verb: str, plural: str, answer: Callable[[Call], Response]) -> Callable[[Call], Response]:
        def guarded(call: Call) -> Response:
            time.sleep(self.delay_seconds)
            if (verb, plural) in self.refused:
                return status(*self.refused[verb, plural])
            return answer(call)

        return guarded

    def _list(self, call: Call, items: list[Object]) -> Response:
        if "continue" in call.query and self.expiries:
            self.expiries -= 1
            return status(HTTPStatus.GONE, "The provided continue parameter is too old")
        wanted = dict([call.query["labelSelector"].split("=")]) if "labelSelector" in call.query else {}
        found = [one for one in items if wanted.items() <= one["metadata"].get("labels", {}).items()]
        first, size = int(call.query.get("continue", 0)), min(self.page_size, int(call.query["limit"]))
        rest = first + size < len(found)
        metadata = {"resourceVersion": "1", **({"continue": f"{first + size}"} if rest else {})}
        return as_json({"kind": "List", "metadata": metadata, "items": found[first : first + size]})

    def _patch(self, call: Call) -> Response:
        if call.request.headers["content-type"] != "application/merge-patch+json":
            return status(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body of the request was in an unknown format")
        for place, one in enumerate(self.services):
            if one["metadata"]["name"] == call.path("name"):
                self.services[place] = merged(one, call.body)
                self.services[place]["metadata"]["generation"] += one["spec"] != self.services[place]["spec"]
                return as_json(self.services[place])
        return status(HTTPStatus.NOT_FOUND, f'tradingservices.stockbot.dev "{call.path("name")}" not found')


def status(code: int, message: str) -> Response:
    return as_json({"kind": "Status", "status": "Failure", "code": code, "message": message}, HTTPStatus(code))


def merged(target: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, Mapping):
        return patch
    result = deepcopy(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def kubeconfig(server: str, namespace: str, **user: Any) -> Object:
    return {
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "here", "user": "me", "namespace": namespace}}],
        "clusters": [{"name": "here", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": user or {"token": TOKEN}}],
    }


__all__ = ["LOOPBACK", "NAMESPACE", "FakeKubernetes", "kubeconfig", "merged", "status"]
