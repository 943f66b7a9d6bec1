"""How a service stands, as the page of services and its own page show it. Pure."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from urllib.parse import quote

from msgspec import Struct

from stockbot.fleet import Condition, Happening, Instance, Service, Statement
from stockbot_console.view_models.moments import Moment, moment

LEVELS = {
    Condition.READY: "good",
    Condition.STARTING: "accent",
    Condition.WAITING: "accent",
    Condition.STOPPING: "accent",
    Condition.NOT_READY: "warning",
    Condition.UNKNOWN: "warning",
    Condition.DELETED: "warning",
    Condition.RESTARTING: "bad",
    Condition.SUSPENDED: "idle",
    Condition.NOT_BUILT: "idle",
}
WANTED_FALSE = frozenset(
    {"Degraded", "Suspended", "Progressing"}
)  # conditions that say nothing bad while they are False


class ServiceRow(Struct, frozen=True, kw_only=True):
    """`level` is good, accent, warning, bad or idle; `tone` is that of the reason, empty where it is a remark."""

    key: str
    path: str
    kind: str
    word: str
    level: str
    reason: str
    tone: str
    replicas: str
    endpoint: str
    since: Moment | None
    facts: tuple[tuple[str, str], ...]


class InstanceRow(Struct, frozen=True, kw_only=True):
    key: str
    word: str
    level: str
    reason: str
    restarts: str
    since: Moment | None
    place: str


class StatementRow(Struct, frozen=True, kw_only=True):
    key: str
    status: str
    level: str
    text: str
    since: Moment | None


class HappeningRow(Struct, frozen=True, kw_only=True):
    key: str
    word: str
    level: str
    subject: str
    text: str
    times: str
    at: Moment | None


def service_rows(services: Iterable[Service], zone: tzinfo) -> dict[str, ServiceRow]:
    return {service.name: service_row(service, zone) for service in services}


def service_row(service: Service, zone: tzinfo) -> ServiceRow:
    level = "warning" if service.is_degraded and service.condition is Condition.READY else LEVELS[service.condition]
    return ServiceRow(
        key=service.name,
        path=f"/services/{quote(service.name)}",
        kind=service.type,
        word=service.condition.upper(),
        level=level,
        reason=service.reason,
        tone=level if level in ("warning", "bad") else "",
        replicas=f"{service.ready}/{service.wanted}",
        endpoint=service.endpoint,
        since=_moment(service.since, zone),
        facts=service.facts,
    )


def summary_text(services: Iterable[Service]) -> str:
    """`6 of 7 are well`; the suspended ones among them are well, as somebody wanted it so."""
    listed = list(services)
    well = sum(service.is_well for service in listed)
    if well == len(listed):
        return f"all {well} are well" if well > 1 else ""
    return f"{well} of {len(listed)} are well"


def instance_row(instance: Instance, zone: tzinfo) -> InstanceRow:
    restarts = instance.restarts
    return InstanceRow(
        key=instance.name,
        word=instance.condition.upper(),
        level=LEVELS[instance.condition],
        reason=instance.reason,
        restarts=f"{restarts} restart{'' if restarts == 1 else 's'}" if restarts else "",
        since=_moment(instance.since, zone),
        place=instance.place,
    )


def statement_row(statement: Statement, zone: tzinfo) -> StatementRow:
    """A condition with its level: whether it is as one would wish."""
    is_true = statement.status == "True"
    if statement.type in WANTED_FALSE:
        level = ("warning" if statement.type == "Degraded" else "accent") if is_true else "idle"
    else:
        level = "good" if is_true else "warning"
    text = ": ".join(filter(None, (statement.reason, statement.message)))
    return StatementRow(
        key=statement.type,
        status=statement.status,
        level=level,
        text=text,
        since=_moment(statement.since, zone),
    )


def happening_rows(happenings: Iterable[Happening], zone: tzinfo) -> dict[str, HappeningRow]:
    """The events by a key of their own; equal ones in one place are one."""
    rows = [_happening_row(one, zone) for one in happenings]
    return {row.key: row for row in rows}


def _happening_row(happening: Happening, zone: tzinfo) -> HappeningRow:
    at = _moment(happening.at, zone)
    return HappeningRow(
        key=f"{happening.subject} {happening.reason} {at.at if at else ''} {happening.message}",
        word=happening.reason,
        level="warning" if happening.is_warning else "idle",
        subject=happening.subject,
        text=happening.message,
        times=f"{happening.count} times" if happening.count > 1 else "",
        at=at,
    )


def _moment(at: datetime | None, zone: tzinfo) -> Moment | None:
    return None if at is None else moment(at, zone)
