"""What values do: right ones change what they are about, wrong ones are refused with the key and the fix."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.charts.conftest import Render
from tests.charts.manifests import SETS, of_kind, pods
from tests.cluster.helm import CHART, Helm, HelmFailed

from stockbot.runtime.auth import Role, find_principal, parse_tokens
from stockbot.spec.documents import read_document

SERVICES = "platform.services"
LIMITS = f"{SERVICES}.riskGuardian.spec.riskGuardian.limits"
BROKER = f"{SERVICES}.executionEngine.spec.executionEngine.broker"


@pytest.mark.parametrize("values", SETS)
def test_lint_has_nothing_to_say(helm: Helm, values: str) -> None:
    """Warnings count as errors."""
    helm.run("lint", "--strict", str(CHART), f"--values={CHART}/ci/{values}.yaml")


@pytest.mark.parametrize("values", SETS)
def test_every_object_says_where_it_belongs(render: Render, values: str) -> None:
    """A namespace, save what has none, the labels that people look for, and a name of its own."""
    manifests = render(values)
    names = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in manifests]
    assert len(set(names)) == len(names)
    for one in manifests:
        assert one["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "Helm"
        assert ("namespace" in one["metadata"]) is not one["kind"].startswith("ClusterRole")


@pytest.mark.parametrize("values", SETS)
def test_every_service_is_a_document_that_stockbot_reads(render: Render, values: str) -> None:
    """By the same models as `stockbot up`: no unknown field, no rule broken."""
    for name, manifest in of_kind(render(values), "TradingService").items():
        assert read_document(manifest, name).metadata.name == name


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("bus.persistance.enabled=true", "at '/bus': additional properties 'persistance' not allowed"),
        ("operator.replicas=two", "at '/operator/replicas': got string, want integer"),
        ("rbac.scope=namespace", "at '/rbac/scope': value must be one of 'Namespace', 'Cluster'"),
        ("tokens.existingSecret=mine", "at '/tokens/existingSecret': value must be one of '', 'stockbot-tokens'"),
        ("bus.url=redis://me:secret@bus:6379", "bus.url holds a user or a password: put the address into a Secret"),
        ("bus.url=bus:6379", "bus.url must begin with redis:// or rediss://"),
        ("image.tag=latest", "image.tag is latest, which does not say what runs and never rolls out: name a version"),
        ("bus.image.tag=latest", "bus.image.tag is latest"),
        (f"{LIMITS}.maxOrderNotional=1000", "/riskGuardian/limits/maxOrderNotional': got number, want string"),
        (f"{LIMITS}.maxOrderNotionl=1", "/riskGuardian/limits': additional properties 'maxOrderNotionl' not allowed"),
        (f"{LIMITS}.onDailyLoss=Stop", "/riskGuardian/limits/onDailyLoss': value must be one of 'Reducing', 'Halted'"),
        (f"{BROKER}.type=Alpaca", "/executionEngine/broker/type': value must be 'Paper'"),
        (f"{SERVICES}.riskGuardian.spec.replicas=2", "/riskGuardian/spec/replicas': value must be 1"),
        (f"{SERVICES}.riskGuardian.spec.dashboard.users=1", "additional properties 'dashboard' not allowed"),
        (f"{SERVICES}.robot.enabled=true", "at '/platform/services': additional properties 'robot' not allowed"),
        ("bus.enabled=false", "bus.enabled is false, but there is no other bus: set bus.url, or bus.existingSecret"),
        ("bus.url=redis://bus:6379", "set bus.enabled=false, or leave bus.url empty"),
        ("database.enabled=false", "set database.existingSecret to a Secret with the key url"),
        ("rbac.secretNamespaces={a}", "name the namespaces in watchNamespaces instead"),
    ],
)
def test_wrong_values_stop_before_anything_is_made(helm: Helm, setting: str, says: str) -> None:
    """The message has the key, and what would be right."""
    with pytest.raises(HelmFailed) as refused:
        helm.template(f"--set={setting}")
    assert says in str(refused.value)
    assert "secret@" not in str(refused.value)


def test_a_block_that_its_type_needs(helm: Helm) -> None:
    """Alpaca without keys: what is missing is named."""
    with pytest.raises(HelmFailed, match=r"executionEngine/broker': missing property 'alpaca'"):
        helm.template(f"--set={BROKER}.type=Alpaca,{BROKER}.paper=null")


def test_a_text_that_is_no_number_is_no_limit(helm: Helm) -> None:
    """The definition's rules about texts hold before the server sees them."""
    for wrong in ("much", "2", "-0.5"):
        with pytest.raises(HelmFailed, match=rf"limits/maxDailyLoss.*'{wrong}' does not match pattern"):
            helm.template(f"--set-string={LIMITS}.maxDailyLoss={wrong}")


@pytest.mark.parametrize("what", ["serviceMonitor", "prometheusRule"])
def test_no_prometheus_operator(helm: Helm, what: str) -> None:
    """Asked for on a cluster that does not know the kinds."""
    with pytest.raises(
        HelmFailed, match=rf"metrics\.{what}\.enabled is true, .* install the Prometheus operator first"
    ):
        helm.run("template", "a", str(CHART), f"--set=metrics.{what}.enabled=true")


def test_what_all_services_have_yields_to_what_one_has(helm: Helm, tmp_path: Path) -> None:
    """A service's own spec wins over the defaults, also where it says false; lists are replaced whole."""
    values = {
        "platform": {
            "defaults": {"suspend": True, "dependsOn": ["a", "b"], "rollout": {"window": "MarketClosed"}},
            "services": {"alertManager": {"spec": {"suspend": False, "dependsOn": ["c"]}}},
        }
    }
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    found = of_kind(helm.template(f"--values={tmp_path}/values.yaml"), "TradingService")
    own = found["alert-manager"]["spec"]
    assert (own["suspend"], own["dependsOn"], own["rollout"]) == (False, ["c"], {"window": "MarketClosed"})
    assert found["risk-guardian"]["spec"]["suspend"] is True


def test_a_trading_state_is_declared_only_where_it_is_set(render: Render) -> None:
    """Otherwise each upgrade would undo what a person has patched."""
    setting = f"--set={SERVICES}.riskGuardian.spec.riskGuardian.tradingState=Halted"
    states = [
        of_kind(render("default", *options), "TradingService")["risk-guardian"]["spec"]["riskGuardian"].get(
            "tradingState"
        )
        for options in ((), (setting,))
    ]
    assert states == [None, "Halted"]


def test_a_new_release_of_the_chart_restarts_no_server(helm: Helm, render: Render, tmp_path: Path) -> None:
    """Its version is in no pod of bus and database, in no selector, and in no service's spec."""
    chart = tmp_path / "stockbot"
    shutil.copytree(CHART, chart)
    text = (chart / "Chart.yaml").read_text()
    (chart / "Chart.yaml").write_text(text.replace("ersion: 0.1.0", "ersion: 9.9.9"))
    newer = replace(helm, chart=chart).template()
    for kind, part in (("StatefulSet", "spec"), ("TradingService", "spec"), ("Service", "spec")):
        before, after = of_kind(render(), kind), of_kind(newer, kind)
        assert {name: one[part] for name, one in after.items()} == {name: one[part] for name, one in before.items()}
    assert of_kind(newer, "StatefulSet")["bus"]["metadata"]["labels"]["helm.sh/chart"] == "stockbot-9.9.9"


def test_images_come_from_where_the_values_say(render: Render) -> None:
    """One registry for all, one's own for one, and a digest wins over a tag."""
    found = {name: spec["containers"][0]["image"] for name, _, spec in pods(render("private-registry"))}
    mirror = "registry.example.com/mirror"
    assert found["StatefulSet/bus"] == f"{mirror}/dragonflydb/dragonfly:v1.40.1"
    assert found["StatefulSet/database"] == f"{mirror}/postgres:17.6"
    assert found["Deployment/stockbot-operator"].startswith(f"{mirror}/stockbot@sha256:0123")
    logins = [spec["imagePullSecrets"] for _, _, spec in pods(render("private-registry"))]
    services = of_kind(render("private-registry"), "TradingService").values()
    assert {str(one) for one in [*logins, *(each["spec"]["imagePullSecrets"] for each in services)]} == {
        "[{'name': 'registry-login'}]"
    }


def test_secrets_of_somebody_else_are_used_and_none_is_made(render: Render) -> None:
    """Every service refers to them; the chart's own servers are not there."""
    manifests = render("external-services")
    assert not {"Secret", "StatefulSet"} & {one["kind"] for one in manifests}
    for one in of_kind(manifests, "TradingService").values():
        assert one["spec"]["bus"] == {"secretRef": {"name": "trading-bus", "key": "url"}}
        assert one["spec"]["database"] == {"secretRef": {"name": "trading-database", "key": "url"}}


def test_the_tokens_that_are_made_open_what_they_should(render: Render) -> None:
    """The file has the hash of each token and its role, as `stockbot secrets` writes it."""
    secret = of_kind(render(), "Secret")["stockbot-tokens"]["data"]
    plain = {key: decoded(value) for key, value in secret.items()}
    records = parse_tokens(plain["tokens.json"].encode(), Path("tokens.json"))
    roles = {name: getattr(find_principal(records, plain[name]), "role", None) for name in set(plain) - {"tokens.json"}}
    assert roles == {"admin": Role.ADMIN, "operator": Role.ADMIN, "service": Role.VIEWER}


def decoded(value: str) -> str:
    return yaml.safe_load(f"!!binary {value}").decode()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("values", "watched"),
    [("default", "stockbot"), ("cluster-wide", None), ("other-namespaces", "team-one,team-two")],
)
def test_which_namespaces_the_operator_looks_after(render: Render, values: str, watched: str | None) -> None:
    """Its own, all, or those that are named; and it has its Roles there."""
    manifests = render(values)
    (container,) = of_kind(manifests, "Deployment")["stockbot-operator"]["spec"]["template"]["spec"]["containers"]
    given = {one["name"]: one.get("value") for one in container["env"]}
    assert given.get("STOCKBOT_OPERATOR_NAMESPACES") == watched
    bound = {one["metadata"]["namespace"] for one in manifests if one["kind"] == "RoleBinding" and is_secrets(one)}
    assert bound == set((watched or "team-one,team-two").split(",")) | {"stockbot"}


def is_secrets(binding: dict[str, Any]) -> bool:
    return "operator" in binding["metadata"]["name"]


def test_another_release_name_is_in_the_names(render: Render) -> None:
    """Two releases never name one object of the cluster."""
    names = [set(of_kind(render(release=release), "ClusterRole")) for release in ("stockbot", "desk")]
    assert not names[0] & names[1]
    assert "desk-stockbot-operator" in of_kind(render(release="desk"), "Deployment")


@pytest.mark.parametrize(
    ("values", "says", "leaves_out"),
    [
        (
            "default",
            ["all 7 services are ready", "http://localhost:5173", "uninstall stockbot", "data-database-0"],
            ["have to bring the definition"],
        ),
        ("locked-down", ["https://stockbot.example.com", "the backups (database-backup)"], ["localhost:5173"]),
        (
            "smallest",
            ["orders, fills and cash are lost", "kubectl apply --server-side"],
            ["with the Secret that opens it"],
        ),
        (
            "cluster-wide",
            ["the TradingServices of all namespaces", "rbac.secretNamespaces"],
            ["suspend", "stockbot-tokens"],
        ),
    ],
)
def test_the_notes_say_what_to_do_next(helm: Helm, values: str, says: list[str], leaves_out: list[str]) -> None:
    """What is printed is about these values: how to wait, get in and uninstall, and what stays."""
    notes = helm.install("--dry-run=client", f"--values={CHART}/ci/{values}.yaml").partition("\nNOTES:\n")[2]
    assert [one for one in says if one not in notes] == []
    assert [one for one in leaves_out if one in notes] == []


def test_a_dashboard_of_grafana_is_what_its_file_says(render: Render) -> None:
    """Each generated file becomes one ConfigMap for the sidecar, unchanged; rules become PrometheusRules."""
    manifests = render("monitoring")
    boards = {
        json.dumps(json.loads(text))
        for one in of_kind(manifests, "ConfigMap").values()
        for text in one["data"].values()
        if one["metadata"]["labels"].get("grafana_dashboard") == "1"
    }
    files = {json.dumps(json.loads(path.read_text())) for path in (CHART / "files/dashboards").glob("*.json")}
    assert boards == files
    rules = [one["spec"] for one in of_kind(manifests, "PrometheusRule").values()]
    for path in (CHART / "files").glob("*.yaml"):
        assert yaml.safe_load(path.read_text()) in rules
