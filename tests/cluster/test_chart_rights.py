"""One operator for platforms in other namespaces, with no right but those of the chart's Roles."""

from collections.abc import Callable, Iterator

import pytest
from tests.cluster.chart_at_work import ALERTS_ALONE, at_work, restricted_namespace
from tests.cluster.cluster import Cluster
from tests.cluster.helm import CHART, Helm
from tests.cluster.kubelet import running

Scope = Callable[[Helm], tuple[str, ...]]

ALONE = ("--set=platform.enabled=false", "--set=bus.enabled=false", "--set=database.enabled=false")


@pytest.fixture
def team(server: Cluster, helm: Helm) -> Iterator[Helm]:
    """Somebody's namespace, where a platform without an operator is."""
    with restricted_namespace(server) as name:
        yield Helm(helm.folder, server.kubeconfig, name)


def watched(team: Helm) -> tuple[str, ...]:
    return (f"--set=watchNamespaces={{{team.namespace}}}",)


def everywhere(team: Helm) -> tuple[str, ...]:
    return ("--set=rbac.scope=Cluster", f"--set=rbac.secretNamespaces={{{team.namespace}}}")


@pytest.mark.parametrize("scope", [watched, everywhere])
def test_an_operator_elsewhere(server: Cluster, helm: Helm, team: Helm, scope: Scope) -> None:
    """By Roles in the namespaces that it watches, or by a ClusterRole and Roles for Secrets: nothing is refused."""
    helm.install(*ALONE, *scope(team))
    team.install(*ALERTS_ALONE, f"--values={CHART}/ci/platform-alone.yaml")
    since = server.audit_position()
    with at_work(helm, server) as (bench, _), running(server, team.namespace):
        bench.namespace = team.namespace
        bench.until_ready("alert-manager")
        assert refused(server, helm, team, since) == []


def refused(server: Cluster, helm: Helm, team: Helm, since: int) -> list[str]:
    """What the operator was not let do, but in namespaces that go away from the test before: nobody has named those."""
    user = f"system:serviceaccount:{helm.namespace}:stockbot-operator"
    records = (one for one in server.audit(user=user, since=since) if one["responseStatus"]["code"] == 403)
    ours = {None, helm.namespace, team.namespace}
    return [one["requestURI"] for one in records if one["objectRef"].get("namespace") in ours]


def test_a_namespace_that_nobody_has_named(server: Cluster, helm: Helm, team: Helm) -> None:
    """A cluster-wide operator says which Secret it may not watch there, and goes on once the namespace is named."""
    helm.install(*ALONE, "--set=rbac.scope=Cluster")
    team.install(*ALERTS_ALONE, f"--values={CHART}/ci/platform-alone.yaml")
    with at_work(helm, server) as (bench, _), running(server, team.namespace):
        bench.namespace = team.namespace
        bench.until("alert-manager", "Ready", "False", "ReferenceUnreadable")
        assert "the operator lacks the right to it" in bench.condition("alert-manager")["message"]
        helm.upgrade(*ALONE, *everywhere(team), "--set=crds.upgrade=false")
        bench.until_ready("alert-manager")
