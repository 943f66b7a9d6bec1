"""`stockbot crd apply` on a server of its own: the definition is upgraded, and nothing else is touched."""

import json
import socket
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.cluster.bench_of_services import a_service
from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import eventually
from tests.cluster.operator_process import with_token
from tests.cluster.resource_definition import DEFINITIONS, GROUP_VERSION, PATH, kind_of, wait_until_served
from typer.testing import CliRunner, Result

from stockbot.cli import definition_upgrade
from stockbot.cli.app import app
from stockbot.spec.crd import definition

NAME = PATH.rpartition("/")[2]
SERVICES = f"{GROUP_VERSION}/namespaces/default/tradingservices"
LABELLED = a_service(podMetadata={"labels": {"team": "equities"}})
HELM = {"fieldManager": "helm"}

Manifest = dict[str, Any]


@dataclass
class Installation:
    """What one does about the definition: the command, and looks at the server."""

    cluster: Cluster
    client: httpx.Client
    folder: Path

    def run(self, kubeconfig: Path | None = None) -> Result:
        return CliRunner().invoke(app, ["crd", "apply"], env={"KUBECONFIG": str(kubeconfig or self.cluster.kubeconfig)})

    def says(self, kubeconfig: Path | None = None) -> str:
        done = self.run(kubeconfig)
        assert done.exit_code == 0, done.output
        return done.stdout.strip().removeprefix(f"{NAME}: ")

    def there(self) -> Manifest:
        found: Manifest = self.client.get(PATH).json()
        return found

    def have(self, manifest: Manifest) -> None:
        """Create a definition as Helm does, and wait until its kind is served."""
        self.client.post(DEFINITIONS, params=HELM, json=manifest).raise_for_status()
        wait_until_served(self.client, manifest)

    def create(self, document: Manifest) -> httpx.Response:
        return self.client.post(SERVICES, params={"fieldValidation": "Strict"}, json=document)


@pytest.fixture
def installation(server: Cluster, tmp_path: Path) -> Iterator[Installation]:
    """Each test begins and ends without the definition."""
    with server.client() as client:
        yield Installation(server, client, tmp_path)
        client.delete(PATH)
        eventually(lambda: client.get(PATH).status_code == httpx.codes.NOT_FOUND, "the definition stays")


def older() -> Manifest:
    """An earlier version: it does not know `podMetadata`, and knows a field that was given up since."""
    manifest = deepcopy(definition())
    fields = schema_of(manifest)["properties"]["spec"]["properties"]
    del fields["podMetadata"]
    fields["givenUp"] = {"type": "string", "maxLength": 10}
    return manifest


def schema_of(manifest: Manifest) -> Manifest:
    schema: Manifest = manifest["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def test_complaint_helm_does_not_upgrade_crds(installation: Installation) -> None:
    """An older definition with a resource of its own becomes this one's; the resource stays, the new field counts."""
    installation.have(older())
    assert installation.create(a_service("kept")).is_success
    before = installation.client.get(f"{SERVICES}/kept").json()
    assert 'unknown field "spec.podMetadata"' in installation.create(LABELLED).json()["message"]
    assert installation.says() == "upgraded"
    assert installation.there()["spec"]["versions"] == definition()["spec"]["versions"]
    eventually(lambda: installation.create(LABELLED).is_success, "the new field is not taken")
    assert installation.client.get(f"{SERVICES}/kept").json() == before
    assert "givenUp" in installation.create(a_service("late", givenUp="x")).json()["message"]


def test_decision_9_applied_twice_nothing_changes(installation: Installation) -> None:
    """On a server that has none it is made and established; the second time not even its version changes."""
    assert installation.says() == "made"
    first = installation.there()
    conditions = {each["type"]: each["status"] for each in first["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert installation.says() == "unchanged"
    assert installation.there()["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_decision_9_no_other_definition_is_touched(installation: Installation) -> None:
    """A foreign kind stays as it was, and the audit log has no request about anything else."""
    foreign = kind_of("example.com", "Widget", "widgets")
    installation.have(foreign)
    path = f"{DEFINITIONS}/{foreign['metadata']['name']}"
    before = installation.client.get(path).json()
    kubeconfig = account_with(installation, "watched", "get", "patch", "create")
    position = installation.cluster.audit_position()
    assert installation.says(kubeconfig) == "made"
    assert installation.client.get(path).json() == before
    user = "system:serviceaccount:default:watched"
    asked = {one["requestURI"].partition("?")[0] for one in installation.cluster.audit(user=user, since=position)}
    assert asked == {PATH}
    installation.client.delete(path)


def account_with(installation: Installation, name: str, *verbs: str) -> Path:
    """Make an account that may do just this to just this definition; its kubeconfig."""
    cluster = installation.cluster
    target = ("--resource=customresourcedefinitions.apiextensions.k8s.io", f"--resource-name={NAME}")
    cluster.kubectl("create", "serviceaccount", name)
    cluster.kubectl("create", "clusterrole", name, *target, *(f"--verb={verb}" for verb in verbs))
    cluster.kubectl("create", "clusterrolebinding", name, f"--clusterrole={name}", f"--serviceaccount=default:{name}")
    token = cluster.kubectl("create", "token", name).strip()
    kubeconfig = with_token(cluster, "default", token, installation.folder / name)
    if "get" in verbs:
        with cluster.with_token(token).client() as client:
            eventually(lambda: client.get(PATH).status_code != httpx.codes.FORBIDDEN, "the role is not granted")
    return kubeconfig


def test_decision_9_get_and_patch_of_this_one_definition_suffice(installation: Installation) -> None:
    """To upgrade it; to make it where it is not there, `create` under its name as well, and the error says so."""
    upgrader = account_with(installation, "upgrader", "get", "patch")
    refused = installation.run(upgrader)
    assert refused.exit_code == 1
    right = (
        "The right that is missing: {} on customresourcedefinitions.apiextensions.k8s.io at the cluster scope, for {}."
    )
    assert right.format("create", "system:serviceaccount:default:upgrader") in refused.stderr
    installation.have(older())
    assert installation.says(upgrader) == "upgraded"
    reader = account_with(installation, "reader", "get")
    assert right.format("patch", "system:serviceaccount:default:reader") in installation.run(reader).stderr
    nobody = account_with(installation, "nobody", "delete")
    assert right.format("get", "system:serviceaccount:default:nobody") in installation.run(nobody).stderr


def test_decision_9_a_version_with_stored_resources_is_not_dropped(installation: Installation) -> None:
    """Before anything is written: what may be stored in a version that is gone could never be read again."""
    ancient = definition()
    ancient["spec"]["versions"][0]["name"] = "v1alpha0"
    installation.have(ancient)
    before = installation.there()
    refused = installation.run()
    assert refused.exit_code == 1
    assert "may be stored as v1alpha0" in refused.stderr
    assert "knows only v1alpha1; nothing was changed" in refused.stderr
    assert installation.there() == before


def test_names_that_another_kind_has_are_said(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A definition that the server takes and cannot establish is an error in the server's words, after a while."""
    rival = kind_of("stockbot.dev", "TradingService", "rivals")
    installation.have(rival)
    monkeypatch.setattr(definition_upgrade, "ESTABLISHED_SECONDS", 1.0)
    done = installation.run()
    installation.client.delete(f"{DEFINITIONS}/rivals.stockbot.dev")
    assert done.exit_code == 1
    assert "after 1 s not established: NamesAccepted is False" in done.stderr
    assert "is already in use" in done.stderr


def test_a_server_that_is_away_is_said(installation: Installation) -> None:
    """With its address; as is a kubeconfig that is none."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"https://127.0.0.1:{unused.getsockname()[1]}"
        given = json.loads(installation.cluster.kubeconfig.read_text())
        given["clusters"][0]["cluster"] = {"server": address}
        kubeconfig = installation.folder / "away"
        kubeconfig.write_text(yaml.safe_dump(given))
        done = installation.run(kubeconfig)
    assert done.exit_code == 1
    assert f"The API server {address} does not answer" in done.stderr
