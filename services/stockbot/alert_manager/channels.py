"""The channels of the document with their secret addresses; one whose secret is missing says so and is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from stockbot.alert_manager.courier import scheme_of
from stockbot.errors import ConfigurationError
from stockbot.events.alerts import Severity
from stockbot.model.alerts.messages import Pace
from stockbot.model.alerts.routing import Escalation, Route, Rules
from stockbot.spec import secret_of
from stockbot.spec.alert_manager import AlertManager
from stockbot.spec.alert_manager import Channel as Declared


@dataclass(frozen=True, kw_only=True)
class Channel:
    """`url` is None where nothing can be delivered, and `trouble` says why. `kind` is all that is shown of it."""

    name: str
    pace: Pace
    url: SecretStr | None
    kind: str
    trouble: str | None


def channels_of(block: AlertManager, environment: Mapping[str, str]) -> tuple[Channel, ...]:
    """Every channel of the document."""
    group = timedelta(seconds=block.group_seconds)
    return tuple(_channel(declared, group, environment) for declared in block.channels)


def rules_of(block: AlertManager, channels: tuple[Channel, ...]) -> Rules:
    """Who hears of what, by the document."""
    routes = tuple(
        Route(
            at_least=Severity(route.at_least.value.lower()),
            services=frozenset(route.services),
            channels=tuple(route.channels),
        )
        for route in block.routes
    )
    deliverable = frozenset(channel.name for channel in channels if channel.url is not None)
    return Rules(deliverable=deliverable, routes=routes, escalation=_escalation(block))


def _escalation(block: AlertManager) -> Escalation | None:
    declared = block.escalation
    if declared is None:
        return None
    return Escalation(after=timedelta(minutes=declared.after_minutes), channels=tuple(declared.channels))


def _channel(declared: Declared, group: timedelta, environment: Mapping[str, str]) -> Channel:
    pace = Pace(max_per_minute=declared.max_per_minute, group=group)
    try:
        url, trouble = secret_of(declared.url, environment), None
    except ConfigurationError as error:
        url, trouble = None, str(error)
    kind = "unknown" if url is None else scheme_of(url.get_secret_value())
    return Channel(name=declared.name, pace=pace, url=url, kind=kind, trouble=trouble)
