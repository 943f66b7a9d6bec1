"""The JSON that Grafana reads: the dashboard model of Grafana 10 and later, schema version 39.

Where the data comes from is a variable of the dashboard, so that one file serves every Grafana.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from stockbot.monitoring.dashboards import drawing
from stockbot.monitoring.dashboards.panel import Dashboard, Kind, Panel, Row
from stockbot.monitoring.dashboards.queries import SCOPE, Query

SCHEMA_VERSION = 39
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24
CONSOLE = "http://localhost:5173"


def document(dashboard: Dashboard, siblings: Sequence[Dashboard]) -> dict[str, Any]:
    """A dashboard, with links to the others of the set."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.says,
        "tags": ["stockbot"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,  # one crosshair over all panels
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timepicker": {},
        "timezone": "",
        "annotations": {"list": [_alerts()]},
        "links": [*(_link(other) for other in siblings if other is not dashboard), _console()],
        "templating": {"list": list(_variables(dashboard.probe))},
        "panels": list(_panels(dashboard)),
    }


def _alerts() -> dict[str, Any]:
    """Critical alerts as marks over all panels."""
    return {
        "name": "Critical alerts",
        "datasource": SOURCE,
        "enable": True,
        "iconColor": "red",
        "expr": f'ALERTS{{alertname=~"Stockbot.*", alertstate="firing", severity="critical", {SCOPE}}}',
        "titleFormat": "{{alertname}}",
        "textFormat": "{{job}}",
        "step": "30s",
    }


def _link(other: Dashboard) -> dict[str, Any]:
    shared = {"includeVars": True, "keepTime": True, "targetBlank": False}
    return {"title": other.title, "type": "link", "url": f"/d/{other.uid}", **shared}


def _console() -> dict[str, Any]:
    return {"title": "Console", "type": "link", "url": "${console}", "icon": "external link", "targetBlank": True}


def _variables(probe: str) -> Iterator[dict[str, Any]]:
    yield {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}}
    yield {
        "name": "namespace",
        "label": "Namespace",
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": f"label_values({probe}, namespace)", "refId": "namespace"},
        "refresh": 2,  # when the time range changes
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",  # also of a platform without any namespace, on one machine
        "current": {"text": ["All"], "value": ["$__all"]},
    }
    current = {"text": CONSOLE, "value": CONSOLE}
    yield {"name": "console", "label": "Console", "type": "textbox", "query": CONSOLE, "current": current}


def _panels(dashboard: Dashboard) -> Iterator[dict[str, Any]]:
    """Rows from top to bottom, panels from left to right, each with a number of its own."""
    numbers, top = count(1), 0
    for row in dashboard.rows:
        yield _heading(row, next(numbers), top)
        top, left, lowest = top + 1, 0, 0
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                top, left, lowest = top + lowest, 0, 0
            yield _panel(panel, next(numbers), {"x": left, "y": top, "w": panel.width, "h": panel.height})
            left, lowest = left + panel.width, max(lowest, panel.height)
        top += lowest


def _heading(row: Row, number: int, top: int) -> dict[str, Any]:
    place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
    return {"id": number, "type": "row", "title": row.title, "collapsed": False, "gridPos": place, "panels": []}


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "type": str(panel.kind),
        "title": panel.title,
        "description": panel.says,
        "datasource": SOURCE,
        "gridPos": place,
        "targets": [_target(query, chr(ord("A") + index), panel.kind) for index, query in enumerate(panel.queries)],
        "fieldConfig": {"defaults": drawing.defaults(panel), "overrides": drawing.overrides(panel)},
        "options": drawing.options(panel),
        "links": _to_orders(panel),
    }


def _target(query: Query, letter: str, kind: Kind) -> dict[str, Any]:
    at_once = kind is not Kind.LINES
    return {
        "refId": letter,
        "datasource": SOURCE,
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
        "instant": at_once,
        "range": not at_once,
        "format": "table" if kind is Kind.TABLE else "time_series",
        "exemplar": query.leads,
    }


def _to_orders(panel: Panel) -> list[dict[str, Any]]:
    """Beside the exemplars, which name one chain each: the orders, each with a link to its explanation."""
    if not any(query.leads for query in panel.queries):
        return []
    return [{"title": "Orders in the console", "url": "${console}/orders", "targetBlank": True}]
