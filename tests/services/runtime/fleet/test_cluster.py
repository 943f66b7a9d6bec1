"""The services of a namespace, and what a person changes there."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from stockbot.runtime.fleet import Change, ClusterFleet
from stockbot.runtime.fleet.cluster import patch_of
from stockbot.runtime.kubernetes import Api, Refused, of_kubeconfig
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.cluster_scenes import crashing, events, pod, services
from stockbot.testing.fake_service import running
from stockbot.testing.kubernetes import FakeKubernetes


@pytest.fixture
def kubernetes() -> Iterator[FakeKubernetes]:
    pods = [crashing(START), pod("risk-1", "risk", START)]
    with running(FakeKubernetes(services=services(START), pods=pods, events=events(START))) as fake:
        yield fake


@pytest.fixture
async def fleet(kubernetes: FakeKubernetes, tmp_path: Path) -> AsyncIterator[ClusterFleet]:
    opened = ClusterFleet(Api(of_kubeconfig(kubernetes.kubeconfig(tmp_path))), FixedClock())
    yield opened
    await opened.close()


async def test_a_namespace_is_read(fleet: ClusterFleet, kubernetes: FakeKubernetes) -> None:
    """Services by name, and the pods and events of one."""
    names = ["dashboard", "execution-engine", "market-data-gateway", "risk", "risk-guardian"]
    assert [one.name for one in await fleet.services()] == names
    assert [one.name for one in await fleet.instances("risk-guardian")] == ["risk-guardian-5d8f-x2k"]
    assert [one.reason for one in await fleet.happenings("risk-guardian")] == ["BackOff", "AllReplicasReady"]
    assert fleet.place == f"namespace stockbot of {kubernetes.url}"


async def test_a_cluster_without_the_definition_says_how_to_add_it(
    fleet: ClusterFleet, kubernetes: FakeKubernetes
) -> None:
    """404 of a list is no empty list."""
    kubernetes.refused["list", "tradingservices"] = (404, "the server could not find the requested resource")
    with pytest.raises(Refused, match="kubectl apply --server-side -k k8s/operator"):
        await fleet.services()


@pytest.mark.parametrize(
    ("change", "patch", "words"),
    [
        (Change(service="a", who="ada", why="", suspend=True), {"spec": {"suspend": True}}, "suspend"),
        (Change(service="a", who="ada", why="", suspend=False), {"spec": {"suspend": False}}, "resume"),
        (Change(service="a", who="ada", why="", replicas=3), {"spec": {"replicas": 3}}, "scale to 3"),
    ],
)
def test_a_change_names_who_and_why(change: Change, patch: dict[str, object], words: str) -> None:
    """In annotations beside the one field that it changes."""
    annotations = {"stockbot.dev/changed-by": "ada", "stockbot.dev/changed-because": ""}
    assert patch_of(change, "now") == {"metadata": {"annotations": annotations}, **patch}
    assert change.words == words


def test_a_restart_is_an_annotation() -> None:
    """The operator copies it into the pods; control characters of a reason go no further."""
    change = Change(service="a", who="ada", why="new\x1b[31m\ncertificate", restart=True)
    assert patch_of(change, "2026-03-02T15:00:00+00:00") == {
        "metadata": {
            "annotations": {
                "stockbot.dev/changed-by": "ada",
                "stockbot.dev/changed-because": "new [31m certificate",
                "stockbot.dev/restartedAt": "2026-03-02T15:00:00+00:00",
            }
        }
    }
    assert change.words == "restart"


async def test_a_change_is_what_the_resource_says_afterwards(fleet: ClusterFleet) -> None:
    """Resumed; what the operator has not acted on yet is said."""
    await fleet.change(Change(service="dashboard", who="ada", why="back", suspend=False))
    dashboard = (await fleet.services())[0]
    assert (dashboard.is_suspended, dashboard.wanted) == (False, 1)
    assert dashboard.reason.startswith("The operator has not acted on the last change yet.")
    assert dict(dashboard.facts)["Last changed here"] == "ada: back"
