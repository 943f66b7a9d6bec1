"""One trace from tick to ledger, at a receiver that speaks OTLP over HTTP."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.platform.otlp_receiver import Received, Receiver, receiving
from tests.platform.running_platform import ROOT, Platform, running

from stockbot.spec import ServiceType

Found = TypeVar("Found")

PATIENCE_SECONDS = 150  # a bar of one minute has to end
PLATFORM = ("market-data-gateway", "risk-guardian", "execution-engine", "portfolio-manager", "dashboard")
CORE = """
apiVersion: stockbot.dev/v1alpha1
kind: TradingService
metadata: {name: strategy-orchestrator}
spec:
  type: StrategyOrchestrator
  strategyOrchestrator:
    strategies:
      - name: core
        class: BuyAndHold
        symbols: [SPY]
        interval: 1m
        sizing: {notional: "2000"}
        schedule: {sessions: Always}
"""
FROM_TICK_TO_LEDGER = (
    ("stockbot:market-data:0 publish", "market-data-gateway"),
    ("stockbot:signals publish", "strategy-orchestrator"),
    ("stockbot:signals risk-guardian", "risk-guardian"),
    ("stockbot:approvals publish", "risk-guardian"),
    ("stockbot:approvals execution-engine", "execution-engine"),
    ("stockbot:orders publish", "execution-engine"),
    ("stockbot:orders portfolio-manager", "portfolio-manager"),
)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "500")
        yield receiver


@pytest.fixture
def traced(receiver: Receiver, tmp_path: Path) -> Iterator[Platform]:
    """The default platform with one strategy, which buys at its first bar."""
    orchestrator = tmp_path / "strategy-orchestrator.yaml"
    orchestrator.write_text(CORE)
    documents = [ROOT / f"k8s/platform/{name}.yaml" for name in PLATFORM]
    with running(tmp_path, *documents, orchestrator) as platform:
        yield platform


@pytest.mark.timeout(300)
def test_one_trace_from_tick_to_ledger(receiver: Receiver, traced: Platform) -> None:
    """Every service tells its part under its own name, all in one trace, each span below one that is there."""
    chain = _filled_chain(traced)
    spans = _complete(receiver, chain)
    assert {(name, spans[name].service) for name, _ in FROM_TICK_TO_LEDGER} == set(FROM_TICK_TO_LEDGER)
    assert len({span.trace for span in spans.values()}) == 1
    tick = spans["stockbot:market-data:0 publish"]
    assert tick.parent == b""
    assert spans["stockbot:signals publish"].parent == tick.id
    ledger = spans["stockbot:orders portfolio-manager"]
    assert _soon(lambda: _root_above(ledger, receiver), "a span between tick and ledger is missing") == tick.id


def _filled_chain(platform: Platform) -> str:
    """The chain of the strategy's first order, once it is filled."""

    def filled() -> str | None:
        orders: list[dict[str, Any]] = platform.get("/api/v1/orders", ServiceType.EXECUTION_ENGINE)["items"]
        return next((str(order["correlationid"]) for order in orders if order["state"] == "FILLED"), None)

    return _soon(filled, "no order was filled")


def _complete(receiver: Receiver, chain: str) -> dict[str, Received]:
    wanted = {name for name, _ in FROM_TICK_TO_LEDGER}

    def complete() -> dict[str, Received] | None:
        spans = receiver.of_chain(chain)
        return spans if wanted <= set(spans) else None

    return _soon(complete, f"only {sorted(receiver.of_chain(chain))}")


def _root_above(span: Received | None, receiver: Receiver) -> bytes | None:
    """The id of the span that begins the trace, found from parent to parent; None while one has not come yet."""
    by_id = {one.id: one for one in list(receiver.spans)}
    while span is not None and span.parent:
        span = by_id.get(span.parent)
    return None if span is None else span.id


def _soon(what: Callable[[], Found | None], otherwise: str) -> Found:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.5)
    return found
