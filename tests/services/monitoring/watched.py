"""What a real Prometheus knows: its answers, and which of many questions have none yet."""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from stockbot.fleet import Service
from stockbot.local.ports import free_port
from stockbot.monitoring.alerts import ALERTS
from stockbot.monitoring.dashboards.panel import Dashboard
from stockbot.monitoring.event_driven import EVENT_DRIVEN
from stockbot.monitoring.prometheus import Prometheus
from stockbot.monitoring.recordings import RECORDINGS
from stockbot.monitoring.selectors import selectors
from stockbot.testing.databases import unavailable

PATIENCE_SECONDS = 60
VARIABLES = {"$namespace": ".*", "$__rate_interval": "1m"}  # as Grafana fills them in
OF_THE_OPERATOR = ("stockbot_operator_", "job:stockbot_operator_")


@dataclass(frozen=True)
class Watched:
    """Prometheus by its address."""

    url: str

    def ask(self, expr: str) -> list[dict[str, Any]]:
        """The series that an expression gives now."""
        found: list[dict[str, Any]] = self._get("query", query=expr)["result"]
        return found

    def exemplars(self, expr: str) -> set[str]:
        """The correlation ids that the buckets of an expression lead to."""
        now = time.time()
        found = self._get("query_exemplars", query=expr, start=str(now - 600), end=str(now + 60))
        return {one["labels"]["correlationid"] for series in found for one in series["exemplars"]}

    def firing(self) -> set[str]:
        return {one["labels"]["alertname"] for one in self._get("alerts")["alerts"] if one["state"] == "firing"}

    def silent(self, questions: Iterable[str]) -> list[str]:
        """Those that give no series at all, after everybody had the time to be scraped and recorded."""
        left, deadline = list(questions), time.monotonic() + PATIENCE_SECONDS
        while (left := [expr for expr in left if not self.ask(expr)]) and time.monotonic() < deadline:
            time.sleep(1)
        return left

    def _get(self, what: str, **parameters: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{what}", params=parameters, timeout=10, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json()["data"]


@contextmanager
def watching(folder: Path, services: Iterable[Service]) -> Iterator[Watched]:
    """Prometheus over these services; skipped without it, failed where CI=true."""
    if shutil.which("prometheus") is None:
        unavailable("Prometheus is not on this machine: apt-get install prometheus")
    server = Prometheus.start(folder, free_port())
    try:
        server.scrape(services)
        yield Watched(server.url)
    finally:
        server.stop()


def panel_questions(dashboards: Iterable[Dashboard]) -> list[str]:
    """Every query of the dashboards that is not about something which may never happen, as Grafana would ask it."""
    found = [query.expr for dashboard in dashboards for panel in dashboard.panels for query in panel.queries]
    return [_filled(expr) for expr in found if not _is_event_driven(expr)]


def rule_questions(is_meant: Callable[[str], bool]) -> list[str]:
    """What the alerts compare, and every recorded series: of those names alone that are meant."""
    asked = {name + where for alert in ALERTS for name, where in selectors(alert.expr) if is_meant(name)}
    recorded = {one.name for one in RECORDINGS if is_meant(one.name)}
    return sorted(expr for expr in asked | recorded if not _is_event_driven(expr))


def _is_event_driven(expr: str) -> bool:
    return any(name in EVENT_DRIVEN for name, _ in selectors(expr))


def _filled(expr: str, values: Mapping[str, str] = VARIABLES) -> str:
    for name, value in values.items():
        expr = expr.replace(name, value)
    return expr
