"""Which process of an installation acts, and which installation acts in a namespace.

One Lease makes one of several replicas the leader. A further one in each namespace with TradingServices, held for the
whole installation, keeps a second operator out that was told to look after the same namespace.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from stockbot.errors import Unavailable
from stockbot.runtime.clock import Clock
from stockbot_operator.fence import NotLeading, seconds_since_boot
from stockbot_operator.kube.client import Client
from stockbot_operator.lease import LeaseHolder
from stockbot_operator.metrics import OperatorMetrics
from stockbot_operator.own_account import owners_in

log = structlog.stdlib.get_logger(__name__)

LEASE = "stockbot-operator"
CLAIM = "stockbot-operator-claim"
SECONDS = 15
RENEW_SECONDS = 3.0
LOOK_SECONDS = 1.0
CLAIM_SECONDS = 60
RENEW_CLAIM_SECONDS = 15.0
REFUSED_SECONDS = 10.0  # for which the answer that another holds a namespace is good for all resources in it


class Leadership:
    """`step` is a background loop's. `elected` is awaited each time this process is to lead; before, it does not."""

    def __init__(
        self, holder: LeaseHolder, clock: Clock, metrics: OperatorMetrics, elected: Callable[[], Awaitable[None]]
    ) -> None:
        self._holder, self._clock, self._metrics, self._elected = holder, clock, metrics, elected
        self._was_leading = False
        self.leading = asyncio.Event()
        self.is_known = False  # the Lease was read once

    def remaining(self) -> float:
        return self._holder.remaining()

    async def step(self) -> None:
        """Take or renew the Lease, say what changed, and wait until the next time."""
        try:
            held = await self._holder.hold()
            self.is_known = True
        except Unavailable:
            await self._note(held=self.remaining() > 0)
            raise
        await self._note(held=held)
        await self._clock.sleep(RENEW_SECONDS if held else LOOK_SECONDS)

    async def resign(self) -> None:
        """Let a standby take over at once: the last thing that a stopping process does."""
        self.leading.clear()
        await self._holder.release()

    def trouble(self) -> str | None:
        """Say why it is not known who leads; a standby is ready too."""
        return None if self.is_known else "the lease could not be read yet"

    async def _note(self, *, held: bool) -> None:
        if held == self._was_leading:
            return
        if held:
            await self._elected()
        self._was_leading = held
        self._metrics.leading.set(held)
        if held:
            log.info("leading", lease=LEASE, holder=self._holder.me)
            self.leading.set()
        else:
            log.info("not leading", lease=LEASE, holder=self._holder.holder)
            self.leading.clear()


class Claims:
    """The namespaces that this installation acts in. `step` renews what is held and lets go of what is empty."""

    def __init__(
        self, make: Callable[[str], LeaseHolder], clock: Clock, namespaces: Callable[[], Iterable[str]]
    ) -> None:
        self._make, self._clock, self._namespaces = make, clock, namespaces
        self._holders: dict[str, LeaseHolder] = {}
        self._refused_until: dict[str, float] = {}
        self._lock = asyncio.Lock()

    async def claim(self, namespace: str) -> bool:
        """Hold the namespace; False where another installation does. Raises ApiUnavailable and Refused."""
        holder = self._holders.get(namespace)
        if holder is not None and holder.remaining() > 0:
            return True
        async with self._lock:
            holder = self._holders.setdefault(namespace, self._make(namespace))
            return holder.remaining() > 0 or await self._ask(namespace, holder)

    async def _ask(self, namespace: str, holder: LeaseHolder) -> bool:
        now = self._clock.monotonic()
        if now < self._refused_until.get(namespace, 0.0):
            return False
        is_held = await holder.hold()
        if not is_held:
            self._refused_until[namespace] = now + REFUSED_SECONDS
        return is_held

    def remaining(self, namespace: str) -> float:
        holder = self._holders.get(namespace)
        return 0.0 if holder is None else holder.remaining()

    def refused(self) -> dict[str, str]:
        """Return the namespaces that another installation holds, and which."""
        return {name: one.holder for name, one in self._holders.items() if one.holder not in {"", one.me}}

    def trouble(self) -> str | None:
        """Say in which namespaces another operator acts: a note of readiness."""
        return "; ".join(f"{name} is looked after by {holder}" for name, holder in self.refused().items()) or None

    async def step(self) -> None:
        """Renew, and wait until the next time."""
        present = set(self._namespaces())
        for namespace, holder in list(self._holders.items()):
            if namespace not in present:
                await holder.release(delete=True)
                del self._holders[namespace]
                self._refused_until.pop(namespace, None)
            elif holder.remaining() > 0:
                await holder.hold()
        await self._clock.sleep(RENEW_CLAIM_SECONDS)


class Permission:
    """The fence of every write: we lead, and the namespace is ours."""

    def __init__(self, leadership: Leadership, claims: Claims) -> None:
        self._leadership, self._claims = leadership, claims

    def remaining(self, namespace: str) -> float:
        seconds = min(self._leadership.remaining(), self._claims.remaining(namespace))
        if seconds <= 0:
            raise NotLeading(f"this process may not write in {namespace}: its lease has run out")
        return seconds


def lease_holder(client: Client, clock: Clock, place: tuple[str, str], me: str, seconds: int) -> LeaseHolder:
    return LeaseHolder(
        client,
        place,
        me,
        seconds=seconds,
        elapsed=seconds_since_boot,
        now=clock.now,
        owners=lambda: owners_in(place[0], client.connection.bearer()),
    )
