"""The cache: an older version never replaces a newer one, and every change that matters is told once."""

import pytest
from msgspec.structs import replace
from tests.operator import sights

from stockbot_operator.cache import Cache, OwnedSink
from stockbot_operator.kube.kinds import SERVICES
from stockbot_operator.kube.objects import Key, Meta, PartialObject, Resource
from stockbot_operator.names import SERVICE

KEY = ("trading", "alerts")


@pytest.fixture
def told() -> list[Key]:
    return []


@pytest.fixture
def cache(told: list[Key]) -> Cache:
    return Cache(told.append)


def version(item: Resource, number: int, **changes: object) -> Resource:
    return replace(item, metadata=replace(item.metadata, resource_version=str(number), **changes))


def child(name: str = "alerts", *, number: int = 1, uid: str = "1") -> PartialObject:
    meta = Meta(name=name, namespace="trading", uid=uid, resource_version=str(number), labels={SERVICE: "alerts"})
    return PartialObject(metadata=meta)


def test_an_older_version_does_not_replace_a_newer(cache: Cache, told: list[Key]) -> None:
    """A watch that lags behind what a write answered takes nothing back."""
    cache.put_resource(version(sights.resource(), 12))
    cache.put_resource(version(sights.resource(), 9))
    kept = cache.resource(KEY)
    assert kept is not None
    assert kept.metadata.version == 12
    assert told == [KEY]


def test_our_own_write_is_no_news(cache: Cache, told: list[Key]) -> None:
    """Neither its answer nor its echo in the watch has the resource looked at again."""
    cache.put_resource(version(sights.resource(), 2))
    told.clear()
    item = version(sights.resource(status={"reason": "AllReady"}), 3)
    cache.put_resource(item, own_write=True)
    cache.put_resource(item)
    cache.put_owned(SERVICES, child(), own_write=True)
    cache.put_owned(SERVICES, child())
    assert told == []


@pytest.mark.parametrize(
    "asked", [{"generation": 2}, {"annotations": {"stockbot.dev/paused": "true"}}, {"labels": {"team": "desk"}}]
)
def test_what_a_person_wrote_before_our_write_is_news(cache: Cache, told: list[Key], asked: dict[str, object]) -> None:
    """The answer to our write of a status tells of it first; what the watch says of it comes late and is older."""
    cache.put_resource(version(sights.resource(), 2))
    told.clear()
    cache.put_resource(version(sights.resource(), 4, **asked), own_write=True)
    cache.put_resource(version(sights.resource(), 3, **asked))
    assert told == [KEY]


def test_a_resource_of_the_same_name_that_came_after_stays(cache: Cache) -> None:
    """The late news of a deletion is not about its successor."""
    cache.put_resource(version(sights.resource(uid="second"), 20))
    cache.drop_resource(sights.resource(uid="first"))
    assert cache.resource(KEY) is not None


def test_others_are_told_what_they_see(cache: Cache, told: list[Key]) -> None:
    """The gateway becomes ready: its orchestrator looks again. A label of it is nobody's business."""
    cache.put_resource(sights.gateway())
    cache.put_resource(sights.resource("strategies", "StrategyOrchestrator"))
    told.clear()
    cache.put_resource(version(sights.gateway(), 5))
    assert told == [("trading", "market-data-gateway")]
    told.clear()
    cache.put_resource(version(sights.gateway(status={"conditions": [{"type": "Ready", "status": "True"}]}), 6))
    assert ("trading", "strategies") in told


def test_a_list_drops_what_is_gone(cache: Cache, told: list[Key]) -> None:
    """After a gap in the watch the list is the truth, within its kind and namespace."""
    sink = OwnedSink(cache)

    class Place:
        kind, namespace = SERVICES, "trading"

    cache.put_owned(SERVICES, child())
    told.clear()
    sink.replace(Place(), [])  # type: ignore[arg-type] # of a watch only kind and namespace are asked
    assert cache.owned(KEY) == {}
    assert told == [KEY]


def test_what_has_no_owner_by_label_is_nobodys(cache: Cache, told: list[Key]) -> None:
    """An object without the label is not ours to know."""
    cache.put_owned(SERVICES, PartialObject(metadata=Meta(name="x", namespace="trading")))
    assert told == []


def test_a_list_of_tradingservices_drops_those_whose_end_was_missed(cache: Cache, told: list[Key]) -> None:
    """What is newer than the list stays, and so does what is in another namespace."""
    cache.put_resource(version(sights.resource("gone", uid="gone"), 5))
    cache.put_resource(version(sights.resource("newer", uid="newer"), 30))
    elsewhere = version(sights.resource("elsewhere", uid="elsewhere"), 5, namespace="other")
    cache.put_resource(elsewhere)
    told.clear()
    cache.replace_resources([version(sights.resource(), 12)], "trading", 20)
    assert set(cache.resources()) == {KEY, ("trading", "newer"), ("other", "elsewhere")}
    assert set(told) == {KEY, ("trading", "gone")}
