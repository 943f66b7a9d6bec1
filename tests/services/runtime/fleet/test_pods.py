"""A pod in one word, and why."""

from typing import Any

import msgspec
import pytest

from stockbot.runtime.fleet import Condition, Instance
from stockbot.runtime.fleet.objects import Pod
from stockbot.runtime.fleet.pods import instance_of
from stockbot.testing.clock import START
from stockbot.testing.cluster_scenes import crashing, pod


def instance(given: dict[str, Any]) -> Instance:
    return instance_of(msgspec.convert(given, Pod))


def waiting(reason: str, message: str) -> dict[str, Any]:
    return {"containerStatuses": [{"state": {"waiting": {"reason": reason, "message": message}}}], "phase": "Pending"}


def test_a_ready_pod() -> None:
    """With its node and when it started."""
    told = Instance(name="a", condition=Condition.READY, since=START, place="node-1")
    assert instance(pod("a", "risk", START)) == told


def test_a_crash_loop_ends_with_its_last_words() -> None:
    """The termination message is what the log said last: nobody has to read the log."""
    told = instance(crashing(START))
    assert (told.condition, told.restarts) == (Condition.RESTARTING, 4)
    assert told.reason == "CrashLoopBackOff: Error, exit code 2: STOCKBOT_BUS_URL is missing"


@pytest.mark.parametrize(
    ("status", "condition", "reason"),
    [
        (waiting("ImagePullBackOff", "no such image"), Condition.NOT_READY, "ImagePullBackOff: no such image"),
        (waiting("ContainerCreating", ""), Condition.STARTING, ""),
        ({"phase": "Running"}, Condition.NOT_READY, "its /readyz says not ready"),
        ({"phase": "Failed", "reason": "Evicted"}, Condition.NOT_READY, "Evicted"),
        ({"phase": "Pending"}, Condition.STARTING, ""),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "full"}]},
            Condition.WAITING,
            "Unschedulable: full",
        ),
        (
            {"containerStatuses": [{"state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}]},
            Condition.RESTARTING,
            "OOMKilled, exit code 137",
        ),
    ],
)
def test_what_keeps_a_pod_from_its_work(status: dict[str, Any], condition: Condition, reason: str) -> None:
    """Each cause in the words of Kubernetes."""
    told = instance(pod("a", "risk", START, **status))
    assert (told.condition, told.reason) == (condition, reason)


def test_a_pod_that_ends_is_said() -> None:
    """It drains, however ready it says it is."""
    given = pod("a", "risk", START)
    given["metadata"]["deletionTimestamp"] = "2026-03-02T15:00:00Z"
    assert instance(given).condition is Condition.STOPPING
