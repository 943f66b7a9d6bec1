"""Whether pods may be replaced now: not where new ones could not start, nor outside `rollout.window`. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from stockbot.spec import TradingService
from stockbot.spec.pods import RolloutWindow
from stockbot_operator.builders.blueprint import Manifest
from stockbot_operator.kube.kinds import DEPLOYMENTS
from stockbot_operator.names import ROLLOUT_NOW, TEMPLATE_HASH, is_on
from stockbot_operator.references import Reference, missing, references_of
from stockbot_operator.seen import Seen
from stockbot_operator.topology import OBSERVERS

LOOK_AGAIN = 30.0  # seconds
SETTLED = timedelta(seconds=1.5)  # after the newest service of the namespace was made


@dataclass(frozen=True)
class Waits:
    """A roll-out that may not begin yet, and why, in words."""

    words: str
    reason: str = "WaitingForMarketClose"


def asks_for_window(document: TradingService) -> bool:
    return document.spec.rollout.window is RolloutWindow.MARKET_CLOSED


def is_settling(seen: Seen, document: TradingService) -> bool:
    """Tell whether a service that asks all others should not start yet, because they are just being made.

    A whole platform that is applied at once comes one by one: each would be another start of it.
    """
    if document.spec.type not in OBSERVERS or seen.deployments:
        return False
    made = [one.metadata.creation_timestamp for one in seen.peers.by_name.values()]
    newest = max((moment for moment in made if moment is not None), default=None)
    return newest is not None and timedelta(0) <= seen.now - newest < SETTLED


def without_deployments(wanted: list[Manifest]) -> list[Manifest]:
    return [manifest for manifest in wanted if manifest["kind"] != DEPLOYMENTS.name]


def holds_back(seen: Seen, document: TradingService, wanted: list[Manifest]) -> Waits | None:
    """Tell whether the Deployments stay as they are for now.

    Only a change of a pod template waits, only while a pod is ready, and never a suspension.
    """
    if document.spec.suspend or not any(pod.is_ready for pod in seen.pods) or not _templates_differ(seen, wanted):
        return None
    absent = missing(references_of(document), seen.materials)
    if absent:
        return _until_there(absent[0])
    may_begin = is_on(seen.resource.metadata.annotations, ROLLOUT_NOW)
    return None if may_begin or not asks_for_window(document) else _until_closed(seen)


def _until_there(one: Reference) -> Waits:
    """A Secret that was deleted, perhaps to be made anew, takes no pod down that runs with what it held."""
    key = f' with the key "{one.key}"' if one.key else ""
    words = f"the roll-out waits for the {one.kind} {one.name}{key}: without it new pods could not start"
    return Waits(words, f"WaitingFor{one.kind}")


def _until_closed(seen: Seen) -> Waits | None:
    exchanges = seen.peers.exchanges()
    if seen.open_exchanges is None:
        return Waits(f"the roll-out waits until it is known whether {_listed(exchanges)} is closed")
    still_open = exchanges & seen.open_exchanges
    if not still_open:
        return None
    return Waits(
        f"the roll-out waits until {_listed(still_open)} is closed; the annotation {ROLLOUT_NOW} lets it begin at once"
    )


def _templates_differ(seen: Seen, wanted: list[Manifest]) -> bool:
    """Tell whether a Deployment that is there would change or go; one that is absent has no pod to lose."""
    now = {name: one.metadata.annotations.get(TEMPLATE_HASH) for name, one in seen.deployments.items()}
    then = {
        one["metadata"]["name"]: one["metadata"]["annotations"][TEMPLATE_HASH]
        for one in wanted
        if one["kind"] == DEPLOYMENTS.name
    }
    return any(then.get(name) != template for name, template in now.items())


def _listed(names: frozenset[str]) -> str:
    return " and ".join(sorted(names))
