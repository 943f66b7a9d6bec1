"""The services of a namespace, read from and changed in the Kubernetes API."""

from typing import Any

from stockbot.fleet import Happening, Instance, Service
from stockbot.runtime.clock import Clock
from stockbot.runtime.fleet.fleet import Change, printable
from stockbot.runtime.fleet.happenings import happenings_of
from stockbot.runtime.fleet.objects import (
    CHANGED_BECAUSE,
    CHANGED_BY,
    EVENTS,
    PODS,
    RESTARTED_AT,
    SERVICE_LABEL,
    TRADING_SERVICES,
    Event,
    Pod,
    TradingService,
)
from stockbot.runtime.fleet.pods import instance_of
from stockbot.runtime.fleet.standing import service_of
from stockbot.runtime.kubernetes import Api, Refused

NOT_FOUND = 404


class ClusterFleet:
    """Asks with the rights of the connection's account; a person's own role is checked before, by whoever asks."""

    is_cluster = True

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    @property
    def place(self) -> str:
        connection = self._api.connection
        return f"namespace {connection.namespace} of {connection.server}"

    async def services(self) -> tuple[Service, ...]:
        resources = await self._resources()
        return tuple(service_of(one) for one in sorted(resources, key=lambda one: one.metadata.name))

    async def instances(self, service: str) -> tuple[Instance, ...]:
        pods = await self._api.list(PODS, Pod, f"{SERVICE_LABEL}={service}")
        return tuple(instance_of(pod) for pod in sorted(pods, key=lambda pod: pod.metadata.name))

    async def happenings(self, service: str) -> tuple[Happening, ...]:
        names = [one.metadata.name for one in await self._resources()]
        return happenings_of(service, names, await self._api.list(EVENTS, Event))

    async def change(self, change: Change) -> None:
        await self._api.merge(TRADING_SERVICES, change.service, patch_of(change, f"{self._clock.now().isoformat()}"))

    async def close(self) -> None:
        await self._api.close()

    async def _resources(self) -> tuple[TradingService, ...]:
        try:
            return await self._api.list(TRADING_SERVICES, TradingService)
        except Refused as error:
            if error.status != NOT_FOUND:
                raise
            told = "This cluster knows no TradingService: kubectl apply --server-side -k k8s/operator"
            raise Refused(error.status, told) from None


def patch_of(change: Change, now: str) -> dict[str, Any]:
    """Return the merge patch: what is wished, and who wished it and why. Pure."""
    annotations = {CHANGED_BY: printable(change.who), CHANGED_BECAUSE: printable(change.why)}
    if change.restart:
        return {"metadata": {"annotations": annotations | {RESTARTED_AT: now}}}
    spec = {"suspend": change.suspend} if change.suspend is not None else {"replicas": change.replicas}
    return {"metadata": {"annotations": annotations}, "spec": spec}
