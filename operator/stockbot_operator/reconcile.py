"""The one function that acts: observe, build, apply what differs, prune, write the status where it differs.

It is called with a key, for whatever cause, and starts from what is so now. Killed between any two writes, it goes on
from there the next time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from stockbot.errors import StockbotError
from stockbot.runtime.clock import Clock
from stockbot.spec import TradingService
from stockbot_operator import transitions
from stockbot_operator.apply import Applier
from stockbot_operator.build import build
from stockbot_operator.cache import Cache
from stockbot_operator.calendars import Calendars
from stockbot_operator.declared_state import Herald
from stockbot_operator.kube.errors import Contradicted, NotFound
from stockbot_operator.kube.kinds import TRADING_SERVICES
from stockbot_operator.kube.objects import Key, Resource, Slot
from stockbot_operator.names import PAUSED, is_on
from stockbot_operator.observe import observe
from stockbot_operator.outcome import Cause, Outcome
from stockbot_operator.plan import Application, Written, plan
from stockbot_operator.rollout import LOOK_AGAIN, Waits, asks_for_window, holds_back, is_settling, without_deployments
from stockbot_operator.seen import Seen
from stockbot_operator.status import Status, status_of

log = structlog.stdlib.get_logger(__name__)


SETTLE_AGAIN = 0.5  # seconds until it is seen whether others are still being made
TELL_AGAIN = 2.0  # seconds until the Risk Guardian is asked again that did not answer


class ProblemsRemain(StockbotError):
    """The server refused something; it is in the status, and tried again later and later."""


@dataclass(kw_only=True)
class Reconciler:
    """`has_service_monitors` is asked each time: a cluster may learn that kind later."""

    applier: Applier
    cache: Cache
    herald: Herald
    calendars: Calendars
    clock: Clock
    default_image: str
    has_service_monitors: Callable[[], bool]
    _written: dict[Key, dict[Slot, tuple[str, str]]] = field(default_factory=dict)

    async def reconcile(self, key: Key) -> float | None:
        """Bring the cluster to what the document says; return in how many seconds to look again, if at all.

        Raises ApiUnavailable and NotLeading, and ProblemsRemain where the server refused something.
        """
        seen = await self._observe(key)
        if seen is None:
            self._written.pop(key, None)
            self.herald.forget(key)
            return None
        outcome = await self._act(seen)
        after = await self._observe(key)
        if after is not None and _is_same_document(after, seen):
            await self._write_status(after, outcome)
        if outcome.problems:
            raise ProblemsRemain("; ".join(problem.words for problem in outcome.problems))
        return _again(outcome)

    async def tell_obstacle(self, key: Key, obstacle: Cause) -> None:
        """Say in the status why nothing can be done now; what runs goes on as it is. Raises ApiUnavailable."""
        seen = await self._observe(key)
        if seen is not None and not is_on(seen.resource.metadata.annotations, PAUSED):
            await self._write_status(seen, Outcome(problems=(obstacle,)))

    def owes(self, key: Key) -> bool:
        """Tell whether a Risk Guardian still has to be told what its document declares."""
        return self.herald.owes(key)

    async def _observe(self, key: Key) -> Seen | None:
        resource = self.cache.resource(key)
        return observe(
            key,
            self.cache,
            has_service_monitors=self.has_service_monitors(),
            open_exchanges=None if resource is None else await self._open_exchanges(key, resource),
            now=self.clock.now(),
        )

    async def _open_exchanges(self, key: Key, resource: Resource) -> frozenset[str] | None:
        document, _ = self.cache.checked(resource)
        if document is None or not asks_for_window(document):
            return None
        return await self.calendars.open_exchanges(self.cache.peers(key[0]).exchanges())

    async def _act(self, seen: Seen) -> Outcome:
        if is_on(seen.resource.metadata.annotations, PAUSED):
            return Outcome(is_paused=True)
        if seen.document is None:
            return Outcome()
        told = await self.herald.tell(seen, self.applier.fence)
        settling = is_settling(seen, seen.document)
        waits, problems = await self._apply(seen, seen.document, settling=settling)
        return Outcome(problems=tuple(problems), waits=waits, told=told, is_settling=settling)

    async def _apply(self, seen: Seen, document: TradingService, *, settling: bool) -> tuple[Waits | None, list[Cause]]:
        wanted = build(seen, document, self.default_image)
        if settling:
            wanted = without_deployments(wanted)
        waits = holds_back(seen, document, wanted)
        written = self._written.setdefault(seen.key, {})
        steps = plan(wanted, seen, written, held_back=waits is not None)
        if _recreates(steps.applications, written, seen) and not await self._still_exists(seen):
            return None, []
        return waits, await self.applier.carry_out(steps, written, seen.is_ours)

    async def _still_exists(self, seen: Seen) -> bool:
        """Ask the server: what was there has gone, and that may be because its owner has, unnoticed."""
        try:
            found = await self.applier.client.get(TRADING_SERVICES, *seen.key)
        except NotFound:
            found = None
        if found is not None and found.metadata.uid == seen.uid:
            return True
        log.info("a TradingService is gone", namespace=seen.key[0], name=seen.key[1])
        self.cache.drop_resource(seen.resource)
        return False

    async def _write_status(self, seen: Seen, outcome: Outcome) -> None:
        new = status_of(seen, outcome)
        if new == seen.resource.status:
            return
        fence = self.applier.fence
        try:
            item = await self.applier.client.apply(
                TRADING_SERVICES,
                status_patch(seen, new),
                force=True,
                subresource="status",
                seconds=fence.remaining(seen.key[0]),
            )
        except (NotFound, Contradicted):
            if await self._still_exists(seen):
                raise
            return
        assert isinstance(item, Resource)  # noqa: S101 - what TRADING_SERVICES reads
        self.cache.put_resource(item, own_write=True)
        await transitions.tell(self.applier.client, fence, transitions.events_of(seen, new))


def status_patch(seen: Seen, status: Status) -> dict[str, object]:
    """Write the status of this very resource: its UID keeps one of the same name apart."""
    namespace, name = seen.key
    return {
        "apiVersion": TRADING_SERVICES.api_version,
        "kind": TRADING_SERVICES.name,
        "metadata": {"name": name, "namespace": namespace, "uid": seen.uid},
        "status": status,
    }


def _is_same_document(after: Seen, seen: Seen) -> bool:
    """A newer one is in the queue already; a status of now would say of it that it was acted on."""
    return (after.uid, after.resource.metadata.generation) == (seen.uid, seen.resource.metadata.generation)


def _recreates(applications: tuple[Application, ...], written: Written, seen: Seen) -> bool:
    """Tell whether something is made that was there before: written by us, or by whoever wrote the status."""
    missing = [one.slot for one in applications if not one.is_known]
    return any(slot in written for slot in missing) or bool(missing and seen.resource.status)


def _again(outcome: Outcome) -> float | None:
    if outcome.told is not None and outcome.told.trouble is not None:
        return TELL_AGAIN
    if outcome.is_settling:
        return SETTLE_AGAIN
    return LOOK_AGAIN if outcome.waits is not None else None
