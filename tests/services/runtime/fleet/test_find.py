"""Whose services a process shows."""

from functools import partial
from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError
from stockbot.runtime.fleet import Change, ClusterFleet, LocalFleet
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


async def test_what_a_person_must_mend_is_said_at_every_question(tmp_path: Path) -> None:
    """A pod's account that is not whole, a kubeconfig that is none: whoever asks hears it, and nothing stops."""
    (tmp_path / "token").touch()
    for around in ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, {"KUBECONFIG": str(tmp_path / "none")}):
        found = fleet_around(tmp_path, around, CLOCK, tmp_path)
        assert found is not None
        for ask in (found.services, partial(found.instances, "a"), partial(found.happenings, "a")):
            with pytest.raises(ConfigurationError, match="cannot be read"):
                await ask()
        with pytest.raises(ConfigurationError):
            await found.change(Change(service="a", who="ada", why="", restart=True))
        await found.close()
