"""How a service stands: the words that `stockbot up`, a cluster, the command line and the console share.

Pure, and the form of the report that `stockbot up` keeps.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Condition(StrEnum):
    """The words of `stockbot up`, and two that only a cluster needs."""

    NOT_BUILT = "not built yet"
    SUSPENDED = "suspended"
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    NOT_READY = "not ready"
    STOPPING = "stopping"
    RESTARTING = "restarting"
    DELETED = "being deleted"
    UNKNOWN = "unknown"


class Instance(Struct, frozen=True, kw_only=True):
    """A process or a pod of a service; `since` is when it started, `place` its log or its node."""

    name: str
    condition: Condition
    reason: str = ""
    since: datetime | None = None
    restarts: int = 0
    place: str = ""


class Statement(Struct, frozen=True, kw_only=True):
    """One condition of a TradingService, with when it last flipped."""

    type: str
    status: str
    reason: str
    message: str = ""
    since: datetime | None = None


class Service(Struct, frozen=True, kw_only=True):
    """`reason` says why it is not ready, or what it works without if `is_degraded`.

    `since` is its age: of the resource on a cluster, of the process on one machine. `facts` are further things that
    only its own page shows; `statements` and `is_suspended` are a cluster's alone.
    """

    name: str
    type: str
    condition: Condition
    reason: str = ""
    is_degraded: bool = False
    ready: int = 0
    wanted: int = 0
    endpoint: str = ""
    since: datetime | None = None
    is_suspended: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    statements: tuple[Statement, ...] = ()
    instances: tuple[Instance, ...] = ()

    @property
    def is_well(self) -> bool:
        """True where nobody has to do anything; what a ready service works without, it says itself."""
        return self.condition in _WELL


_WELL = frozenset({Condition.READY, Condition.SUSPENDED, Condition.NOT_BUILT})


class Happening(Struct, frozen=True, kw_only=True):
    """An Event of Kubernetes about a service or one of its pods; `at` is when it last happened."""

    subject: str
    reason: str
    message: str
    is_warning: bool
    at: datetime | None
    count: int = 1
