"""What changes without a restart, and what waits for the exchange to close."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps, loads
from threading import Thread
from typing import Any

import pytest
from tests.cluster.bench_of_services import Bench, a_service, default_documents
from tests.cluster.kubelet import Kubelet
from tests.cluster.namespaces import eventually
from tests.cluster.operator_fixtures import bench, quiet_bench

__all__ = ["bench", "quiet_bench"]


@dataclass
class RiskGuardianOnLoopback:
    """Answers as the Risk Guardian's API does; a person has chosen Reducing at run time."""

    asked: list[tuple[float, str | None, str]] = field(default_factory=list)

    def server(self) -> ThreadingHTTPServer:
        told = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                state = loads(self.rfile.read(int(self.headers["Content-Length"])))["state"]
                told.append((time.monotonic(), state, self.headers["Authorization"]))
                effective = "Halted" if state == "Halted" else "Reducing"
                content = dumps({"declared": state, "effective": effective, "chosen": "Reducing"}).encode()
                self.send_response(200 if self.path == "/api/v1/declared-state" else 404)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def guardian(quiet_bench: Bench, kubelet: Kubelet) -> Iterator[RiskGuardianOnLoopback]:
    """An operator that finds every Risk Guardian on the loopback."""
    made = RiskGuardianOnLoopback()
    server = made.server()
    thread = Thread(target=server.serve_forever)
    thread.start()
    quiet_bench.furnish()
    quiet_bench.operator.further = {"SERVICE_ADDRESS": f"http://127.0.0.1:{server.server_port}"}
    quiet_bench.operator.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def risk(state: str) -> dict[str, Any]:
    return a_service("risk", "RiskGuardian", riskGuardian={"tradingState": state})


def test_the_trading_state_is_told_within_two_seconds_and_restarts_nothing(
    quiet_bench: Bench, guardian: RiskGuardianOnLoopback
) -> None:
    """It goes over HTTP with the operator's own token, and the answer is in the status."""
    quiet_bench.apply(risk("Active"))
    quiet_bench.until_ready("risk")
    eventually(lambda: quiet_bench.service("risk")["status"].get("riskGuardian") is not None, "no answer")
    pods = [pod["metadata"]["uid"] for pod in quiet_bench.items("pods", of="risk")]
    changed = time.monotonic()
    quiet_bench.apply(risk("Halted"))
    eventually(lambda: any(state == "Halted" for _, state, _ in guardian.asked), "it was not told", 5)
    told, _, authorization = next(one for one in guardian.asked if one[1] == "Halted")
    assert told - changed < 2
    assert authorization == "Bearer the-operator"
    expected = {"declared": "Halted", "effective": "Halted"}
    eventually(lambda: quiet_bench.service("risk")["status"]["riskGuardian"] == expected, "not in the status")
    quiet_bench.apply(risk("Active"))
    expected = {"declared": "Active", "effective": "Reducing"}
    eventually(lambda: quiet_bench.service("risk")["status"]["riskGuardian"] == expected, "not in the status")
    assert [pod["metadata"]["uid"] for pod in quiet_bench.items("pods", of="risk")] == pods
    assert len(quiet_bench.items("replicasets", of="risk")) == 1


def always_open() -> dict[str, Any]:
    """A gateway of a market that never closes: a roll-out of its namespace waits for ever."""
    gateway = next(one for one in default_documents() if one["spec"]["type"] == "MarketDataGateway")
    for symbols in gateway["spec"]["marketDataGateway"]["symbolSets"]:
        symbols["exchange"] = "24/7"
    return gateway


def test_a_rollout_waits_for_the_exchange_and_changes_nothing_meanwhile(bench: Bench) -> None:
    """Pods, their configuration and the Deployment stay as they are until it may begin, or a person says so."""
    window: dict[str, Any] = {"rollout": {"window": "MarketClosed"}}
    bench.apply(always_open(), a_service(**window))
    bench.until_ready("alerts", "market-data-gateway")
    time.sleep(2)
    before = {kind: versions(bench, kind) for kind in ("configmaps", "pods")}
    template = bench.get("deployments", "alerts")["spec"]["template"]
    bench.apply(a_service(**window, alertManager={"groupSeconds": 5}))
    bench.until("alerts", "Progressing", "True", "WaitingForMarketClose")
    assert "24/7" in bench.condition("alerts", "Progressing")["message"]
    assert bench.condition("alerts")["status"] == "True"
    assert bench.get("deployments", "alerts")["spec"]["template"] == template
    assert versions(bench, "pods") == before["pods"]
    assert set(before["configmaps"]) <= set(versions(bench, "configmaps"))
    bench.patch("tradingservices", "alerts", {"metadata": {"annotations": {"stockbot.dev/rollout-now": "true"}}})
    eventually(lambda: bench.get("deployments", "alerts")["spec"]["template"] != template, "it does not begin")
    bench.until("alerts", "Progressing", "False", "Complete")


def versions(bench: Bench, plural: str) -> list[str]:
    return [item["metadata"]["resourceVersion"] for item in bench.items(plural, of="alerts")]
