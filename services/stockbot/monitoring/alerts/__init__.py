"""All alerts, by what they are about."""

from stockbot.monitoring.alerts.alert import PAGE, Alert, Severity
from stockbot.monitoring.alerts.bus import BUS
from stockbot.monitoring.alerts.operator import OPERATOR
from stockbot.monitoring.alerts.prices import PRICES
from stockbot.monitoring.alerts.services import SERVICES
from stockbot.monitoring.alerts.trading import TRADING

GROUPS = {"prices": PRICES, "trading": TRADING, "services": SERVICES, "bus": BUS, "operator": OPERATOR}
ALERTS = tuple(alert for group in GROUPS.values() for alert in group)

__all__ = ["ALERTS", "GROUPS", "PAGE", "Alert", "Severity"]
