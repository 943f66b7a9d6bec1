"""The worker: no key is lost, and no failure of one thing holds up the news of another."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from tests.operator import sights

from stockbot_operator.cache import Cache
from stockbot_operator.fence import NotLeading
from stockbot_operator.kube.errors import ApiUnavailable
from stockbot_operator.materials import NotRead
from stockbot_operator.metrics import OperatorMetrics
from stockbot_operator.outcome import Cause
from stockbot_operator.queue import Queue
from stockbot_operator.reconcile import TELL_AGAIN
from stockbot_operator.worker import LEAD_AGAIN, Worker

KEY = ("trading", "alerts")


class Bench:
    """A worker with everything around it by hand; `happens` is what a reconciliation comes to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.happens: Callable[[], None] = lambda: None
        self.owes = self.unread = False
        self.obstacles: list[str] = []
        metrics = OperatorMetrics(CollectorRegistry())
        self.queue = Queue(lambda: self.now, metrics, lambda: 0.0)
        self.cache = Cache(self.queue.add)
        self.runs = 0
        around: Any = SimpleNamespace(
            leading=SimpleNamespace(wait=self.nothing),
            claim=self.claimed,
            need=self.need,
            reconcile=self.reconcile,
            tell_obstacle=self.told_obstacle,
            owes=lambda _key: self.owes,
        )
        self.worker = Worker(self.queue, around, around, around, around, self.cache, around, metrics)
        self.cache.put_resource(sights.resource())

    async def nothing(self, *_: object) -> None:
        """Neither waits nor fails."""

    async def claimed(self, _namespace: str) -> bool:
        return True

    async def reconcile(self, _key: object) -> None:
        self.runs += 1
        self.happens()

    async def need(self, *_: object) -> None:
        if self.unread:
            raise NotRead("Secret alpaca cannot be read")

    async def told_obstacle(self, _key: object, obstacle: Cause) -> None:
        self.obstacles.append(f"{obstacle.reason}: {obstacle.words}")

    def fail(self) -> None:
        raise ApiUnavailable("not now")

    async def until_next(self) -> float:
        """Move the clock to where the key is due again, run it, and return how long that was."""
        started = self.now
        self.now = self.queue._entries[KEY].due
        await self.worker.step()
        return self.now - started


@pytest.fixture
def bench() -> Bench:
    return Bench()


def refuse() -> None:
    raise NotLeading("the lease has run out")


async def test_a_key_whose_lease_ran_out_comes_again(bench: Bench) -> None:
    """A renewal that came late is no new election: without this the change waited for the next resync."""
    bench.happens = refuse
    await bench.until_next()
    bench.happens = lambda: None
    assert await bench.until_next() == LEAD_AGAIN
    assert bench.runs == 2


@pytest.mark.parametrize("asked", [{"generation": 2}, {"annotations": {"stockbot.dev/restartedAt": "now"}}])
async def test_a_new_wish_does_not_wait_for_the_failures_of_the_old(bench: Bench, asked: dict[str, Any]) -> None:
    """HALT or a restart that comes while a failing run is under way is acted on at once, not after five minutes."""
    bench.happens = bench.fail
    for _ in range(6):
        await bench.until_next()

    def changed() -> None:
        bench.cache.put_resource(sights.resource(version="2", **asked))
        bench.fail()

    bench.happens = changed
    await bench.until_next()
    bench.happens = lambda: None
    assert await bench.until_next() == 0


async def test_a_risk_guardian_without_an_answer_is_asked_soon_whatever_else_fails(bench: Bench) -> None:
    """A child that the server refuses puts off its own next try, not the trading state."""
    bench.happens, bench.owes = bench.fail, True
    for _ in range(6):
        await bench.until_next()
    assert await bench.until_next() == TELL_AGAIN


async def test_what_cannot_be_read_is_told_and_tried_again(bench: Bench) -> None:
    """A right that the operator lacks is a word in the status, not only a line in its log."""
    bench.unread = True
    await bench.until_next()
    assert bench.obstacles == ["ReferenceUnreadable: Secret alpaca cannot be read"]
    bench.unread = False
    assert await bench.until_next() > 0
    assert bench.runs == 1
