"""Alerts about prices: nothing is traded on an old one, so what is old is also what is not traded."""

from stockbot.monitoring.alerts.alert import Alert, Severity, age

PRICES = (
    Alert(
        name="StockbotPricesStale",
        expr='sum by (namespace, job, symbol_set) (stockbot_symbols{freshness="stale"}) > 0',
        lasting="2m",
        severity=Severity.WARNING,
        summary="Symbols of {{ $labels.symbol_set }} have no fresh price",
        meaning="Some symbols' last price is too old to act on. Their strategies see nothing, risk denies what adds "
        "risk in them, and the marks of open positions stand still.",
        steps=(
            "Read `degraded` in the gateway's `/readyz`, or the console's Market page: each symbol has its reason.",
            "A symbol that its provider does not list any more is taken out of the document, or renamed there.",
            "For a spent budget see `GET /api/v1/providers`; raise the tick interval or add a provider.",
        ),
    ),
    Alert(
        name="StockbotNoFreshPrice",
        expr='sum by (namespace, job) (stockbot_symbols{freshness="fresh"}) == 0',
        lasting="1m",
        severity=Severity.CRITICAL,
        summary="No symbol has a fresh price: nothing that adds risk is traded",
        meaning="Every price is stale or missing, so every signal is denied and losses cannot be told.",
        steps=(
            "Ask `GET /api/v1/providers` which providers are down, and why.",
            "Ask the provider's own status page; try its address from a pod of the gateway (`kubectl exec`).",
            "If a network policy allows egress by list, see that the provider's address is still in it.",
            "Positions stay open: decide whether to flatten by hand at the broker.",
        ),
    ),
    Alert(
        name="StockbotTicksStopped",
        expr=f"{age('stockbot_tick_timestamp_seconds', 'shard')}\n"
        "  > 15 + 3 * max by (namespace, job, shard) (stockbot_tick_interval_seconds)",
        lasting="30s",
        severity=Severity.CRITICAL,
        summary="Shard {{ $labels.shard }} of the gateway puts no ticks on the bus",
        meaning="The gateway has prices, perhaps, but the bus has not had a tick for three intervals and more. Nobody "
        "downstream sees a price, and 30 s later nothing that adds risk passes.",
        steps=(
            "See whether the bus serves (`StockbotBusTrouble`): it is the usual reason.",
            "Read the gateway's log for `not published`; see `/healthz` for a beat that hangs.",
            "Restart the gateway if its beat hangs: the last prices are restored from the bus.",
        ),
    ),
    Alert(
        name="StockbotProviderDown",
        expr="max by (namespace, job, provider) (stockbot_provider_down) == 1",
        lasting="2m",
        severity=Severity.WARNING,
        summary="The provider {{ $labels.provider }} fails and is not asked",
        meaning="Its circuit breaker is open. Symbol sets with another provider go on with that one; those without "
        "one go stale.",
        steps=(
            "Read its last error at `GET /api/v1/providers`.",
            "`access refused` is a key that ran out: put a new one into its Secret and restart the gateway.",
            "Everything else heals by itself: it is asked again after a pause of at most five minutes.",
        ),
    ),
    Alert(
        name="StockbotTicksMissed",
        expr="sum by (namespace, job, stream) (increase(stockbot_broadcast_gaps_total[10m])) > 5",
        severity=Severity.WARNING,
        summary="{{ $labels.job }} has missed ticks of {{ $labels.stream }}",
        meaning="A reader is slower than the stream is kept, or the bus lost what it had. Strategies treat a gap as a "
        "break: no bar is built over it.",
        steps=(
            "See CPU and memory of the service and of the bus on the dashboard Services and bus.",
            "A bus that restarts (`StockbotBusUnsteady`) explains single gaps; they heal with the next tick.",
            "Shard the gateway or the orchestrator if one process cannot follow.",
        ),
    ),
)
