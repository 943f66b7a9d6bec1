"""The pages of services without a browser: what they say, and what may be done, on one machine and on a cluster."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC
from pathlib import Path

import pytest
import structlog

from stockbot.fleet import Condition, Instance, Service
from stockbot.runtime.fleet import ClusterFleet, LocalFleet
from stockbot.runtime.fleet.report import Report, take_wishes, write_report
from stockbot.runtime.kubernetes import Api, of_kubeconfig
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.cluster_scenes import crashing, events, services
from stockbot.testing.console_desk import Desk, open_desk
from stockbot.testing.fake_service import running
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.kubernetes import ACCOUNT, FakeKubernetes
from stockbot_console.steward import Steward
from stockbot_console.view_models.services import service_row

ROOT = "sbt_root"
LOCAL = (
    Service(
        name="risk-guardian",
        type="RiskGuardian",
        condition=Condition.NOT_READY,
        reason="bus: the bus is away",
        wanted=1,
        endpoint="http://localhost:3002",
        since=START,
        instances=(
            Instance(
                name="risk-guardian", condition=Condition.NOT_READY, since=START, restarts=2, place="/logs/risk.log"
            ),
        ),
    ),
    Service(name="dashboard", type="Dashboard", condition=Condition.SUSPENDED),
)


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with running(FakeGateway()) as fake:
        yield fake


@pytest.fixture
def kubernetes() -> Iterator[FakeKubernetes]:
    with running(FakeKubernetes(services=services(START), pods=[crashing(START)], events=events(START))) as fake:
        yield fake


@pytest.fixture
async def cluster(gateway: FakeGateway, kubernetes: FakeKubernetes, tmp_path: Path) -> AsyncIterator[Desk]:
    fleet = ClusterFleet(Api(of_kubeconfig(kubernetes.kubeconfig(tmp_path))), FixedClock())
    async with open_desk(gateway, steward=Steward(fleet)) as desk:
        await desk.ask()
        yield desk


@pytest.fixture
async def laptop(gateway: FakeGateway, tmp_path: Path) -> AsyncIterator[Desk]:
    write_report(tmp_path, Report(pid=1, at=START, services=LOCAL))
    async with open_desk(gateway, steward=Steward(LocalFleet(tmp_path, FixedClock()))) as desk:
        await desk.ask()
        yield desk


async def test_a_cluster_is_one_table(cluster: Desk, kubernetes: FakeKubernetes) -> None:
    """Condition, reason, replicas and endpoint of each, and which namespace it is."""
    await cluster.user.open("/services")
    for words in (
        f"namespace stockbot of {kubernetes.url}",
        "3 of 5 are well",
        "SecretNotFound: alpaca; make it in this namespace",
        "SUSPENDED",
        "UNKNOWN",
        "2/2",
        "http://risk-guardian.stockbot.svc:3002",
    ):
        await cluster.user.should_see(words)


async def test_a_service_has_its_pods_conditions_and_events(cluster: Desk) -> None:
    """And the trading state that is in effect."""
    await cluster.user.open("/services/risk-guardian")
    for words in (
        "Reducing in effect, Active declared",
        "CrashLoopBackOff: Error, exit code 2: STOCKBOT_BUS_URL is missing",
        "4 restarts",
        "AllReplicasReady: 1 of 1 replicas ready",
        "Back-off restarting failed container",
        "7 times",
    ):
        await cluster.user.should_see(words)
    await cluster.user.open("/services/none")
    await cluster.user.should_see("There are: dashboard, execution-engine, market-data-gateway, risk, risk-guardian.")


async def test_a_change_reaches_the_resource_and_the_audit_log(cluster: Desk, kubernetes: FakeKubernetes) -> None:
    """With who asked and why, in both; the page says that the operator has not acted on it yet."""
    await cluster.sign_in(ROOT)
    await cluster.user.open("/services/market-data-gateway")
    with structlog.testing.capture_logs() as lines:
        await cluster.answer("scale-market-data-gateway", {"reason": " more symbols ", "choice": "4"})
        await cluster.user.should_see("The operator has not acted on the last change yet.")
    (act,) = kubernetes.acts
    assert act.body == {
        "metadata": {
            "annotations": {"stockbot.dev/changed-by": "root", "stockbot.dev/changed-because": "more symbols"}
        },
        "spec": {"replicas": 4},
    }
    (line,) = [one for one in lines if one["event"] == "audit"]
    assert (line["who"], line["role"], line["what"], line["subject"]) == (
        "root",
        "admin",
        "scale to 4",
        "market-data-gateway",
    )
    assert (line["why"], line["outcome"]) == ("more symbols", "taken on")


async def test_suspend_resume_and_restart(cluster: Desk, kubernetes: FakeKubernetes) -> None:
    """Each behind its confirmation; a suspension only with the word typed."""
    await cluster.sign_in(ROOT)
    await cluster.user.open("/services/risk-guardian")
    await cluster.answer("suspend-risk-guardian", {"reason": "x", "word": "suspend"})
    await cluster.user.should_see("Type SUSPEND to confirm. Nothing was done.")
    assert kubernetes.acts == []
    cluster.user.find(marker="confirmation").trigger("submit", {"reason": "x", "word": "SUSPEND"})
    await cluster.answer("resume-risk-guardian", {"reason": "x"})
    await cluster.answer("restart-risk-guardian", {"reason": "x"})
    await cluster.user.should_see("Asked risk-guardian to restart.")
    assert [act.body.get("spec") for act in kubernetes.acts] == [{"suspend": True}, {"suspend": False}, None]
    annotations = kubernetes.acts[-1].body["metadata"]["annotations"]
    assert annotations["stockbot.dev/restartedAt"] == "2026-03-02T15:00:00+00:00"


async def test_a_right_that_the_console_has_not_is_named(cluster: Desk, kubernetes: FakeKubernetes) -> None:
    """In the dialog, which stays open, and in the audit log."""
    kubernetes.forbid("patch", "tradingservices", "stockbot.dev")
    await cluster.sign_in(ROOT)
    await cluster.user.open("/services/risk-guardian")
    with structlog.testing.capture_logs() as lines:
        await cluster.answer("restart-risk-guardian", {"reason": "x"})
        told = f"patch on tradingservices.stockbot.dev in the namespace stockbot, for {ACCOUNT}."
        await cluster.user.should_see(f"The right that is missing: {told}")
    assert any(one["event"] == "audit" and one["outcome"].startswith("refused: ") for one in lines)


async def test_only_an_admin_has_buttons(cluster: Desk, kubernetes: FakeKubernetes) -> None:
    """Everybody else is told why; and the role is checked again in the act."""
    for token in ("", "sbt_vera", "sbt_ada"):
        if token:
            await cluster.sign_in(token)
        await cluster.user.open("/services/risk-guardian")
        await cluster.user.should_see("needs the role admin")
        await cluster.user.should_not_see(marker="restart-risk-guardian")
    await cluster.sign_in(ROOT)
    await cluster.user.open("/services/risk-guardian")
    cluster.user.find(marker="restart-risk-guardian").click()
    await cluster.user.should_see(marker="confirmation")
    cluster.tokens.known = {}
    cluster.user.find(marker="confirmation").trigger("submit", {"reason": "x"})
    await cluster.user.should_see("You are not signed in any more.")
    assert kubernetes.acts == []


async def test_what_may_not_be_read_is_said_in_its_place(cluster: Desk, kubernetes: FakeKubernetes) -> None:
    """Without the right to events, or to pods, the rest is shown."""
    kubernetes.forbid("list", "events")
    kubernetes.forbid("list", "pods")
    await cluster.user.open("/services/risk-guardian")
    await cluster.user.should_see("Its events are not known")
    await cluster.user.should_see(f"The right that is missing: list on pods in the namespace stockbot, for {ACCOUNT}.")
    await cluster.user.should_see("AllReplicasReady: 1 of 1 replicas ready")


@pytest.mark.parametrize("status", [410, 429, 500, 503])
async def test_a_cluster_that_does_not_answer_leaves_what_was_known(
    cluster: Desk, kubernetes: FakeKubernetes, status: int
) -> None:
    """With the reason above it; once it answers again, the reason is gone."""
    await cluster.user.open("/services")
    kubernetes.refused["list", "tradingservices"] = (status, "not today")
    await cluster.ask()
    await cluster.user.should_see("This may be out of date.")
    await cluster.user.should_see("2/2")
    kubernetes.refused.clear()
    await cluster.ask()
    await cluster.user.should_not_see("This may be out of date.")


async def test_a_console_that_never_had_an_answer_says_why(gateway: FakeGateway, tmp_path: Path) -> None:
    """No empty table: the reason, or that there is nothing yet."""
    with running(FakeKubernetes()) as kubernetes:
        fleet = ClusterFleet(Api(of_kubeconfig(kubernetes.kubeconfig(tmp_path))), FixedClock())
        async with open_desk(gateway, steward=Steward(fleet)) as desk:
            await desk.user.open("/services")
            await desk.user.should_see("has not been asked yet")
            kubernetes.broken = b"<html>"
            await desk.ask()
            await desk.user.should_see("not what an API server says")
            kubernetes.broken = None
            await desk.ask()
            await desk.user.should_see("There is no TradingService.")


async def test_a_laptop_shows_its_processes(laptop: Desk, tmp_path: Path) -> None:
    """The same table; a service's page names the log."""
    await laptop.user.open("/services")
    for words in (f"stockbot up over {tmp_path}", "1 of 2 are well", "bus: the bus is away", "NOT READY", "SUSPENDED"):
        await laptop.user.should_see(words)
    await laptop.user.open("/services/risk-guardian")
    for words in ("Processes", "2 restarts", "/logs/risk.log"):
        await laptop.user.should_see(words)
    await laptop.user.should_not_see("Events")


async def test_the_bus_server_has_a_page_too(laptop: Desk, tmp_path: Path) -> None:
    """Its name holds a space; nothing can be asked of it."""
    bus = Service(name="bus server", type="embedded bus", condition=Condition.READY, ready=1, wanted=1)
    write_report(tmp_path, Report(pid=1, at=START, services=(*LOCAL, bus)))
    await laptop.ask()
    await laptop.sign_in(ROOT)
    await laptop.user.open(service_row(bus, UTC).path)
    await laptop.user.should_see("embedded bus")
    await laptop.user.should_not_see(marker="restart-bus server")


async def test_a_laptop_restarts_a_service(laptop: Desk, tmp_path: Path) -> None:
    """By a wish for `stockbot up`; the documents say the rest."""
    await laptop.sign_in(ROOT)
    await laptop.user.open("/services/risk-guardian")
    await laptop.user.should_not_see(marker="suspend-risk-guardian")
    await laptop.answer("restart-risk-guardian", {"reason": "slow"})
    await laptop.user.should_see("Asked risk-guardian to restart.")
    (wish,) = take_wishes(tmp_path, START)
    assert (wish.restart, wish.who, wish.why) == ("risk-guardian", "root", "slow")


async def test_a_silent_stockbot_up_is_said(laptop: Desk, tmp_path: Path) -> None:
    """What it said last is shown as that."""
    await laptop.user.open("/services")
    (tmp_path / "services.json").unlink()
    await laptop.ask()
    await laptop.user.should_see("This may be out of date. No platform reports in")


async def test_a_console_of_its_own_says_how_to_see_services(gateway: FakeGateway) -> None:
    """Started by hand, it belongs to nothing that could tell."""
    async with open_desk(gateway) as desk:
        for path in ("/services", "/services/risk-guardian"):
            await desk.user.open(path)
            await desk.user.should_see("Nobody says how the services stand")
