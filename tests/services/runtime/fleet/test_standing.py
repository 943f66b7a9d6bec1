"""How a TradingService stands, told from its resource."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from stockbot.runtime.fleet import Condition, Service
from stockbot.runtime.fleet.objects import TradingService
from stockbot.runtime.fleet.standing import service_of
from stockbot.testing.clock import START
from stockbot.testing.cluster_scenes import condition, services, trading_service


def stand(resource: dict[str, Any]) -> Service:
    return service_of(msgspec.convert(resource, TradingService))


def test_five_services_are_told_in_their_words() -> None:
    """Well, sharded, waiting for a Secret, suspended, and not looked at yet."""
    told = [(one.condition, f"{one.ready}/{one.wanted}", one.reason) for one in map(stand, services(START))]
    assert told == [
        (Condition.READY, "1/1", ""),
        (Condition.READY, "2/2", ""),
        (Condition.NOT_READY, "0/1", "SecretNotFound: alpaca; make it in this namespace"),
        (Condition.SUSPENDED, "0/0", ""),
        (
            Condition.UNKNOWN,
            "0/1",
            "The operator has written no status yet: does it run, and does it watch this namespace?",
        ),
    ]


def test_endpoint_and_age_are_the_resources_own() -> None:
    """The age is that of the resource, as kubectl shows it."""
    told = stand(services(START)[0])
    assert (told.endpoint, told.since) == ("http://risk-guardian.stockbot.svc:3002", START - timedelta(hours=3))


def test_a_ready_service_with_something_wrong_says_it() -> None:
    """Ready, and degraded: the words are those of the second."""
    told = stand(
        trading_service(
            "risk-guardian",
            "RiskGuardian",
            START,
            condition("Ready", True, "AllReplicasReady", "1 of 1 replicas ready", START),
            condition("Degraded", True, "DeclaredStateNotTold", "the Risk Guardian was not told", START),
        )
    )
    assert (told.condition, told.is_degraded) == (Condition.READY, True)
    assert told.reason == "DeclaredStateNotTold: the Risk Guardian was not told"


@pytest.mark.parametrize(
    ("reason", "is_on_its_way"), [("Starting", True), ("NotReady", False), ("Unschedulable", False)]
)
def test_a_start_is_no_fault(reason: str, is_on_its_way: bool) -> None:
    """What is only on its way is starting; everything else is not ready."""
    ready = condition("Ready", False, reason, "0 of 1 replicas ready", START)
    told = stand(trading_service("a", "RiskGuardian", START, ready, ready=0))
    assert told.condition is (Condition.STARTING if is_on_its_way else Condition.NOT_READY)


def test_a_status_of_an_older_document_is_said() -> None:
    """Until the operator has acted on a change, what it says is about the document before."""
    resource = services(START)[0]
    resource["metadata"]["generation"] = 2
    assert stand(resource).reason == (
        "The operator has not acted on the last change yet. AllReplicasReady: 1 of 1 replicas ready"
    )


def test_a_deleted_service_is_said() -> None:
    """While garbage collection is at work."""
    resource = services(START)[0]
    resource["metadata"]["deletionTimestamp"] = "2026-03-02T15:00:00Z"
    assert stand(resource).condition is Condition.DELETED


def test_its_page_tells_more() -> None:
    """The trading state in effect, the image, a pause, and who changed it last and why."""
    resource = services(START)[0]
    resource["spec"] |= {"dependsOn": ["a", "b"], "image": "registry/stockbot:1"}
    resource["metadata"]["annotations"] = {
        "stockbot.dev/paused": "true",
        "stockbot.dev/changed-by": "ada",
        "stockbot.dev/changed-because": "a new node",
    }
    assert dict(stand(resource).facts) == {
        "Trading state": "Reducing in effect, Active declared",
        "Depends on": "a, b",
        "Image": "registry/stockbot:1",
        "Paused": "the annotation stockbot.dev/paused keeps the operator away from it",
        "Last changed here": "ada: a new node",
    }
    assert [one.type for one in stand(resource).statements] == ["Ready", "Degraded"]
