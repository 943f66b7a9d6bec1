"""Two operators: of one installation one acts and the other stands by, and another installation keeps its hands off."""

import signal
import time
from dataclasses import replace
from pathlib import Path

from tests.cluster.bench_of_services import Bench, a_service
from tests.cluster.namespaces import eventually
from tests.cluster.operator_fixtures import bench, quiet_bench
from tests.cluster.operator_process import OperatorProcess

__all__ = ["bench", "quiet_bench"]


def second(bench: Bench, tmp_path: Path, **further: str) -> OperatorProcess:
    """Another process beside the first."""
    return replace(
        bench.operator,
        log=tmp_path / "second.log",
        further={"IDENTITY": "operator-1", **further},
        process=None,
        port=0,
    )


def test_a_standby_takes_over_within_20_seconds_of_a_kill(bench: Bench, tmp_path: Path) -> None:
    """The Lease of a dead leader runs out; at no time do two lead."""
    standby = second(bench, tmp_path)
    standby.start()
    try:
        assert not standby.is_leading()
        bench.operator.kill()
        killed = time.monotonic()
        eventually(standby.is_leading, "nobody leads", 20)
        assert time.monotonic() - killed < 20
        bench.apply(a_service())
        bench.until_ready("alerts")
    finally:
        standby.kill()


def test_a_standby_takes_over_within_3_seconds_of_a_sigterm(bench: Bench, tmp_path: Path) -> None:
    """A leader that is asked to stop lets go of the Lease last."""
    standby = second(bench, tmp_path)
    standby.start()
    try:
        asked = time.monotonic()
        assert bench.operator.stop() == 0
        eventually(standby.is_leading, "nobody leads", 5)
        assert time.monotonic() - asked < 3
    finally:
        standby.kill()


def test_decision_8_a_leader_that_was_stopped_past_its_lease_writes_nothing(bench: Bench, tmp_path: Path) -> None:
    """SIGSTOP, another takes over, SIGCONT: the old one sees on its own clock that its time is up."""
    bench.apply(a_service())
    bench.until_ready("alerts")
    standby = second(bench, tmp_path)
    standby.start()
    try:
        bench.operator.send(signal.SIGSTOP)
        eventually(standby.is_leading, "nobody leads", 20)
        bench.operator.send(signal.SIGCONT)
        eventually(lambda: not bench.operator.is_leading(), "two lead", 5)
        holder = bench.get("leases", "stockbot-operator")["spec"]["holderIdentity"]
        assert holder == "operator-1"
        bench.delete("services", "alerts")
        eventually(lambda: bool(bench.get("services", "alerts")), "nobody heals")
    finally:
        bench.operator.send(signal.SIGCONT)
        standby.kill()


def test_a_second_operator_over_the_same_namespace_is_refused(bench: Bench, tmp_path: Path) -> None:
    """Another installation, with a Lease of its own, sees the claim and keeps its hands off."""
    bench.apply(a_service())
    bench.until_ready("alerts")
    intruder = second(bench, tmp_path, NAMESPACE="default", DEFAULT_IMAGE="intruder:1")
    intruder.start()
    try:
        eventually(intruder.is_leading, "it leads its own installation")
        eventually(lambda: "is looked after by" in intruder.get("/readyz").text, "it does not say so")
        time.sleep(2)
        (container,) = bench.get("deployments", "alerts")["spec"]["template"]["spec"]["containers"]
        assert container["image"] == "stockbot:0.1.0"
    finally:
        intruder.stop()
