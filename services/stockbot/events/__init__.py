"""The contract of the bus: every event type, the streams they travel on, and the numbers they may carry."""

from typing import TypeAlias

from stockbot.events.alerts import RiskAlert, ServiceAlert
from stockbot.events.envelope import Event
from stockbot.events.market import MarketData
from stockbot.events.portfolio import PortfolioUpdate
from stockbot.events.trading import OrderApproved, OrderUpdate, RiskBlock, SignalGenerated

AnyEvent: TypeAlias = (
    MarketData | SignalGenerated | OrderApproved | RiskBlock | RiskAlert | ServiceAlert | OrderUpdate | PortfolioUpdate
)

EVENT_TYPES: dict[str, type[Event]] = {
    str(event.__struct_config__.tag): event
    for event in (
        MarketData,
        SignalGenerated,
        OrderApproved,
        RiskBlock,
        RiskAlert,
        ServiceAlert,
        OrderUpdate,
        PortfolioUpdate,
    )
}

__all__ = ["EVENT_TYPES", "AnyEvent", "Event"]
