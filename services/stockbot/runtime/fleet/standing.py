"""How a TradingService stands, from its resource alone: the condition in one word and the reason in words. Pure."""

from collections.abc import Iterator

from stockbot.fleet import Condition, Service, Statement
from stockbot.runtime.fleet.objects import (
    CHANGED_BECAUSE,
    CHANGED_BY,
    PAUSED,
    StatusCondition,
    TradingService,
)

ON_ITS_WAY = frozenset({"Starting", "RollingOut"})
NOT_SEEN = "The operator has written no status yet: does it run, and does it watch this namespace?"


def service_of(resource: TradingService) -> Service:
    """Put the resource in the words of `Service`."""
    spec, status = resource.spec, resource.status
    condition, reason, is_degraded = _standing(resource)
    return Service(
        name=resource.metadata.name,
        type=spec.type,
        condition=condition,
        reason=reason,
        is_degraded=is_degraded,
        ready=status.ready_replicas,
        wanted=0 if spec.suspend else spec.replicas,
        endpoint=status.endpoint,
        since=resource.metadata.creation_timestamp,
        is_suspended=spec.suspend,
        facts=tuple(_facts(resource)),
        statements=tuple(map(_statement, status.conditions)),
    )


def _standing(resource: TradingService) -> tuple[Condition, str, bool]:
    """Return condition, reason, and whether something is wrong although it is ready."""
    ready, degraded = _find(resource, "Ready"), _find(resource, "Degraded")
    if resource.metadata.deletion_timestamp is not None:
        return Condition.DELETED, "What belongs to it is removed with it.", False
    if ready is None:
        return Condition.UNKNOWN, NOT_SEEN, False
    if resource.status.observed_generation < resource.metadata.generation:
        return _condition(ready), f"The operator has not acted on the last change yet. {_words(ready)}".strip(), True
    if ready.status != "True":
        return _condition(ready), _words(ready), False
    if degraded is not None and degraded.status == "True":
        return _condition(ready), _words(degraded), True
    return _condition(ready), "", False


def _condition(ready: StatusCondition) -> Condition:
    if ready.status == "True":
        return Condition.SUSPENDED if ready.reason == "Suspended" else Condition.READY
    return Condition.STARTING if ready.reason in ON_ITS_WAY else Condition.NOT_READY


def _find(resource: TradingService, kind: str) -> StatusCondition | None:
    return next((one for one in resource.status.conditions if one.type == kind), None)


def _words(condition: StatusCondition) -> str:
    """`SecretNotFound: stockbot-bus`; a message that begins with its reason does not say it twice."""
    if condition.message.startswith(condition.reason) or not condition.message:
        return condition.message or condition.reason
    return f"{condition.reason}: {condition.message}"


def _facts(resource: TradingService) -> Iterator[tuple[str, str]]:
    spec, annotations = resource.spec, resource.metadata.annotations
    guardian = resource.status.risk_guardian
    if guardian.declared or guardian.effective:
        told = f"{guardian.effective or 'not known'} in effect, {guardian.declared or 'none'} declared"
        yield "Trading state", told
    if spec.depends_on:
        yield "Depends on", ", ".join(spec.depends_on)
    yield "Image", spec.image or "the operator's default"
    if annotations.get(PAUSED, "false").lower() not in ("false", "no", "0", ""):
        yield "Paused", f"the annotation {PAUSED} keeps the operator away from it"
    if CHANGED_BY in annotations:
        yield "Last changed here", ": ".join(filter(None, (annotations[CHANGED_BY], annotations.get(CHANGED_BECAUSE))))


def _statement(condition: StatusCondition) -> Statement:
    return Statement(
        type=condition.type,
        status=condition.status,
        reason=condition.reason,
        message=condition.message,
        since=condition.last_transition_time,
    )
