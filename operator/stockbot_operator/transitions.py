"""Events of Kubernetes, for `kubectl describe`: one where a condition has changed, never one for each look."""

from collections.abc import Mapping
from typing import Any

import structlog

from stockbot_operator.builders.blueprint import hash_of
from stockbot_operator.fence import Fence
from stockbot_operator.kube.client import MANAGER, Client
from stockbot_operator.kube.errors import ApiUnavailable, Refused
from stockbot_operator.kube.kinds import EVENTS, TRADING_SERVICES
from stockbot_operator.seen import Seen
from stockbot_operator.status import Status, transitions

log = structlog.stdlib.get_logger(__name__)

TOLD = frozenset({"Ready", "Degraded", "Suspended"})
ON_ITS_WAY = frozenset({"Starting", "NotReady"})  # every start passes through them: no news
LONGEST = 1000  # characters: the server allows 1,024


def events_of(seen: Seen, new: Status) -> list[dict[str, Any]]:
    """Return the events that tell what the new status changes. Pure."""
    changed = [one for one in transitions(new, seen.resource.status) if one["type"] in TOLD]
    told = [one for one in changed if one["type"] == "Ready" or one["status"] == "True"]
    told = [one for one in told if one["reason"] not in ON_ITS_WAY]
    return [_event(seen, one) for one in told]


async def tell(client: Client, fence: Fence, events: list[dict[str, Any]]) -> None:
    """Write them; an Event that cannot be written is in the log and holds nothing up."""
    for event in events:
        namespace = event["metadata"]["namespace"]
        try:
            await client.create(EVENTS, namespace, event, seconds=fence.remaining(namespace))
        except (Refused, ApiUnavailable) as error:
            log.warning("event not written", reason=str(error), message_of_event=event["message"])


def _event(seen: Seen, condition: Mapping[str, Any]) -> dict[str, Any]:
    namespace, name = seen.key
    moment = seen.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    is_bad = (condition["type"] == "Degraded") == (condition["status"] == "True")
    unique = hash_of([seen.uid, seen.resource.metadata.resource_version, dict(condition)], 16)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{name}.{unique}", "namespace": namespace},
        "involvedObject": {
            "apiVersion": TRADING_SERVICES.api_version,
            "kind": TRADING_SERVICES.name,
            "name": name,
            "namespace": namespace,
            "uid": seen.uid,
        },
        "type": "Warning" if is_bad else "Normal",
        "reason": condition["reason"],
        "message": f"{condition['type']} is {condition['status']}: {condition['message']}"[:LONGEST],
        "source": {"component": MANAGER},
        "reportingComponent": MANAGER,
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }
