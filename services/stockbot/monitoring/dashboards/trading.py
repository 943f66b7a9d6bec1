"""The dashboard Trading: may we trade, what is it worth, what was decided and sent, and are the prices good."""

from stockbot.monitoring.dashboards.panel import Dashboard, Kind, Panel, Row, Unit
from stockbot.monitoring.dashboards.queries import Query, age, highest, quantile, rate, selector, total

STATES = ((0, "Active", "green"), (1, "Reducing", "yellow"), (2, "Halted", "red"))
STATE = "stockbot_risk_trading_state"
EXEMPLARS = "An exemplar (a dot) names the chain of one order: its explain view in the console tells its story."


def _latency(metric: str) -> tuple[Query, ...]:
    return quantile(metric, 0.99, leads=True), quantile(metric, 0.5)


STANDING = Row(
    title="May we trade",
    panels=(
        Panel(
            title="Trading state",
            says="The state that counts: the stricter of the declared one and the one set at run time.",
            kind=Kind.NUMBER,
            queries=(
                Query(
                    expr="max by (namespace) ("
                    + selector(STATE, 'state="Halted"')
                    + ") * 2\n  + max by (namespace) ("
                    + selector(STATE, 'state="Reducing"')
                    + ")",
                    legend="{{namespace}}",
                ),
            ),
            words=STATES,
            width=4,
            height=5,
        ),
        Panel(
            title="Money",
            says="Which account is traded, and whether with paper or with live money.",
            kind=Kind.TABLE,
            queries=(highest("stockbot_account_info", "namespace", "account", "money"),),
            width=5,
            height=5,
        ),
        Panel(
            title="Loss, as a part of its limit",
            says="At 100 % the Risk Guardian tightens the trading state by itself. Below 0 is a gain.",
            kind=Kind.GAUGE,
            unit=Unit.RATIO,
            queries=(highest("stockbot_risk_loss_ratio", "account", "limit"),),
            steps=(0.6, 0.8),
            width=7,
            height=5,
        ),
        Panel(
            title="Symbols without a fresh price",
            says="Nothing that adds risk is traded in them.",
            kind=Kind.NUMBER,
            queries=(total("stockbot_symbols", where='freshness="stale"'),),
            steps=(1, 1),
            width=4,
            height=5,
        ),
        Panel(
            title="Drift",
            says="Differences from the broker that are not resolved: above 0 only reductions pass.",
            kind=Kind.NUMBER,
            queries=(total("stockbot_drift"),),
            steps=(1, 1),
            width=4,
            height=5,
        ),
    ),
)

WORTH = Row(
    title="What it is worth",
    panels=(
        Panel(
            title="Equity",
            says="Cash and positions at the last prices, in the account's currency, beside what was paid in.",
            unit=Unit.MONEY,
            queries=(
                highest("stockbot_portfolio_equity", "account"),
                highest("stockbot_portfolio_net_deposits", "account", legend="paid in, {{account}}"),
            ),
            width=9,
        ),
        Panel(
            title="Cash",
            says="All cash, and what of it nothing holds.",
            unit=Unit.MONEY,
            queries=(
                highest("stockbot_portfolio_cash", "account", legend="cash, {{account}}"),
                highest("stockbot_risk_free_cash", "account", legend="free, {{account}}"),
            ),
            width=9,
        ),
        Panel(
            title="Positions and open orders",
            says="Symbols with a position; orders that hold cash or shares.",
            queries=(
                highest("stockbot_portfolio_positions", "account", legend="positions, {{account}}"),
                highest("stockbot_risk_open_orders", "account", legend="orders, {{account}}"),
            ),
            width=6,
        ),
        Panel(
            title="Realised profit and fees",
            says="Profit of closed shares before fees, and the fees paid so far.",
            unit=Unit.MONEY,
            queries=(
                highest("stockbot_portfolio_realised", "account", legend="realised, {{account}}"),
                highest("stockbot_portfolio_fees", "account", legend="fees, {{account}}"),
            ),
            width=9,
        ),
        Panel(
            title="Loss over time",
            says="Each loss as a part of its limit.",
            unit=Unit.RATIO,
            queries=(highest("stockbot_risk_loss_ratio", "account", "limit"),),
            steps=(0.8, 1),
            width=9,
        ),
        Panel(
            title="Strategies by state",
            says="How many strategies are in each state.",
            queries=(total("stockbot_strategy_state", "state"),),
            width=6,
            stacked=True,
        ),
    ),
)

ORDERS = Row(
    title="From signal to ledger",
    panels=(
        Panel(
            title="Signals",
            says="Signals committed, by strategy.",
            unit=Unit.PER_SECOND,
            queries=(rate("stockbot_signals_total", "strategy"),),
        ),
        Panel(
            title="Decisions",
            says="What the Risk Guardian said.",
            unit=Unit.PER_SECOND,
            queries=(rate("stockbot_risk_decisions_total", "outcome"),),
        ),
        Panel(
            title="Reasons of denials",
            says="The codes of docs/risk.md.",
            unit=Unit.PER_SECOND,
            queries=(rate("stockbot_risk_denials_total", "code"),),
        ),
        Panel(
            title="Working orders",
            says="Orders that have not ended, by state. UNKNOWN must not last.",
            queries=(total("stockbot_orders", "state"),),
            stacked=True,
        ),
        Panel(
            title="Order updates",
            says="What became of orders, as the ledger took it in.",
            unit=Unit.PER_SECOND,
            queries=(rate("stockbot_order_updates_total", "state"),),
        ),
        Panel(
            title="Answers of the broker",
            says="What became of each order that was handed to the broker.",
            unit=Unit.PER_SECOND,
            queries=(rate("stockbot_sends_total", "answer"),),
        ),
        Panel(
            title="Decision latency",
            says=f"From a signal's commit to its decision's. {EXEMPLARS}",
            unit=Unit.SECONDS,
            queries=_latency("stockbot_risk_decision_seconds"),
        ),
        Panel(
            title="Broker latency",
            says=f"Time that the broker took to answer. {EXEMPLARS}",
            unit=Unit.SECONDS,
            queries=_latency("stockbot_send_seconds"),
        ),
        Panel(
            title="Booking latency",
            says=f"From an order update's commit to the ledger's. {EXEMPLARS}",
            unit=Unit.SECONDS,
            queries=_latency("stockbot_booking_seconds"),
        ),
    ),
)

PRICES = Row(
    title="Prices",
    panels=(
        Panel(
            title="Fresh and stale symbols",
            says="By symbol set.",
            queries=(total("stockbot_symbols", "symbol_set", "freshness"),),
            stacked=True,
        ),
        Panel(
            title="Age of the last tick",
            says="When it was scraped. It stays below the interval between ticks.",
            unit=Unit.SECONDS,
            queries=(age("stockbot_tick_timestamp_seconds", "shard", legend="shard {{shard}}"),),
        ),
        Panel(
            title="Providers",
            says="Time since each provider last answered.",
            unit=Unit.SECONDS,
            queries=(age("stockbot_provider_success_timestamp_seconds", "provider"),),
        ),
    ),
)

TRADING = Dashboard(
    uid="stockbot-trading",
    title="Stockbot / Trading",
    says="May we trade, what is it worth, what was decided and sent, and are the prices good.",
    probe=STATE,
    rows=(STANDING, WORTH, ORDERS, PRICES),
)
