"""A Lease of Kubernetes: who may act, decided by what was seen and one clock that nobody sets.

The times in a Lease are another machine's, so nobody compares them: a candidate takes over when the Lease has not
changed for its whole length, as that candidate saw it. The holder counts from before its last renewal was sent, and
on a part of the length alone, so it stops before anybody else begins.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from stockbot.errors import Unavailable
from stockbot_operator.kube.client import Client
from stockbot_operator.kube.errors import Contradicted, NotFound
from stockbot_operator.kube.kinds import LEASES
from stockbot_operator.kube.objects import Lease, LeaseSpec

log = structlog.stdlib.get_logger(__name__)

CAUTION = 0.8  # the part of a lease that its holder counts on


@dataclass(frozen=True)
class Sight:
    """A Lease as it was last seen to change, and when."""

    spec: LeaseSpec
    since: float


def look(previous: Sight | None, spec: LeaseSpec, now: float) -> Sight:
    """Return what is seen now: the time stays while the Lease does."""
    return previous if previous is not None and previous.spec == spec else Sight(spec, now)


def may_take(sight: Sight, me: str, now: float) -> bool:
    """Tell whether the Lease is free: nobody's, ours, or not renewed for its whole length."""
    spec = sight.spec
    return spec.holder_identity in {"", me} or now - sight.since > spec.lease_duration_seconds


class LeaseHolder:
    """One Lease that this process wants: `hold` takes or renews it, `remaining` says for how long it has it."""

    def __init__(
        self,
        client: Client,
        place: tuple[str, str],
        me: str,
        *,
        seconds: int,
        elapsed: Callable[[], float],
        now: Callable[[], datetime],
        owners: Callable[[], Sequence[Mapping[str, Any]]] = tuple,
    ) -> None:
        self.place, self.me, self.seconds = place, me, seconds
        self._owners = owners
        self._client, self._elapsed, self._now = client, elapsed, now
        self._lease: Lease | None = None
        self._sight: Sight | None = None
        self._deadline = 0.0

    @property
    def holder(self) -> str:
        """Name who holds it, as far as is known."""
        return "" if self._lease is None else self._lease.spec.holder_identity

    def remaining(self) -> float:
        """Return the seconds for which it is ours; zero or less where it is not."""
        return self._deadline - self._elapsed()

    async def hold(self) -> bool:
        """Take or renew it if that may be; False while another has it. Raises ApiUnavailable."""
        started = self._elapsed()
        if self._lease is None or self.remaining() <= 0:
            await self._read()
        if self._sight is not None and not may_take(self._sight, self.me, self._elapsed()):
            self._deadline = 0.0
            return False
        try:
            await self._write()
        except Contradicted:  # somebody was quicker
            self._lease, self._deadline = None, 0.0
            return False
        self._deadline = started + self.seconds * CAUTION
        return True

    async def release(self, *, delete: bool = False) -> None:
        """Let the next one have it at once, if it is ours."""
        if self.remaining() <= 0 or self._lease is None:
            return
        self._deadline = 0.0
        namespace, name = self.place
        try:
            if delete:
                await self._client.delete(LEASES, namespace, name, self._lease.metadata.uid)
            else:
                await self._client.replace(LEASES, namespace, name, self._body(holder=""))
        except (NotFound, Contradicted, Unavailable) as error:
            log.warning("lease not released", lease=name, namespace=namespace, reason=str(error))
        self._lease = None

    async def _read(self) -> None:
        try:
            found = await self._client.get(LEASES, *self.place)
        except NotFound:
            self._lease = None  # who held it learns of that at the next renewal alone, so what was seen of it counts
            return
        assert isinstance(found, Lease)  # noqa: S101 - what LEASES reads
        self._lease = found
        self._sight = look(self._sight, found.spec, self._elapsed())

    async def _write(self) -> None:
        namespace, name = self.place
        if self._lease is None:
            written = await self._client.create(LEASES, namespace, self._body(holder=self.me))
        else:
            try:
                written = await self._client.replace(LEASES, namespace, name, self._body(holder=self.me))
            except NotFound as error:
                raise Contradicted(error.status, error.reason, error.message) from error
        self._lease = written
        self._sight = look(self._sight, written.spec, self._elapsed())

    def _body(self, *, holder: str) -> dict[str, Any]:
        namespace, name = self.place
        known = None if self._lease is None else self._lease
        version = {"resourceVersion": known.metadata.resource_version} if known else {}
        before = known.spec if known else LeaseSpec()
        return {
            "apiVersion": LEASES.api_version,
            "kind": LEASES.name,
            "metadata": {"name": name, "namespace": namespace, "ownerReferences": [*self._owners()], **version},
            "spec": {
                "holderIdentity": holder,
                "leaseDurationSeconds": self.seconds,
                "renewTime": self._now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "leaseTransitions": before.lease_transitions + (before.holder_identity != holder),
            },
        }
