"""Who publishes and who consumes what: the table behind docs/events.md, docs/asyncapi.yaml and the network policies."""

from stockbot.events.streams import ALERTS, APPROVALS, BLOCKS, ORDERS, PORTFOLIO, SIGNALS

MARKET_DATA_STREAM = "stockbot:market-data:{shard}"

STREAM_OF = {
    "MARKET_DATA": MARKET_DATA_STREAM,
    "SIGNAL_GENERATED": SIGNALS,
    "ORDER_APPROVED": APPROVALS,
    "RISK_BLOCK": BLOCKS,
    "RISK_ALERT": ALERTS,
    "SERVICE_ALERT": ALERTS,
    "ORDER_UPDATE": ORDERS,
    "PORTFOLIO_UPDATE": PORTFOLIO,
}

PUBLISHES: dict[str, tuple[str, ...]] = {
    "MarketDataGateway": ("MARKET_DATA", "SERVICE_ALERT"),
    "StrategyOrchestrator": ("SIGNAL_GENERATED", "SERVICE_ALERT"),
    "RiskGuardian": ("ORDER_APPROVED", "RISK_BLOCK", "RISK_ALERT", "SERVICE_ALERT"),
    "ExecutionEngine": ("ORDER_UPDATE", "SIGNAL_GENERATED", "SERVICE_ALERT"),
    "PortfolioManager": ("PORTFOLIO_UPDATE", "SERVICE_ALERT"),
    "AlertManager": (),
    "Dashboard": (),
}

CONSUMES: dict[str, tuple[str, ...]] = {
    "MarketDataGateway": tuple(STREAM_OF),  # as an observer, for /ws/events
    "StrategyOrchestrator": ("MARKET_DATA", "RISK_BLOCK", "ORDER_UPDATE", "PORTFOLIO_UPDATE"),
    "RiskGuardian": ("SIGNAL_GENERATED", "MARKET_DATA", "PORTFOLIO_UPDATE", "ORDER_UPDATE"),
    "ExecutionEngine": ("ORDER_APPROVED", "SIGNAL_GENERATED", "MARKET_DATA"),  # of signals, cancellations alone
    "PortfolioManager": ("ORDER_UPDATE", "MARKET_DATA"),
    "AlertManager": ("RISK_ALERT", "SERVICE_ALERT"),
    "Dashboard": (
        "MARKET_DATA",
        "SIGNAL_GENERATED",
        "ORDER_APPROVED",
        "RISK_BLOCK",
        "RISK_ALERT",
        "ORDER_UPDATE",
        "PORTFOLIO_UPDATE",
    ),
}
