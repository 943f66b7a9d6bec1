"""Takes keys from the queue and has them reconciled, while this process leads. Several run side by side."""

import structlog

from stockbot.errors import StockbotError
from stockbot.runtime.clock import Clock
from stockbot_operator.cache import Cache
from stockbot_operator.fence import NotLeading
from stockbot_operator.kube.errors import ApiUnavailable
from stockbot_operator.kube.objects import Key, Resource
from stockbot_operator.leadership import Claims, Leadership
from stockbot_operator.materials import Materials, NotRead
from stockbot_operator.metrics import OperatorMetrics
from stockbot_operator.outcome import Cause
from stockbot_operator.queue import Queue
from stockbot_operator.reconcile import TELL_AGAIN, ProblemsRemain, Reconciler
from stockbot_operator.references import references_of

log = structlog.stdlib.get_logger(__name__)

ASK_AGAIN = 20.0  # seconds until another installation's claim of a namespace is looked at again
WELL = frozenset({"done", "not_leading"})
LEAD_AGAIN = 1.0  # seconds until a key is taken again that a lease ran out under


class Worker:
    """`step` is one key's. Whatever goes wrong with a key, the queue brings it again, later and later."""

    def __init__(
        self,
        queue: Queue,
        reconciler: Reconciler,
        materials: Materials,
        leadership: Leadership,
        claims: Claims,
        cache: Cache,
        clock: Clock,
        metrics: OperatorMetrics,
    ) -> None:
        self._queue, self._reconciler, self._materials = queue, reconciler, materials
        self._leadership, self._claims, self._cache = leadership, claims, cache
        self._clock, self._metrics = clock, metrics

    async def step(self) -> None:
        """Wait until this process leads, take a key, reconcile it."""
        await self._leadership.leading.wait()
        key = await self._queue.take()
        before = self._cache.resource(key)
        with self._metrics.reconcile_seconds.time():
            result = await self._handle(key)
        self._metrics.reconciles.labels(result).inc()
        if result not in WELL:
            self._hurry(key, before)

    async def _handle(self, key: Key) -> str:
        """Return what became of it in a word; nothing is raised but a cancellation."""
        try:
            again = await self._reconcile(key)
        except NotLeading:
            self._queue.done(key, LEAD_AGAIN)  # a late renewal is no new election, after which all would be looked at
            return "not_leading"
        except ApiUnavailable as error:
            return self._fail(key, error, "unavailable", at_least=error.retry_after)
        except ProblemsRemain as error:
            return self._fail(key, error, "problems")
        except StockbotError as error:
            return self._fail(key, error, "refused")
        except Exception:  # a defect of ours with one resource must not take the others with it
            log.exception("reconciliation failed", namespace=key[0], name=key[1])
            self._queue.failed(key)
            return "error"
        self._queue.done(key, again)
        return "done"

    async def _reconcile(self, key: Key) -> float | None:
        resource = self._cache.resource(key)
        if resource is None:
            self._materials.forget(key)
            self._queue.forget(key)
            return await self._reconciler.reconcile(key)
        if not await self._claims.claim(key[0]):
            log.warning("another operator looks after the namespace", namespace=key[0], holders=self._claims.refused())
            return ASK_AGAIN
        document, _ = self._cache.checked(resource)
        wanted = references_of(document) if document is not None else ()
        try:
            await self._materials.need(key, {(one.kind, key[0], one.name) for one in wanted})
        except NotRead as error:
            await self._reconciler.tell_obstacle(key, Cause("ReferenceUnreadable", str(error)))
            raise
        return await self._reconciler.reconcile(key)

    def _hurry(self, key: Key, before: Resource | None) -> None:
        """The pause of a failure is for what failed: not for a newer document, nor for a trading state to be told."""
        now = self._cache.resource(key)
        if before is not None and now is not None and now.asks_else(before):
            self._queue.add(key)
        elif self._reconciler.owes(key):
            self._queue.add(key, TELL_AGAIN)

    def _fail(self, key: Key, error: StockbotError, result: str, *, at_least: float = 0.0) -> str:
        pause = self._queue.failed(key, at_least)
        log.warning(
            "reconciliation comes again",
            namespace=key[0],
            name=key[1],
            reason=str(error),
            again_in_seconds=round(pause, 1),
        )
        return result
