"""The status of a TradingService, from what was seen and what became of it. Pure.

A condition's time changes only when the condition flips, so an equal state gives an equal status and no write.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from stockbot.spec import PORTS, ServiceType
from stockbot_operator.conditions import Statement, conditions, ready_replicas
from stockbot_operator.names import SERVICE
from stockbot_operator.outcome import Outcome
from stockbot_operator.seen import Seen

Status = dict[str, Any]

LONGEST = 4000  # characters of a message; the definition allows 4,096


def status_of(seen: Seen, outcome: Outcome) -> Status:
    """Return the whole status; compare it with the present one before writing it."""
    name, previous = seen.key[1], seen.resource.status
    generation = seen.resource.metadata.generation
    told = _conditions(conditions(seen, outcome), previous.get("conditions", ()), generation, seen.now)
    new: Status = {
        "observedGeneration": generation,
        "reason": told[0]["reason"],
        "message": told[0]["message"],
        "replicas": sum(one.status.replicas for one in seen.deployments.values()),
        "readyReplicas": ready_replicas(seen),
        "selector": f"{SERVICE}={name}",
        "conditions": told,
    }
    if seen.document is not None:
        new["endpoint"] = f"http://{name}.{seen.key[0]}.svc:{PORTS[seen.document.spec.type]}"
        new |= _risk_guardian(seen.document.spec.type, outcome, previous)
    return new


def transitions(new: Status, previous: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the conditions whose status or reason is another than before: what an Event is made of."""
    before = {one["type"]: (one.get("status"), one.get("reason")) for one in previous.get("conditions", ())}
    return [one for one in new["conditions"] if before.get(one["type"]) != (one["status"], one["reason"])]


def _conditions(
    statements: Iterable[Statement], previous: Iterable[Mapping[str, Any]], generation: int, now: datetime
) -> list[dict[str, Any]]:
    before = {one.get("type"): one for one in previous}
    return [_condition(statement, before.get(statement.type), generation, now) for statement in statements]


def _condition(
    statement: Statement, before: Mapping[str, Any] | None, generation: int, now: datetime
) -> dict[str, Any]:
    status = "True" if statement.status else "False"
    is_same = before is not None and before.get("status") == status
    since = before.get("lastTransitionTime") if is_same and before is not None else None
    return {
        "type": statement.type,
        "status": status,
        "reason": statement.reason,
        "message": statement.message[:LONGEST],
        "observedGeneration": generation,
        "lastTransitionTime": since or now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _risk_guardian(type_: ServiceType, outcome: Outcome, previous: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the Risk Guardian last answered; what it did not answer now stays as it was."""
    if type_ is not ServiceType.RISK_GUARDIAN:
        return {}
    told = outcome.told
    if told is None or told.trouble is not None:
        return {"riskGuardian": previous["riskGuardian"]} if previous.get("riskGuardian") else {}
    answer = {"declared": told.declared, "effective": told.effective}
    return {"riskGuardian": {key: value for key, value in answer.items() if value is not None}}
