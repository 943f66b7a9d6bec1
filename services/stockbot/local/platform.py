"""A platform that is ready to start: its units, surroundings and tokens, and how a unit becomes a process.

Used by `up`, the composition root of `stockbot up`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from stockbot.local.bus_server import BusServer
from stockbot.local.children import BUS, BusProcess, ServiceProcess
from stockbot.local.credentials import Credentials
from stockbot.local.data_folder import DataFolder
from stockbot.local.environment import Surroundings, environment_of
from stockbot.local.options import Command
from stockbot.local.states import Phase, State
from stockbot.local.units import FIRST, Unit
from stockbot.runtime.redaction import redact_url
from stockbot.spec import write_document


@dataclass(frozen=True)
class Platform:
    """`server` is None where the bus is somebody else's."""

    units: Sequence[Unit]
    folder: DataFolder
    surroundings: Surroundings
    credentials: Credentials
    server: BusServer | None

    @property
    def bus_address(self) -> str:
        """Where the bus is, without its password."""
        return redact_url(self.surroundings.bus_url.get_secret_value())

    def addresses(self) -> dict[str, str]:
        """List each unit with its URL, and our own bus server last: the rows of the table."""
        units = {unit.name: unit.public_url for unit in self.units}
        return units | {BUS: f"127.0.0.1:{self.server.port}"} if self.server else units

    def idle_states(self) -> dict[str, State]:
        """List the units that have no process, and why."""
        return {
            unit.name: State(Phase.SUSPENDED if unit.is_suspended else Phase.NOT_BUILT)
            for unit in self.units
            if unit.is_idle
        }

    def bus_processes(self) -> list[BusProcess]:
        return [BusProcess(self.server)] if self.server else []

    def service_processes(
        self, command: Command, inherited: Mapping[str, str], client: httpx.AsyncClient
    ) -> tuple[list[ServiceProcess], list[ServiceProcess]]:
        """Return the services that start first, and the others; none has started yet."""
        first: list[ServiceProcess] = []
        others: list[ServiceProcess] = []
        for unit in self.units:
            if not unit.is_idle:
                process = self._process(unit, command, inherited, client)
                (first if unit.type in FIRST else others).append(process)
        return first, others

    def _process(
        self, unit: Unit, command: Command, inherited: Mapping[str, str], client: httpx.AsyncClient
    ) -> ServiceProcess:
        document = self.folder.documents / f"{unit.document.metadata.name}.yaml"
        write_document(unit.document, document)
        token = self.credentials.processes[unit.name]
        return ServiceProcess(
            unit.name,
            unit.url,
            command(document),
            environment=environment_of(unit, self.surroundings, token=token, inherited=inherited),
            log=self.folder.logs / unit.log_name,
            stop_seconds=unit.stop_seconds,
            client=client,
        )
