"""Lists, patches, and everything that an API server may answer instead."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from stockbot.errors import StockbotError
from stockbot.runtime.fleet.objects import PODS, TRADING_SERVICES, Pod, TradingService
from stockbot.runtime.kubernetes import Api, NotAnswered, Refused, api, of_kubeconfig
from stockbot.runtime.kubernetes.errors import refusal
from stockbot.testing.clock import START
from stockbot.testing.cluster_scenes import pod, services
from stockbot.testing.fake_service import running
from stockbot.testing.kubernetes import ACCOUNT, FakeKubernetes


@pytest.fixture
def kubernetes() -> Iterator[FakeKubernetes]:
    pods = [pod(f"pod-{number}", "risk", START) for number in range(5)]
    with running(FakeKubernetes(services=services(START), pods=pods)) as fake:
        yield fake


@pytest.fixture
async def asking(kubernetes: FakeKubernetes, tmp_path: Path) -> AsyncIterator[Api]:
    opened = Api(of_kubeconfig(kubernetes.kubeconfig(tmp_path)))
    yield opened
    await opened.close()


async def test_a_list_is_read_to_its_end(asking: Api, kubernetes: FakeKubernetes) -> None:
    """Page by page."""
    kubernetes.page_size = 2
    assert [one.metadata.name for one in await asking.list(PODS, Pod)] == [f"pod-{number}" for number in range(5)]
    assert len(kubernetes.asked) == 3


async def test_a_list_that_is_gone_is_read_again(asking: Api, kubernetes: FakeKubernetes) -> None:
    """410 in the midst of a list begins it anew, once; a second one is said."""
    kubernetes.page_size, kubernetes.expiries = 2, 1
    assert len(await asking.list(PODS, Pod)) == 5
    kubernetes.expiries = 2
    with pytest.raises(Refused, match="ask again"):
        await asking.list(PODS, Pod)


async def test_a_patch_changes_what_it_names(asking: Api, kubernetes: FakeKubernetes) -> None:
    """As a merge patch, under the console's field manager."""
    await asking.merge(TRADING_SERVICES, "market-data-gateway", {"spec": {"replicas": 3}})
    changed = next(one for one in kubernetes.services if one["metadata"]["name"] == "market-data-gateway")
    assert changed["spec"] == {"type": "MarketDataGateway", "replicas": 3}
    assert kubernetes.asked[-1].endswith("fieldManager=stockbot-console")


async def test_a_missing_right_is_named(asking: Api, kubernetes: FakeKubernetes) -> None:
    """The verb, the resource and the account, so that an administrator knows what to grant."""
    kubernetes.forbid("patch", "tradingservices", "stockbot.dev")
    with pytest.raises(Refused) as caught:
        await asking.merge(TRADING_SERVICES, "dashboard", {})
    assert caught.value.status == 403
    told = f"patch on tradingservices.stockbot.dev in the namespace stockbot, for {ACCOUNT}."
    assert str(caught.value).endswith(f"The right that is missing: {told}")


async def test_an_admission_rule_is_no_missing_right(asking: Api, kubernetes: FakeKubernetes) -> None:
    """It answers 403 as well, and says itself what it wants."""
    kubernetes.refused["patch", "tradingservices"] = (403, "exceeded quota: too-small")
    with pytest.raises(Refused, match=r"exceeded quota: too-small \(403\)\.$"):
        await asking.merge(TRADING_SERVICES, "dashboard", {})


@pytest.mark.parametrize(
    ("status", "message", "kind", "words"),
    [
        (401, "Unauthorized", Refused, "it may have expired"),
        (404, "the server could not find the requested resource", Refused, r"could not find .*\(404\)"),
        (409, "the object has been modified", Refused, "look at it, then try again"),
        (422, "spec.replicas: above 1 only for two types", Refused, "above 1 only for two types"),
        (429, "too many requests", NotAnswered, "cannot answer now: too many requests"),
        (500, "etcdserver: leader changed", NotAnswered, r"leader changed \(500\)"),
        (503, "", NotAnswered, "it gave no reason"),
    ],
)
async def test_every_refusal_is_words(
    asking: Api, kubernetes: FakeKubernetes, status: int, message: str, kind: type[StockbotError], words: str
) -> None:
    """The server's own sentence, and what to do where that is not in it."""
    kubernetes.refused["list", "pods"] = (status, message)
    with pytest.raises(kind, match=words):
        await asking.list(PODS, Pod)


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b'{"items": 3}', b'{"items": [{"metadata": {}}]}', b"\xff"])
async def test_what_no_api_server_says_is_said(asking: Api, kubernetes: FakeKubernetes, body: bytes) -> None:
    """A proxy's page, half an answer, a resource without a name."""
    kubernetes.broken = body
    with pytest.raises(NotAnswered, match="not what an API server says"):
        await asking.list(TRADING_SERVICES, TradingService)


async def test_a_slow_server_has_a_time_limit(
    asking: Api, kubernetes: FakeKubernetes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up; of a merge it is said that nobody knows whether it was done, an apply can be done again."""
    monkeypatch.setattr(api, "LONGEST_SECONDS", 0.05)
    kubernetes.delay_seconds = 0.3
    with pytest.raises(NotAnswered, match=r"does not answer \(time limit\)\.$"):
        await asking.list(PODS, Pod)
    with pytest.raises(NotAnswered, match="Whether it was done is not known"):
        await asking.merge(TRADING_SERVICES, "dashboard", {})
    with pytest.raises(NotAnswered, match=r"does not answer \(time limit\)\.$"):
        await asking.apply(TRADING_SERVICES, {"metadata": {"name": "dashboard"}}, TradingService, manager="tests")


def test_the_right_to_make_something_at_the_cluster_scope_is_named() -> None:
    """An apply that makes something needs `create`: the server's own verb counts, and there is no namespace."""
    told = 'User "upgrader" cannot create resource "widgets" in API group "example.com" at the cluster scope'
    error = refusal(403, told, verb="patch", resource="widgets.example.com", namespace="")
    assert str(error).endswith("missing: create on widgets.example.com at the cluster scope, for upgrader.")


async def test_a_server_that_is_away_is_said(asking: Api, kubernetes: FakeKubernetes) -> None:
    """With its address; once it is back, it is asked again."""
    kubernetes.stop()
    with pytest.raises(NotAnswered, match=f"The API server {kubernetes.url} does not answer"):
        await asking.list(PODS, Pod)
    kubernetes.start()
    assert len(await asking.list(PODS, Pod)) == 5
