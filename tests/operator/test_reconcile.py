"""The one function that acts, with its surroundings by hand: what it says of what it did."""

from types import SimpleNamespace
from typing import Any

from tests.operator import sights

from stockbot_operator.cache import Cache
from stockbot_operator.kube.objects import Resource
from stockbot_operator.plan import Plan
from stockbot_operator.reconcile import Reconciler

KEY = ("trading", "alerts")


class Surroundings:
    """An applier, a herald, calendars and a clock that do nothing but count; `during` happens while it applies."""

    def __init__(self, item: Resource) -> None:
        self.cache = Cache(lambda _key: None)
        self.cache.put_resource(item)
        self.during: Any = lambda: None
        self.plans: list[Plan] = []
        self.statuses: list[Any] = []
        self.asked = 0
        self.is_there = True
        around: Any = SimpleNamespace(
            carry_out=self.carry_out,
            fence=SimpleNamespace(remaining=lambda _namespace: 10.0),
            client=SimpleNamespace(apply=self.apply, get=self.get, create=self.nothing),
            tell=self.nothing,
            forget=lambda _key: None,
            now=lambda: sights.NOW,
        )
        self.reconciler = Reconciler(
            applier=around,
            cache=self.cache,
            herald=around,
            calendars=around,
            clock=around,
            default_image="stockbot:1",
            has_service_monitors=lambda: False,
        )

    async def nothing(self, *_: object, **__: object) -> None:
        """Takes everything, and answers nothing."""

    async def carry_out(self, plan: Plan, *_: object) -> list[Any]:
        self.plans.append(plan)
        self.during()
        return []

    async def apply(self, _kind: object, manifest: Any, **_: object) -> Resource:
        self.statuses.append(manifest["status"])
        return sights.resource(version="9", status=manifest["status"])

    async def get(self, *_: object) -> Resource:
        self.asked += 1
        return sights.resource(uid=sights.UID if self.is_there else "another")


async def test_a_status_speaks_of_the_document_that_was_applied() -> None:
    """A newer generation comes while the older one is written: nobody may read that the newer one was observed."""
    around = Surroundings(sights.resource(generation=1))
    around.during = lambda: around.cache.put_resource(sights.resource(generation=2, version="2"))
    await around.reconciler.reconcile(KEY)
    assert [one["observedGeneration"] for one in around.statuses if one["observedGeneration"] != 1] == []


async def test_what_is_gone_is_not_made_again_by_a_process_that_missed_its_end() -> None:
    """A TradingService with a status had children once: before they are made again the server is asked for it."""
    around = Surroundings(sights.resource(status={"observedGeneration": 1}))
    around.is_there = False
    await around.reconciler.reconcile(KEY)
    assert around.plans == []
    assert around.cache.resource(KEY) is None


async def test_a_new_tradingservice_is_made_without_a_question() -> None:
    """A thousand at once are no thousand further requests."""
    around = Surroundings(sights.resource())
    await around.reconciler.reconcile(KEY)
    assert around.asked == 0
    assert len(around.plans) == 1
