"""The rights that k8s/console grants are those that are used, and the right to change something is one of its own."""

from pathlib import Path
from typing import Any

import yaml

from stockbot.runtime.fleet import Change, ClusterFleet
from stockbot.runtime.kubernetes import Api, of_kubeconfig
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.cluster_scenes import services
from stockbot.testing.fake_service import running
from stockbot.testing.kubernetes import FakeKubernetes

FOLDER = Path(__file__).parents[4] / "k8s/console"
READING = {"get", "list", "watch"}


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / name).read_text()))


def granted(name: str) -> set[tuple[str, str]]:
    rules = [rule for one in documents(name) if one["kind"] == "Role" for rule in one["rules"]]
    return {(verb, plural) for rule in rules for plural in rule["resources"] for verb in rule["verbs"]}


async def test_what_is_asked_is_what_is_granted(tmp_path: Path) -> None:
    """Lists need no more than the first role, and a change no more than the second."""
    change = Change(service="dashboard", who="ada", why="x", restart=True)
    with running(FakeKubernetes(services=services(START))) as kubernetes:
        fleet = ClusterFleet(Api(of_kubeconfig(kubernetes.kubeconfig(tmp_path))), FixedClock())
        await fleet.services()
        await fleet.instances("dashboard")
        await fleet.happenings("dashboard")
        await fleet.change(change)
        await fleet.close()
    paths = [asked.partition("?")[0].split("/") for asked in kubernetes.asked]
    listed = {("list", path[-1]) for path in paths[:-1]}
    assert listed <= granted("see.yaml")
    assert {verb for verb, _ in granted("see.yaml")} == READING
    assert {plural for _, plural in granted("see.yaml")} == {plural for _, plural in listed}
    assert granted("act.yaml") == {("patch", paths[-1][-2])}


def test_to_act_is_not_among_what_is_applied_by_itself() -> None:
    """Whoever wants buttons says so."""
    assert documents("kustomization.yaml")[0]["resources"] == ["account.yaml", "see.yaml"]


def test_every_binding_binds_its_role_to_the_account() -> None:
    """Names that do not fit would grant nothing, in silence."""
    account = documents("account.yaml")[0]["metadata"]["name"]
    for name in ("see.yaml", "act.yaml"):
        role, binding = documents(name)
        assert binding["roleRef"]["name"] == role["metadata"]["name"]
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": account}]
