"""The three dashboards, and the JSON files that Grafana reads."""

import json

from stockbot.monitoring.dashboards.grafana import document
from stockbot.monitoring.dashboards.operator import OPERATOR
from stockbot.monitoring.dashboards.panel import Dashboard
from stockbot.monitoring.dashboards.services import SERVICES
from stockbot.monitoring.dashboards.trading import TRADING

DASHBOARDS = (TRADING, SERVICES, OPERATOR)


def dashboard_json(dashboard: Dashboard) -> str:
    return json.dumps(document(dashboard, DASHBOARDS), indent=2) + "\n"


__all__ = ["DASHBOARDS", "dashboard_json"]
