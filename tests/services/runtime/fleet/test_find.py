"""Whose services a process shows."""

from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError
from stockbot.runtime.fleet import ClusterFleet, LocalFleet
from stockbot.runtime.fleet.find import fleet_around
from stockbot.runtime.fleet.report import Report, write_report
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.kubernetes import FakeKubernetes

CLOCK = FixedClock()


async def test_a_local_platform_comes_before_a_cluster(tmp_path: Path) -> None:
    """Whoever was started by `stockbot up` shows that, whatever cluster the person works with besides."""
    around = {"KUBECONFIG": str(FakeKubernetes().kubeconfig(tmp_path))}
    cluster = fleet_around(tmp_path, around, CLOCK)
    assert isinstance(cluster, ClusterFleet)
    await cluster.close()
    write_report(tmp_path, Report(pid=1, at=START, services=()))
    assert isinstance(fleet_around(tmp_path, around, CLOCK), LocalFleet)


def test_a_persons_own_rights_are_not_taken_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubeconfig in the home folder does not count."""
    (tmp_path / ".kube").mkdir()
    FakeKubernetes().kubeconfig(tmp_path / ".kube").rename(tmp_path / ".kube/config")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert fleet_around(tmp_path, {}, CLOCK, tmp_path / "none") is None


def test_a_pod_has_its_own_account(tmp_path: Path) -> None:
    """One that is not whole is said, rather than that there is nothing to show."""
    (tmp_path / "token").touch()
    around = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
    with pytest.raises(ConfigurationError, match="cannot be read"):
        fleet_around(tmp_path, around, CLOCK, tmp_path)
