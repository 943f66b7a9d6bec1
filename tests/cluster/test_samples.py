"""The samples on a real API server, over the plain platform, each by the command at its own head."""

import json
from pathlib import Path

from tests.cluster import resource_definition
from tests.cluster.cluster import Cluster
from tests.cluster.helm import ROOT, Helm

SAMPLES = ROOT / "k8s/samples"


def commands(sample: Path) -> list[str]:
    """Those of the head that apply it."""
    lines = [line.removeprefix("#").strip() for line in sample.read_text().splitlines() if line.startswith("#")]
    return [line for line in lines if line.startswith("kubectl") and f"k8s/samples/{sample.name}" in line]


def test_each_sample_is_accepted_and_a_halt_keeps_the_limits(server: Cluster, helm: Helm, place: str) -> None:
    """No field of the platform stands in a sample's way; who halts takes over the trading state and nothing else."""
    resource_definition.install(server)
    helm.shell(f"kubectl apply --server-side -n {place} -k k8s/platform")
    for sample in sorted(SAMPLES.glob("*.yaml")):
        for command in commands(sample) or [f"kubectl -n stockbot apply --server-side -f k8s/samples/{sample.name}"]:
            helm.shell(command.replace("-n stockbot", f"-n {place}"))
    found = json.loads(server.kubectl("-n", place, "get", "ts", "risk-guardian", "-o", "json"))["spec"]["riskGuardian"]
    assert found["tradingState"] == "Halted"
    assert found["limits"]["maxGroupWeight"] == "0.5"
    services = json.loads(server.kubectl("-n", place, "get", "ts", "-o", "json"))["items"]
    specs = {one["metadata"]["name"]: one["spec"] for one in services}
    assert set(specs["execution-engine"]["executionEngine"]["broker"]) == {"type", "alpaca"}
