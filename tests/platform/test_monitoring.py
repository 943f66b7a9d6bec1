"""The platform under a real Prometheus: what rules and panels ask for is there, and a latency leads to its chain."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.wait import WebDriverWait
from tests.platform.running_platform import PATIENCE_SECONDS, ROOT, Platform, running, until
from tests.services.monitoring.watched import (
    OF_THE_OPERATOR,
    Watched,
    panel_questions,
    rule_questions,
    watching,
)

from stockbot.local.ports import free_port
from stockbot.monitoring.dashboards import DASHBOARDS
from stockbot.monitoring.dashboards.operator import OPERATOR
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.fleet.report import read_report
from stockbot.spec import ServiceType

LATENCIES = ("stockbot_risk_decision_seconds", "stockbot_send_seconds", "stockbot_booking_seconds")
SCRAPE_SECONDS = 5
ENGINE = ServiceType.EXECUTION_ENGINE


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The documents of the repository, as `make run` starts them."""
    with running(tmp_path_factory.mktemp("demo"), ROOT / "k8s/platform") as platform:
        yield platform


@pytest.fixture(scope="module")
def watched(demo: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    services = read_report(demo.data_dir, SystemClock().now()).services
    with watching(tmp_path_factory.mktemp("prometheus"), services) as watched:
        yield watched


@pytest.fixture(scope="module")
def chain(demo: Platform) -> str:
    return order_chain(demo)


def order_chain(demo: Platform) -> str:
    """The chain of one order that was bought by hand and filled."""
    body = {"symbol": "KO", "side": "buy", "quantity": "3", "reason": "a test of what is watched"}
    asked = demo.post("/api/v1/orders", ENGINE, body)

    def is_filled() -> bool:
        orders = demo.get(f"/api/v1/orders?correlationid={asked['correlationid']}", ENGINE)["items"]
        return bool(orders) and orders[0]["state"] == "FILLED"

    until(is_filled)
    return str(asked["correlationid"])


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("chain")
def test_every_panel_shows_something(watched: Watched) -> None:
    """Each query of the dashboards Trading and Services gives at least one series, once one order went all the way."""
    questions = panel_questions(one for one in DASHBOARDS if one is not OPERATOR)
    assert len(questions) > 40
    assert watched.ask("stockbot_that_nobody_shows") == []
    assert watched.silent(questions) == []


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("chain")
def test_every_rule_has_something_to_compare(watched: Watched) -> None:
    """Each series that an alert asks for, with its matchers, and each recorded one is there."""
    questions = rule_questions(lambda name: not name.startswith(OF_THE_OPERATOR))
    assert 'stockbot_ready{check="risk guardian"}' in questions
    assert watched.silent(questions) == []


@pytest.mark.timeout(300)
def test_a_latency_leads_to_its_chain(demo: Platform, watched: Watched, browser: Chrome) -> None:
    """Decision, send and booking of an order carry its chain as an exemplar, and the console explains that chain."""

    def led_to() -> set[str]:
        """An order more for each scrape: a bucket keeps its last exemplar alone, and that may be a strategy's."""
        order_chain(demo)
        time.sleep(SCRAPE_SECONDS)
        return set.intersection(*(watched.exemplars(f"{metric}_bucket") for metric in LATENCIES))

    browser.get(f"{demo.console}/explain/{until(led_to).pop()}")
    told = "return document.body.innerText"
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda page: "Risk approved it" in str(page.execute_script(told)))


@pytest.mark.timeout(300)
def test_a_halt_fires_its_alert_and_ends_it(demo: Platform, watched: Watched) -> None:
    """A healthy platform has no critical alert; Halted fires within seconds, and is over when trading goes on."""
    until(lambda: watched.ask("stockbot_risk_trading_state"))
    assert watched.firing() <= {"StockbotLossNearLimit"}
    demo.set_trading_state("Halted")
    until(lambda: "StockbotHalted" in watched.firing())
    demo.set_trading_state("Active")
    until(lambda: "StockbotHalted" not in watched.firing())


@pytest.mark.timeout(300)
def test_make_monitor_watches_what_runs(demo: Platform, tmp_path: Path) -> None:
    """It prints where Prometheus is and whom it scrapes; Ctrl-C ends both, and the port is free again."""
    port = free_port()
    arguments = ("--data-dir", str(demo.data_dir), "--port", str(port))
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "stockbot.monitoring", *arguments], stdout=said, stderr=said
        )
    try:
        until(lambda: "risk-guardian" in (tmp_path / "said").read_text())
        assert f"http://127.0.0.1:{port}/alerts" in (tmp_path / "said").read_text()
        until(lambda: Watched(f"http://127.0.0.1:{port}").ask('up{job="risk-guardian"} == 1'))
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(PATIENCE_SECONDS)
    assert code == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/-/ready", trust_env=False)
