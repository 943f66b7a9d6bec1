"""The dashboards are what Grafana takes, and ask for what exists. Grafana itself is not needed to see that."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from stockbot.monitoring.catalogue import catalogue
from stockbot.monitoring.dashboards import DASHBOARDS, dashboard_json
from stockbot.monitoring.dashboards.grafana import COLUMNS
from stockbot.monitoring.dashboards.panel import Dashboard, Unit
from stockbot.monitoring.recordings import RECORDINGS
from stockbot.monitoring.selectors import selectors

KNOWN = {*catalogue(), *(one.name for one in RECORDINGS), "up"}
IDS = [dashboard.uid for dashboard in DASHBOARDS]


def model(dashboard: Dashboard) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(dashboard_json(dashboard))
    return found


def panels(dashboard: Dashboard) -> list[dict[str, Any]]:
    return [panel for panel in model(dashboard)["panels"] if panel["type"] != "row"]


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=IDS)
def test_every_panel_is_complete(dashboard: Dashboard) -> None:
    """A number, a title, a sentence, a place, a unit, and queries with letters of their own; no two panels overlap."""
    drawn = model(dashboard)["panels"]
    assert len({panel["id"] for panel in drawn}) == len(drawn)
    for panel in panels(dashboard):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["type"] in {"timeseries", "stat", "gauge", "table"}
        assert panel["fieldConfig"]["defaults"]["unit"] in set(Unit)
        assert panel["targets"]
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters)
    for one, other in combinations([panel["gridPos"] for panel in drawn], 2):
        assert not _overlap(one, other), (one, other)
    assert all(place["x"] + place["w"] <= COLUMNS for place in (panel["gridPos"] for panel in drawn))


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=IDS)
def test_the_data_source_is_a_variable(dashboard: Dashboard) -> None:
    """No address and no identifier of somebody's Prometheus is in the file: one file serves every Grafana."""
    document = model(dashboard)
    assert [variable["name"] for variable in document["templating"]["list"]] == ["datasource", "namespace", "console"]
    sources = _named(document, "datasource")
    assert sources
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=IDS)
def test_every_query_asks_for_what_exists(dashboard: Dashboard) -> None:
    """Each series is shown by a part of the platform or recorded, and limited to the chosen namespaces."""
    for panel in dashboard.panels:
        for query in panel.queries:
            named = [name for name, _ in selectors(query.expr)]
            assert named, query.expr
            assert set(named) <= KNOWN, query.expr
            assert 'namespace=~"$namespace"' in query.expr, query.expr


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=IDS)
def test_the_set_is_linked(dashboard: Dashboard) -> None:
    """Each dashboard leads to the others and to the console, by names that are theirs for good."""
    links = [link["url"] for link in model(dashboard)["links"]]
    others = [f"/d/{other.uid}" for other in DASHBOARDS if other is not dashboard]
    assert links == [*others, "${console}"]
    assert 0 < len(dashboard.uid) <= 40  # Grafana's limit


def test_a_latency_leads_to_its_chain() -> None:
    """Latencies of the life of an order show exemplars, and lead to the orders in the console."""
    leading = [
        panel
        for dashboard in DASHBOARDS
        for panel in panels(dashboard)
        if any(target["exemplar"] for target in panel["targets"])
    ]
    assert [panel["title"] for panel in leading] == ["Decision latency", "Broker latency", "Booking latency"]
    assert all(panel["links"][0]["url"] == "${console}/orders" for panel in leading)


def test_no_file_is_left_over() -> None:
    """The folder that the chart takes up whole has the dashboards and nothing else."""
    folder = Path(__file__).parents[3] / "charts/stockbot/files/dashboards"
    assert {path.name for path in folder.iterdir()} == {dashboard.file for dashboard in DASHBOARDS}


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not beside and not above


def _named(node: object, name: str) -> list[object]:
    if isinstance(node, dict):
        own = [node[name]] if name in node else []
        return own + [found for value in node.values() for found in _named(value, name)]
    return [found for value in node for found in _named(value, name)] if isinstance(node, list) else []
