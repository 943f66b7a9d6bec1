"""From documents to the processes that run them: one for each service, or for each shard of it. Pure.

Used by preflight, which asks for their ports, and by the supervisor, which runs them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from stockbot.local.ports import LOOPBACK
from stockbot.spec import PORTS, ServiceType, TradingService

SECONDS_AFTER_DRAIN = 15  # for the rest of an orderly stop, as a pod has them
FIRST = frozenset({ServiceType.MARKET_DATA_GATEWAY, ServiceType.DASHBOARD})  # a person waits for these


@dataclass(frozen=True)
class Unit:
    """One process: a shard of a document's service, listening on `port` of the loopback address."""

    document: TradingService
    shard: int
    port: int
    is_built: bool

    @property
    def type(self) -> ServiceType:
        return self.document.spec.type

    @property
    def name(self) -> str:
        """The document's name; shards after the first carry their number, as in `market-data-gateway/1`."""
        return self.document.metadata.name + (f"/{self.shard}" if self.shard else "")

    @property
    def log_name(self) -> str:
        """A file's name that no other unit has: a document's name holds no dot."""
        return f"{self.name.replace('/', '.')}.log"

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def public_url(self) -> str:
        """The address as a person types it."""
        return f"http://localhost:{self.port}"

    @property
    def is_suspended(self) -> bool:
        return self.document.spec.suspend

    @property
    def is_idle(self) -> bool:
        """True if there is no process to run for it."""
        return self.is_suspended or not self.is_built

    @property
    def stop_seconds(self) -> float:
        """Return how long a stop may take before it is ended by force, as a pod's grace period says."""
        return self.document.spec.rollout.drain_timeout_seconds + SECONDS_AFTER_DRAIN


def units(
    documents: Iterable[TradingService],
    *,
    port_offset: int,
    free_port: Callable[[], int],
    is_built: Callable[[ServiceType], bool],
) -> list[Unit]:
    """Every process of the platform, those that a person waits for first.

    The first shard listens on the port of its type plus `port_offset`, further shards on free ports.
    """
    ordered = sorted(documents, key=lambda document: document.spec.type not in FIRST)
    return [
        Unit(
            document,
            shard,
            port=free_port() if shard else PORTS[document.spec.type] + port_offset,
            is_built=is_built(document.spec.type),
        )
        for document in ordered
        for shard in range(document.spec.replicas)
    ]


def endpoints(platform: Sequence[Unit]) -> dict[str, str]:
    """Map each type that runs to its base URL, that of its first shard."""
    return {unit.type.value: unit.url for unit in reversed(platform) if unit.shard == 0 and not unit.is_idle}
