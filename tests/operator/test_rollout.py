"""When pods may be replaced: the exchange's sessions, and what overrides them."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.operator import sights

from stockbot_operator.build import build
from stockbot_operator.kube.objects import Material
from stockbot_operator.names import ROLLOUT_NOW, TEMPLATE_HASH
from stockbot_operator.rollout import Waits, holds_back, is_settling
from stockbot_operator.seen import Seen

WINDOW = {"window": "MarketClosed"}
OPEN, CLOSED = frozenset({"XNYS"}), frozenset[str]()


def decide(item: Any, *, template: str = "old", **changes: Any) -> Waits | None:
    given: dict[str, Any] = {"pods": [sights.pod()], "open_exchanges": OPEN} | changes
    seen: Seen = sights.seen(item, owned=sights.deployment(annotations={TEMPLATE_HASH: template}), **given)
    assert seen.document is not None
    return holds_back(seen, seen.document, build(seen, seen.document, "stockbot:1"))


def test_it_waits_while_the_exchange_is_open() -> None:
    """The words name the exchange and the way around it."""
    waits = decide(sights.resource(rollout=WINDOW))
    assert waits is not None
    assert "XNYS is closed" in waits.words
    assert ROLLOUT_NOW in waits.words


def test_an_unknown_calendar_waits_too() -> None:
    """Nobody is restarted in the middle of a session because a calendar could not be computed."""
    assert decide(sights.resource(rollout=WINDOW), open_exchanges=None) is not None


@pytest.mark.parametrize(
    ("item", "changes"),
    [
        (sights.resource(rollout=WINDOW), {"open_exchanges": CLOSED}),
        (sights.resource(), {}),
        (sights.resource(rollout=WINDOW, annotations={ROLLOUT_NOW: "true"}), {}),
        (sights.resource(rollout=WINDOW), {"pods": [sights.pod(ready=False)]}),
        (sights.resource(rollout=WINDOW), {"pods": []}),
        (sights.resource(rollout=WINDOW, suspend=True), {}),
    ],
)
def test_it_does_not_wait(item: Any, changes: dict[str, Any]) -> None:
    """Closed, no window asked for, told to go on, nothing ready to lose, or stopped on purpose."""
    assert decide(item, **changes) is None


def test_an_unchanged_template_is_no_rollout() -> None:
    """Drift of the Deployment heals at any time: only a new template waits."""
    seen = sights.seen(sights.resource(rollout=WINDOW))
    assert seen.document is not None
    manifest = next(one for one in build(seen, seen.document, "stockbot:1") if one["kind"] == "Deployment")
    template = manifest["metadata"]["annotations"][TEMPLATE_HASH]
    assert decide(sights.resource(rollout=WINDOW), template=template) is None


def test_a_shard_that_was_deleted_by_hand_comes_back_while_the_exchange_is_open() -> None:
    """No template changes: without its Deployment the shard's symbols would have no prices until the close."""
    item = sights.resource("alerts", "StrategyOrchestrator", replicas=2, rollout=WINDOW)
    seen = sights.seen(item, pods=[sights.pod(shards="2")], open_exchanges=OPEN)
    assert seen.document is not None
    wanted = build(seen, seen.document, "stockbot:1")
    template = next(one for one in wanted if one["kind"] == "Deployment")["metadata"]["annotations"][TEMPLATE_HASH]
    owned = sights.deployment(annotations={TEMPLATE_HASH: template})
    left = sights.seen(item, pods=[sights.pod(shards="2")], open_exchanges=OPEN, owned=owned)
    assert holds_back(left, seen.document, wanted) is None


BUS = ("Secret", "stockbot-bus")


def test_a_secret_that_is_deleted_takes_down_no_pod_that_runs() -> None:
    """Deleted and made anew it would be two restarts, and the first of them into nothing."""
    waits = decide(sights.resource(), materials={BUS: None})
    assert waits is not None
    assert waits.reason == "WaitingForSecret"
    assert "stockbot-bus" in waits.words
    now = sights.resource(annotations={ROLLOUT_NOW: "true"}, rollout=WINDOW)
    assert decide(now, materials={BUS: Material()}) is not None
    assert decide(sights.resource(), materials={BUS: Material(data={"url": "eA=="})}) is None


def test_a_secret_that_is_absent_holds_up_no_first_start_and_no_stop() -> None:
    """Without a ready pod there is nothing to lose, and a suspended service is to stop."""
    assert decide(sights.resource(), materials={BUS: None}, pods=[]) is None
    assert decide(sights.resource(suspend=True), materials={BUS: None}) is None


def made(item: Any, seconds_ago: float) -> Any:
    moment = sights.NOW - timedelta(seconds=seconds_ago)
    return replace(item, metadata=replace(item.metadata, creation_timestamp=moment))


@pytest.mark.parametrize(
    ("item", "gateway", "settling"),
    [
        (made(sights.resource(), 60), made(sights.gateway(), 0.5), True),
        (made(sights.resource(), 60), made(sights.gateway(), 2), False),
        (made(sights.resource(), 60), made(sights.gateway(), -3600), False),  # clocks that disagree hold nothing up
        (made(sights.resource("risk", "RiskGuardian"), 60), made(sights.gateway(), 0.5), False),
    ],
)
def test_who_asks_all_others_starts_once_they_are_there(item: Any, gateway: Any, *, settling: bool) -> None:
    """Seven documents applied at once are one start of the console and of the alerts, not seven."""
    seen = sights.seen(item, peers=[gateway])
    assert seen.document is not None
    assert is_settling(seen, seen.document) is settling
    running = sights.seen(item, peers=[gateway], owned=sights.deployment(item.metadata.name))
    assert not is_settling(running, seen.document)


def test_the_gateways_exchanges_count() -> None:
    """A namespace that trades in Frankfurt does not wait for New York."""
    gateway = sights.gateway()
    sets = [{"name": "dax", "exchange": "XFRA", "symbols": ["SAP"], "providers": ["demo"]}]
    gateway.spec["marketDataGateway"]["symbolSets"] = sets
    assert decide(sights.resource(rollout=WINDOW), peers=[gateway]) is None
    waits = decide(sights.resource(rollout=WINDOW), peers=[gateway], open_exchanges=frozenset({"XFRA"}))
    assert waits is not None
    assert "XFRA" in waits.words
