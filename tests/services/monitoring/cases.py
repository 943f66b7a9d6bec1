"""For each alert: series under which it fires, with the labels and words that a person reads, and some under which not.

Series are as `promtool` takes them, a value each 15 s for half an hour. Time begins at zero there: a timestamp that
stays at zero grows old, one that is `NOW` never does.
"""

from dataclasses import dataclass

STEPS = 120
NOW = f"0+15x{STEPS}"  # a timestamp that is always now
EACH_MINUTE = " ".join(f"{second} _ _ _" for second in range(0, 15 * STEPS, 60))  # the same, scraped once a minute
ON, OFF = f"1+0x{STEPS}", f"0+0x{STEPS}"

Series = dict[str, str]  # by series, its values


def flat(value: float) -> str:
    return f"{value}+0x{STEPS}"


def growing(each: float) -> str:
    """A counter that grows by so much every 15 s."""
    return f"0+{each}x{STEPS}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """`labels` are those beside alert and severity; `quiet` are several situations in which nothing fires."""

    firing: Series
    labels: dict[str, str]
    summary: str
    quiet: tuple[Series, ...]
    at: str = "20m45s"


def job(name: str, **labels: str) -> dict[str, str]:
    return {"namespace": "trading", "job": name, **labels}


def series(name: str, job_: str, **labels: str) -> str:
    written = ", ".join(f'{key}="{value}"' for key, value in job(job_, **labels).items())
    return f"{name}{{{written}}}"


def ready(job_: str, check: str, **labels: str) -> str:
    return series("stockbot_ready", job_, check=check, **labels)


GATEWAY, RISK, ENGINE, BOOKS = "market-data-gateway", "risk-guardian", "execution-engine", "portfolio-manager"
WATCH, STRATEGIES, OPERATOR = "alert-manager", "strategy-orchestrator", "stockbot-operator"


def symbols(freshness: str, symbol_set: str = "stocks", shard: str = "0") -> str:
    return series("stockbot_symbols", GATEWAY, symbol_set=symbol_set, freshness=freshness, pod=f"gateway-{shard}")


def state(name: str) -> str:
    return series("stockbot_risk_trading_state", RISK, state=name)


def lost(limit: str) -> str:
    return series("stockbot_risk_loss_ratio", RISK, account="paper", limit=limit)


def up(instance: str = "10.0.0.7:3002") -> tuple[str, str]:
    """The target, and what it shows while it answers."""
    return series("up", RISK, instance=instance), series(
        "stockbot_build_info", RISK, instance=instance, version="0.1.0"
    )


def started(instance: str = "10.0.0.7:3002") -> str:
    return series("process_start_time_seconds", RISK, instance=instance)


def decisions(fast: float, slow: float) -> Series:
    """So many decisions each 15 s within 10 ms, and so many more within 10 s."""
    bucket = "stockbot_risk_decision_seconds_bucket"
    return {
        series(bucket, RISK, le="0.01"): growing(fast),
        series(bucket, RISK, le="2.5"): growing(fast),
        series(bucket, RISK, le="10.0"): growing(fast + slow),
        series(bucket, RISK, le="+Inf"): growing(fast + slow),
    }


def requests(status: str, each: float, route: str = "/api/v1/orders") -> Series:
    return {series("stockbot_http_requests_total", ENGINE, method="GET", route=route, status=status): growing(each)}


UP, BUILD = up()
LEASE_OF_TWO = {ready(RISK, "lease", pod="old"): OFF, ready(RISK, "lease", pod="new"): ON}

PRICES = {
    "StockbotPricesStale": Case(
        firing={symbols("stale"): flat(2), symbols("fresh"): flat(8)},
        labels=job(GATEWAY, symbol_set="stocks"),
        summary="Symbols of stocks have no fresh price",
        quiet=({symbols("stale"): OFF, symbols("fresh"): flat(10)}, {symbols("stale"): "0x77 3x6 0x30"}),
    ),
    "StockbotNoFreshPrice": Case(
        firing={symbols("fresh", shard="0"): OFF, symbols("fresh", shard="1"): OFF},
        labels=job(GATEWAY),
        summary="No symbol has a fresh price: nothing that adds risk is traded",
        quiet=({symbols("fresh", shard="0"): OFF, symbols("fresh", shard="1"): ON},),
    ),
    "StockbotTicksStopped": Case(
        firing={
            series("stockbot_tick_timestamp_seconds", GATEWAY, shard="1"): flat(300),
            series("stockbot_tick_interval_seconds", GATEWAY, shard="1"): flat(5),
        },
        labels=job(GATEWAY, shard="1"),
        summary="Shard 1 of the gateway puts no ticks on the bus",
        quiet=(
            {
                series("stockbot_tick_timestamp_seconds", GATEWAY, shard="1"): NOW,
                series("stockbot_tick_interval_seconds", GATEWAY, shard="1"): flat(5),
            },
            {
                series("stockbot_tick_timestamp_seconds", GATEWAY, shard="1"): EACH_MINUTE,
                series("stockbot_tick_interval_seconds", GATEWAY, shard="1"): flat(5),
            },
            {  # once in ten minutes is what its document asks for
                series("stockbot_tick_timestamp_seconds", GATEWAY, shard="1"): flat(300),
                series("stockbot_tick_interval_seconds", GATEWAY, shard="1"): flat(600),
            },
        ),
    ),
    "StockbotProviderDown": Case(
        firing={series("stockbot_provider_down", GATEWAY, provider="yahoo"): ON},
        labels=job(GATEWAY, provider="yahoo"),
        summary="The provider yahoo fails and is not asked",
        quiet=({series("stockbot_provider_down", GATEWAY, provider="yahoo"): OFF},),
    ),
    "StockbotTicksMissed": Case(
        firing={series("stockbot_broadcast_gaps_total", RISK, stream="stockbot:market-data:0"): growing(1)},
        labels=job(RISK, stream="stockbot:market-data:0"),
        summary="risk-guardian has missed ticks of stockbot:market-data:0",
        quiet=({series("stockbot_broadcast_gaps_total", RISK, stream="stockbot:market-data:0"): flat(900)},),
    ),
}

TRADING = {
    "StockbotHalted": Case(
        firing={state("Halted"): ON, state("Active"): OFF},
        labels=job(RISK),
        summary="Trading is halted",
        quiet=({state("Halted"): OFF, state("Active"): ON},),
    ),
    "StockbotReducing": Case(
        firing={state("Reducing"): ON, state("Active"): OFF},
        labels=job(RISK),
        summary="Only reductions are traded",
        quiet=({state("Reducing"): OFF, state("Active"): ON},),
    ),
    "StockbotLossNearLimit": Case(
        firing={lost("daily"): flat(0.85), lost("drawdown"): flat(0.3)},
        labels=job(RISK, account="paper", limit="daily"),
        summary="Account paper has lost more than 80 % of its daily limit",
        quiet=({lost("daily"): flat(0.8), lost("drawdown"): flat(-2)},),
    ),
    "StockbotLossLimitReached": Case(
        firing={lost("drawdown"): flat(1.01)},
        labels=job(RISK, account="paper", limit="drawdown"),
        summary="Account paper has lost more than its drawdown limit allows",
        quiet=({lost("drawdown"): flat(1)},),
    ),
    "StockbotCashOverdrawn": Case(
        firing={series("stockbot_risk_free_cash", RISK, account="paper"): flat(-0.01)},
        labels=job(RISK, account="paper"),
        summary="More cash of account paper is committed than it has",
        quiet=({series("stockbot_risk_free_cash", RISK, account="paper"): OFF},),
    ),
    "StockbotAccountUnknown": Case(
        firing={ready(RISK, "account"): OFF},
        labels=job(RISK),
        summary="risk-guardian does not know the account: nothing that adds risk passes",
        quiet=({ready(RISK, "account"): ON}, {ready(RISK, "account"): "0x6 1x110"}),
        at="2m",
    ),
    "StockbotDrift": Case(
        firing={series("stockbot_drift", ENGINE, kind="position"): flat(3)},
        labels=job(ENGINE, kind="position"),
        summary="Our books differ from the broker's in position",
        quiet=({series("stockbot_drift", ENGINE, kind="position"): OFF},),
    ),
    "StockbotNotReconciled": Case(
        firing={ready(ENGINE, "reconciliation"): OFF},
        labels=job(ENGINE),
        summary="Books are not compared with the broker: nothing new is sent",
        quiet=({ready(ENGINE, "reconciliation"): ON},),
    ),
    "StockbotBrokerUnreachable": Case(
        firing={ready(ENGINE, "broker"): OFF},
        labels=job(ENGINE),
        summary="The broker does not answer: orders neither leave nor are heard of",
        quiet=({ready(ENGINE, "broker"): ON},),
    ),
    "StockbotRiskGuardianGone": Case(
        firing={ready(ENGINE, "risk guardian"): OFF},
        labels=job(ENGINE),
        summary="The Execution Engine sees no sign of life of the Risk Guardian",
        quiet=({ready(ENGINE, "risk guardian"): ON},),
    ),
    "StockbotOrdersUnknown": Case(
        firing={series("stockbot_orders", ENGINE, state="UNKNOWN"): ON},
        labels=job(ENGINE),
        summary="Of some orders it is not known whether the broker has them",
        quiet=({series("stockbot_orders", ENGINE, state="ACCEPTED"): flat(9)},),
    ),
    "StockbotOrdersRejected": Case(
        firing={series("stockbot_order_updates_total", BOOKS, state="REJECTED"): growing(0.5)},
        labels=job(BOOKS),
        summary="The broker rejects order after order",
        quiet=(
            {series("stockbot_order_updates_total", BOOKS, state="REJECTED"): growing(0.05)},
            {series("stockbot_order_updates_total", BOOKS, state="FILLED"): growing(9)},
        ),
    ),
    "StockbotStrategyFailed": Case(
        firing={series("stockbot_strategy_state", STRATEGIES, strategy="momentum", state="FAILED"): ON},
        labels=job(STRATEGIES, strategy="momentum"),
        summary="The strategy momentum has failed and stands still",
        quiet=({series("stockbot_strategy_state", STRATEGIES, strategy="momentum", state="PAUSED"): ON},),
    ),
    "StockbotDecisionsSlow": Case(
        firing=decisions(fast=50, slow=50),
        labels=job(RISK),
        summary="Decisions take more than a second",
        quiet=(decisions(fast=1000, slow=1), decisions(fast=0, slow=0)),
    ),
}

SERVICES = {
    "StockbotTargetDown": Case(
        firing={UP: f"1x40 0x{STEPS}", BUILD: "1x40 stale"},
        labels=job(RISK, instance="10.0.0.7:3002"),
        summary="risk-guardian at 10.0.0.7:3002 does not answer Prometheus",
        quiet=({UP: ON, BUILD: ON}, {series("up", "somebody-else", instance="10.0.0.9:80"): OFF}),
    ),
    "StockbotNothingScraped": Case(
        firing={series("up", "somebody-else", instance="10.0.0.9:80"): ON},
        labels={},
        summary="Prometheus sees no part of Stockbot at all",
        quiet=({BUILD: ON},),
    ),
    "StockbotRestarts": Case(
        firing={started(): "10x30 470x20 790x20 1070x50", BUILD: ON},
        labels=job(RISK),
        summary="risk-guardian starts again and again",
        quiet=(
            {started(): "10x60 950x60", BUILD: ON},
            {series("process_start_time_seconds", "somebody-else", instance="a"): growing(15)},
        ),
    ),
    "StockbotNotReady": Case(
        firing={ready(RISK, "instruments"): OFF, ready(RISK, "bus"): ON},
        labels=job(RISK, check="instruments"),
        summary="risk-guardian is not ready: instruments",
        quiet=({ready(RISK, "instruments"): ON}, LEASE_OF_TWO),
    ),
    "StockbotLeaseLost": Case(
        firing={ready(RISK, "lease", pod="old"): OFF, ready(RISK, "lease", pod="new"): OFF},
        labels=job(RISK),
        summary="No process of risk-guardian holds its lease: it writes nothing",
        quiet=(
            LEASE_OF_TWO,
            {  # the operator's own has an alert of its own
                ready(OPERATOR, "lease"): OFF,
                series("stockbot_operator_leading", OPERATOR): OFF,
            },
        ),
    ),
    "StockbotHeartbeatLost": Case(
        firing={series("stockbot_heartbeat_timestamp_seconds", GATEWAY, source="market-data-gateway/1"): flat(600)},
        labels=job(GATEWAY, source="market-data-gateway/1"),
        summary="market-data-gateway/1 answers Prometheus and shows no sign of life on the bus",
        quiet=(
            {series("stockbot_heartbeat_timestamp_seconds", GATEWAY, source="market-data-gateway/1"): NOW},
            {series("stockbot_heartbeat_timestamp_seconds", GATEWAY, source="market-data-gateway/1"): EACH_MINUTE},
        ),
    ),
    "StockbotLoopFailing": Case(
        firing={series("stockbot_loop_failures_total", RISK, loop="watch"): growing(3)},
        labels=job(RISK, loop="watch"),
        summary="The loop watch of risk-guardian fails again and again",
        quiet=({series("stockbot_loop_failures_total", RISK, loop="watch"): growing(0.1)},),
    ),
    "StockbotServerErrors": Case(
        firing=requests("200", 90) | requests("500", 10),
        labels=job(ENGINE),
        summary="More than 5 % of the answers of execution-engine are server errors",
        quiet=(requests("200", 99) | requests("500", 1), requests("200", 1) | requests("503", 9, route="/readyz")),
    ),
    "StockbotFileDescriptors": Case(
        firing={
            series("process_open_fds", RISK, instance="10.0.0.7:3002"): flat(900),
            series("process_max_fds", RISK, instance="10.0.0.7:3002"): flat(1024),
            BUILD: ON,
        },
        labels=job(RISK),
        summary="risk-guardian has almost no file descriptors left",
        quiet=(
            {
                series("process_open_fds", RISK, instance="10.0.0.7:3002"): flat(90),
                series("process_max_fds", RISK, instance="10.0.0.7:3002"): flat(1024),
                BUILD: ON,
            },
        ),
    ),
    "StockbotWatchdogSilent": Case(
        firing={series("stockbot_watchdog_timestamp_seconds", WATCH): flat(600)},
        labels=job(WATCH),
        summary="The Alert Manager has stopped looking after the services",
        quiet=(
            {series("stockbot_watchdog_timestamp_seconds", WATCH): NOW},
            {series("stockbot_watchdog_timestamp_seconds", WATCH): EACH_MINUTE},
        ),
    ),
    "StockbotAlertsUndelivered": Case(
        firing={series("stockbot_alert_pending_deliveries", WATCH, channel="phone"): flat(4)},
        labels=job(WATCH, channel="phone"),
        summary="The channel phone takes no messages",
        quiet=({series("stockbot_alert_pending_deliveries", WATCH, channel="phone"): "0x70 2x10 0x40"},),
    ),
}

BUS = {
    "StockbotBusTrouble": Case(
        firing={ready(RISK, "bus"): OFF, ready(ENGINE, "bus"): ON},
        labels=job(RISK),
        summary="risk-guardian cannot use the bus",
        quiet=({ready(RISK, "bus"): ON},),
    ),
    "StockbotBusUnsteady": Case(
        firing={series("stockbot_bus_reconnects_total", RISK): growing(1)},
        labels=job(RISK),
        summary="risk-guardian loses its connection to the bus again and again",
        quiet=({series("stockbot_bus_reconnects_total", RISK): ON},),
    ),
    "StockbotBusNearlyFull": Case(
        firing={
            series("stockbot_bus_used_bytes", WATCH): flat(900e6),
            series("stockbot_bus_limit_bytes", WATCH): flat(1e9),
        },
        labels=job(WATCH),
        summary="The bus uses more than 85 % of its memory",
        quiet=(
            {
                series("stockbot_bus_used_bytes", WATCH): flat(800e6),
                series("stockbot_bus_limit_bytes", WATCH): flat(1e9),
            },
            {series("stockbot_bus_used_bytes", WATCH): flat(800e6), series("stockbot_bus_limit_bytes", WATCH): OFF},
        ),
    ),
    "StockbotDatabaseTrouble": Case(
        firing={ready(BOOKS, "database"): OFF},
        labels=job(BOOKS),
        summary="portfolio-manager cannot use the database",
        quiet=({ready(BOOKS, "database"): ON},),
    ),
    "StockbotStreamLag": Case(
        firing={series("stockbot_stream_lag", BOOKS, stream="stockbot:orders"): flat(501)},
        labels=job(BOOKS, stream="stockbot:orders"),
        summary="portfolio-manager is behind on stockbot:orders",
        quiet=({series("stockbot_stream_lag", BOOKS, stream="stockbot:orders"): flat(20)},),
    ),
    "StockbotPendingOld": Case(
        firing={
            series("stockbot_oldest_unacknowledged_seconds", RISK, stream="stockbot:signals", group=RISK): flat(90)
        },
        labels=job(RISK, stream="stockbot:signals", group=RISK),
        summary="risk-guardian has read events of stockbot:signals that it cannot finish",
        quiet=(
            {series("stockbot_oldest_unacknowledged_seconds", RISK, stream="stockbot:signals", group=RISK): flat(2)},
        ),
    ),
    "StockbotPoison": Case(
        firing={series("stockbot_unresolved_dead_letters", WATCH, consumer=RISK, stream="stockbot:orders"): ON},
        labels=job(WATCH, consumer=RISK, stream="stockbot:orders"),
        summary="risk-guardian has put events of stockbot:orders aside",
        quiet=(
            {series("stockbot_unresolved_dead_letters", WATCH, consumer=RISK, stream="stockbot:orders"): "1x40 stale"},
        ),
    ),
    "StockbotEventsPutAside": Case(
        firing={series("stockbot_dead_letters_total", RISK, stream="stockbot:orders"): "0x60 1x60"},
        labels=job(RISK, stream="stockbot:orders"),
        summary="risk-guardian puts events of stockbot:orders aside",
        quiet=({series("stockbot_dead_letters_total", RISK, stream="stockbot:orders"): flat(7)},),
    ),
}

ABOUT_THE_OPERATOR = {
    "StockbotTradingServiceNotReady": Case(
        firing={series("stockbot_operator_conditions", OPERATOR, type="Ready", status="False"): flat(2)},
        labels=job(OPERATOR),
        summary="TradingServices are not ready",
        quiet=(
            {series("stockbot_operator_conditions", OPERATOR, type="Ready", status="True"): flat(7)},
            {series("stockbot_operator_conditions", OPERATOR, type="Degraded", status="False"): flat(7)},
        ),
    ),
    "StockbotOperatorNotLeading": Case(
        firing={
            series("stockbot_operator_leading", OPERATOR, pod="a"): OFF,
            series("stockbot_operator_leading", OPERATOR, pod="b"): OFF,
        },
        labels=job(OPERATOR),
        summary="No operator leads: changes of documents have no effect",
        quiet=(
            {
                series("stockbot_operator_leading", OPERATOR, pod="a"): OFF,
                series("stockbot_operator_leading", OPERATOR, pod="b"): ON,
            },
        ),
    ),
    "StockbotOperatorStuck": Case(
        firing={
            series("stockbot_operator_queue_depth", OPERATOR): flat(7),
            series("stockbot_operator_reconciles_total", OPERATOR, result="done"): flat(40),
        },
        labels=job(OPERATOR),
        summary="The operator does not reconcile",
        quiet=(
            {
                series("stockbot_operator_queue_depth", OPERATOR): flat(7),
                series("stockbot_operator_reconciles_total", OPERATOR, result="done"): growing(1),
            },
            {
                series("stockbot_operator_queue_depth", OPERATOR): OFF,
                series("stockbot_operator_reconciles_total", OPERATOR, result="done"): flat(40),
            },
        ),
    ),
    "StockbotOperatorFailing": Case(
        firing={series("stockbot_operator_reconciles_total", OPERATOR, result="refused"): growing(1)},
        labels=job(OPERATOR),
        summary="Reconciliations fail again and again",
        quiet=({series("stockbot_operator_reconciles_total", OPERATOR, result="done"): growing(9)},),
    ),
    "StockbotOperatorBlind": Case(
        firing={series("stockbot_operator_watch_age_seconds", OPERATOR, kind="deployments"): growing(15)},
        labels=job(OPERATOR, kind="deployments"),
        summary="The operator has heard nothing of deployments for a quarter of an hour",
        quiet=({series("stockbot_operator_watch_age_seconds", OPERATOR, kind="deployments"): flat(59)},),
    ),
}

CASES = {**PRICES, **TRADING, **SERVICES, **BUS, **ABOUT_THE_OPERATOR}
