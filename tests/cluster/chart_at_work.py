"""An installed chart at work on a server: its operator and a kubelet beside it, and values that many tests take."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cluster.bench_of_services import Bench
from tests.cluster.cluster import Cluster
from tests.cluster.helm import Helm
from tests.cluster.kubelet import Kubelet, running
from tests.cluster.namespaces import temporary
from tests.cluster.operator_process import OperatorProcess, with_token

SERVICES = (
    "alert-manager",
    "dashboard",
    "execution-engine",
    "market-data-gateway",
    "portfolio-manager",
    "risk-guardian",
    "strategy-orchestrator",
)
OTHERS = (
    "dashboard",
    "executionEngine",
    "marketDataGateway",
    "portfolioManager",
    "riskGuardian",
    "strategyOrchestrator",
)
HOOK = "stockbot-crd-upgrade"
LIMIT = "platform.services.riskGuardian.spec.riskGuardian.limits.maxOrderNotional"
NO_VOLUME = "--set=database.persistence.enabled=false"
ALERTS_ALONE = (NO_VOLUME, *(f"--set=platform.services.{name}.enabled=false" for name in OTHERS))


@contextmanager
def restricted_namespace(server: Cluster) -> Iterator[str]:
    with temporary(server) as name:
        server.kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
        yield name


@contextmanager
def at_work(helm: Helm, server: Cluster, deployment: str = "stockbot-operator") -> Iterator[tuple[Bench, Kubelet]]:
    """The release's operator beside the server, as its ServiceAccount and with its Deployment's variables."""
    namespace = helm.namespace
    found = json.loads(server.kubectl("-n", namespace, "get", "deployment", deployment, "-o", "json"))
    pod = found["spec"]["template"]["spec"]
    given = {one["name"]: one.get("value", "") for one in pod["containers"][0]["env"]}
    token = server.kubectl("-n", namespace, "create", "token", pod["serviceAccountName"]).strip()
    kubeconfig = with_token(server, namespace, token, helm.folder / f"{namespace}.kubeconfig")
    watched = {"NAMESPACES": given.get("STOCKBOT_OPERATOR_NAMESPACES", "")}
    operator = OperatorProcess(kubeconfig, namespace, helm.folder / f"{namespace}.log", watched)
    with server.client() as client, running(server, namespace) as kubelet:
        operator.start()
        try:
            yield Bench(server, client, namespace, operator), kubelet
        finally:
            operator.kill()
