"""A fleet that cannot be asked at all, for a reason that a person has to mend: it says so at every question."""

from typing import NoReturn

from stockbot.errors import ConfigurationError
from stockbot.fleet import Happening, Instance, Service
from stockbot.runtime.fleet.fleet import Change


class UnreachableFleet:
    """Keeps a wrong kubeconfig from stopping a console that has much else to show."""

    is_cluster = True
    place = "a cluster that cannot be asked"

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def services(self) -> tuple[Service, ...]:
        self._refuse()

    async def instances(self, service: str) -> tuple[Instance, ...]:
        self._refuse()

    async def happenings(self, service: str) -> tuple[Happening, ...]:
        self._refuse()

    async def change(self, change: Change) -> None:
        self._refuse()

    async def close(self) -> None:
        """Nothing is held open."""

    def _refuse(self) -> NoReturn:
        raise ConfigurationError(self._reason)
