"""The platform as a person gets it: `helm install` on a real node, real pods, and everything that happens to a release.

One release lives through the tests of this file, in their order; each leaves it whole for the next. `make test-e2e`.
"""

import json
import shlex
import time
from pathlib import Path

import httpx
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from tests.cluster import readme
from tests.cluster.chart_at_work import SERVICES
from tests.cluster.helm import Helm
from tests.cluster.namespaces import eventually
from tests.cluster.node import invariants, leftovers
from tests.cluster.node.images import STOCKBOT
from tests.cluster.node.node import Node
from tests.cluster.node.release import PATIENCE_SECONDS, VALUES, Release, identity

from stockbot.testing.browser import complaints, page_text, wait_until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300)]

LIMIT = "platform.services.riskGuardian.spec.riskGuardian.limits.maxOrderNotional"
INSTALL, WAIT, SHOW, TEST, TOKEN, FORWARD = readme.with_helm()
NAMESPACE = "stockbot"
KEPT = leftovers.of_namespace(NAMESPACE) | {
    "CustomResourceDefinition//tradingservices.stockbot.dev",
    "APIService//v1alpha1.stockbot.dev",
    f"PersistentVolumeClaim/{NAMESPACE}/data-database-0",
    f"Secret/{NAMESPACE}/stockbot-database",
}
NEXT = "docker.io/library/stockbot:0.1.1"


def make(node: Node, folder: Path, namespace: str, name: str = "stockbot") -> Release:
    home = folder / namespace
    home.mkdir()
    return Release(node, Helm(home, node.cluster.kubeconfig, namespace), name)


@pytest.fixture(scope="module")
def before(node: Node) -> set[str]:
    """What the cluster had before anybody installed anything."""
    return leftovers.everything(node.cluster)


@pytest.fixture(scope="module")
def release(node: Node, before: set[str], tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Install the chart as README says, with the images of this machine."""
    assert before
    release = make(node, tmp_path_factory.mktemp("helm"), NAMESPACE)
    release.make_namespace()
    release.helm.shell(f"{INSTALL} {shlex.quote(VALUES)}")
    return release


def assert_sound(release: Release) -> None:
    """The books are right to the cent, as soon as what is on its way has arrived."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with release.sql() as connection:
            found = invariants.complaints(connection)
        if not found:
            return
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


def assert_whole(release: Release) -> None:
    """Ready again, a share can be bought, and the books are right to the cent."""
    release.wait_until_ready()
    release.trade()
    assert_sound(release)


def unchanged(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Services whose pod is the same, without a restart."""
    return {name for name in SERVICES if before[name] == after.get(name)}


def test_seven_services_become_ready(release: Release) -> None:
    """`helm install`, nothing else: seven services are ready, no container started twice, a share is bought."""
    release.helm.shell(WAIT)
    assert_whole(release)
    assert release.helm.shell(SHOW).count("AllReplicasReady") == len(SERVICES)
    assert {
        name: identity.split(" ")[1] for name, identity in release.identities().items() if "[0]" not in identity
    } == {}


def test_helm_test(release: Release) -> None:
    """`helm test` says that all is well."""
    assert "Phase:          Succeeded" in release.helm.shell(TEST)


def test_the_books_checks_can_complain(release: Release) -> None:
    """Each query of the invariants notices a loss; nothing of it is kept."""
    with release.sql() as connection:
        connection.execute(
            "DELETE FROM execution_executions WHERE number = (SELECT max(number) FROM execution_executions)"
        )
        connection.execute("UPDATE risk_decisions SET outcome = 'denied'")
        found = " ".join(invariants.complaints(connection))
        connection.rollback()
    assert "an order without an approval" in found
    assert "broker and engine see differently" in found
    assert "not in the ledger" in found


def test_the_console_shows_prices_and_a_trade(release: Release, browser: Chrome) -> None:
    """Through `kubectl port-forward`: signed in with the token of README, prices move, and a trade is explained."""
    with release.console(FORWARD) as url:
        browser.get(f"{url}/login?redirect_to=/")
        browser.find_element(By.NAME, "token").send_keys(release.helm.shell(TOKEN), Keys.ENTER)
        wait_until(browser, lambda driver: "admin \N{MIDDLE DOT} admin" in page_text(driver), "the name")
        wait_until(browser, price, "a price")
        first = price(browser)
        wait_until(browser, lambda driver: price(driver) != first, "another price")
        signal = release.order("SPY")
        eventually(lambda: release.is_booked(signal), "the order is not booked")
        browser.get(f"{url}/explain/{signal}")
        wait_until(browser, lambda driver: "bought 1 SPY" in page_text(driver), "the trade in the ledger")
        assert complaints(browser) == []


def price(browser: Chrome) -> str:
    script = "return document.querySelector(\".ag-row[row-id='AAPL'] [col-id='last']\")?.textContent ?? ''"
    return str(browser.execute_script(script))


def test_a_patch_halts_and_loosens(release: Release) -> None:
    """`kubectl patch` to Halted: no new order from then on and no restart; patched back, orders are taken again."""
    before = release.identities()
    declare(release, "Halted")
    signal = release.order()
    eventually(lambda: release.decision(signal) is not None, "no decision")
    assert (release.decision(signal) or {})["outcome"] == "denied"
    assert release.ask("execution-engine", "orders", correlationid=signal)["items"] == []
    service = release.read("tradingservice", "risk-guardian")
    assert service["status"]["riskGuardian"] == {"declared": "Halted", "effective": "Halted"}
    declare(release, "Active")
    assert_whole(release)
    assert unchanged(before, release.identities()) == set(SERVICES)


def declare(release: Release, state: str) -> None:
    """Patch, and wait until it counts; how long that took is for whoever reads the test's output."""
    patch = json.dumps({"spec": {"riskGuardian": {"tradingState": state}}})
    release.kubectl("patch", "tradingservice", "risk-guardian", "--type=merge", f"--patch={patch}")
    started = time.monotonic()
    asked = ("risk-guardian", "trading-state")
    eventually(lambda: release.ask(*asked)["effective"] == state, f"the trading state is not {state}")
    print(f"{state} after {time.monotonic() - started:.2f} s")  # noqa: T201


def test_killed_pods_come_back(release: Release) -> None:
    """All seven pods are killed at once, with an order on its way: it is booked once, and nothing is lost."""
    signal = release.order()
    release.kubectl("delete", "pods", "--selector=stockbot.dev/service", "--grace-period=0", "--force")
    assert_whole(release)
    release.wait_until_over(signal)


def test_the_operator_is_killed(release: Release) -> None:
    """Its pods are killed: the services go on, and what was broken meanwhile is mended when it is back."""
    before = release.identities()
    operators = ("pods", "--selector=app.kubernetes.io/name=stockbot-operator")
    killed = {pod["metadata"]["name"] for pod in release.read(*operators)["items"]}
    release.kubectl("delete", *operators, "--grace-period=0", "--force")
    release.kubectl("delete", "service", "alert-manager")
    release.trade()
    eventually(lambda: "alert-manager" in names(release, "services"), "the Service is not mended", PATIENCE_SECONDS)
    release.kubectl("rollout", "status", "deployment/stockbot-operator", "--timeout=120s")
    assert_whole(release)
    assert len(killed) == 2
    assert killed.isdisjoint(release.identities())
    assert unchanged(before, release.identities()) == set(SERVICES)


def names(release: Release, kind: str) -> set[str]:
    return {item["metadata"]["name"] for item in release.read(kind)["items"]}


def test_the_kubelet_restarts(release: Release) -> None:
    """The node's agent is killed and comes back: containers run on, and a new pod can start."""
    before = release.identities()
    release.node.kill("kubelet")
    release.trade()
    release.kubectl("delete", "pod", release.pods()["alert-manager"]["metadata"]["name"])
    assert_whole(release)
    assert unchanged(before, release.identities()) == set(SERVICES) - {"alert-manager"}


def test_the_bus_forgets_everything(release: Release) -> None:
    """The bus's pod is killed, and its data with it: SQL is the truth, so no order and no cent is missing."""
    before = release.identities()
    bus = identity(release.pods()["bus-0"])
    signal = release.order()
    release.kubectl("delete", "pod", "bus-0", "--grace-period=0", "--force")
    assert_whole(release)
    assert identity(release.pods()["bus-0"]) != bus
    release.wait_until_over(signal)
    assert unchanged(before, release.identities()) == set(SERVICES)


def test_a_changed_limit_touches_risk_alone(release: Release) -> None:
    """`helm upgrade` with another limit: the Risk Guardian starts anew with it, and no other pod does."""
    before = release.identities()
    release.upgrade(f"--set-string={LIMIT}=12345")
    eventually(lambda: "risk-guardian" not in unchanged(before, release.identities()), "nothing starts anew")
    assert_whole(release)
    assert unchanged(before, release.identities()) == set(SERVICES) - {"risk-guardian"}
    assert "12345" in json.dumps(release.ask("risk-guardian", "limits"))


def test_a_new_version_waits_and_goes_back(release: Release) -> None:
    """A new image while the exchange is open, window MarketClosed: the pods wait, and `helm rollback` takes it back."""
    release.upgrade("--set=platform.defaults.rollout.window=MarketClosed")
    release.wait_until_ready()
    before = release.identities()
    release.node.tag(STOCKBOT, NEXT)
    release.upgrade("--set=image.tag=0.1.1")
    eventually(lambda: len(waiting(release)) == len(SERVICES), "the roll-outs do not wait", PATIENCE_SECONDS)
    release.kubectl("rollout", "status", "deployment/stockbot-operator", "--timeout=120s")
    assert unchanged(before, release.identities()) == set(SERVICES)
    release.trade()
    release.helm.run("rollback", release.name)
    eventually(lambda: not waiting(release), "the roll-outs still wait", PATIENCE_SECONDS)
    assert_whole(release)
    assert unchanged(before, release.identities()) == set(SERVICES)


def waiting(release: Release) -> set[str]:
    """Services whose roll-out waits until the exchange is closed."""
    found = release.read("tradingservices")["items"]
    reasons = {
        item["metadata"]["name"]: one["reason"]
        for item in found
        for one in item["status"]["conditions"]
        if one["type"] == "Progressing"
    }
    return {name for name, reason in reasons.items() if reason == "WaitingForMarketClose"}


def test_two_releases_side_by_side(release: Release, node: Node, tmp_path: Path) -> None:
    """Another name in another namespace: both trade, each operator looks after its own, and one can be taken away."""
    before = release.identities()
    desk = make(node, tmp_path, "desk", "paper-desk")
    desk.install()
    assert_whole(desk)
    assert release.token != desk.token
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        httpx.get(f"http://{desk.address('risk-guardian')}/api/v1/limits", headers=release.headers()).raise_for_status()
    take_away(desk)
    node.cluster.kubectl("delete", "namespace", "desk", "--wait=true", "--timeout=120s")
    assert_whole(release)
    assert unchanged(before, release.identities()) == set(SERVICES)


def test_uninstall_leaves_the_definition_and_the_data(release: Release, node: Node, before: set[str]) -> None:
    """In the order of the notes: the definition stays, and the database's volume with its Secret."""
    take_away(release)
    eventually(
        lambda: leftovers.everything(node.cluster) - before == KEPT, f"{KEPT} is not what is left", PATIENCE_SECONDS
    )


def take_away(release: Release) -> None:
    """Suspend, wait, uninstall: while bus and database are there, services finish what is in flight at once."""
    for name in SERVICES:
        release.kubectl("patch", "tradingservice", name, "--type=merge", '--patch={"spec":{"suspend":true}}')
    release.kubectl("wait", "--for=delete", "pod", "--selector=stockbot.dev/type", "--timeout=120s")
    release.helm.uninstall(release.name)


def test_installed_again_it_goes_on(release: Release) -> None:
    """The same name in the same namespace finds its volume: cash and orders of before are there."""
    release.install()
    release.__dict__.pop("token", None)
    assert_whole(release)
    entries = release.ask("portfolio-manager", "ledger", limit="200")["items"]
    assert len(entries) > 3
