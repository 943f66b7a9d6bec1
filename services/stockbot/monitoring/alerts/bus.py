"""Alerts about bus and database, and about events that wait or were put aside."""

from stockbot.monitoring.alerts.alert import Alert, Severity

BUS = (
    Alert(
        name="StockbotBusTrouble",
        expr='min by (namespace, job) (stockbot_ready{check="bus"}) == 0',
        lasting="30s",
        severity=Severity.CRITICAL,
        summary="{{ $labels.job }} cannot use the bus",
        meaning="Without the bus no price and no event travels. Nothing is lost: SQL is the truth, and relays send "
        "again what the bus forgot.",
        steps=(
            "See the pod or process of the bus, its memory and its disk; restart it freely, also with empty data.",
            "If one service alone is affected, see its Secret (address, password, CA) and its NetworkPolicy.",
        ),
    ),
    Alert(
        name="StockbotBusUnsteady",
        expr="sum by (namespace, job) (increase(stockbot_bus_reconnects_total[15m])) > 5",
        severity=Severity.WARNING,
        summary="{{ $labels.job }} loses its connection to the bus again and again",
        meaning="The bus restarts, refuses writes for want of memory (`OOM`), or the network drops connections.",
        steps=(
            "See restarts and memory of the bus (`StockbotBusNearlyFull`).",
            "Read the reasons in the service's log.",
        ),
    ),
    Alert(
        name="StockbotBusNearlyFull",
        expr="max by (namespace, job) (stockbot_bus_used_bytes / (stockbot_bus_limit_bytes > 0)) > 0.85",
        lasting="1m",
        severity=Severity.CRITICAL,
        summary="The bus uses more than 85 % of its memory",
        meaning="At its limit it refuses every write: no price and no event travels. Nothing is lost.",
        steps=(
            "Raise its memory limit: streams are bounded, so it grows with symbols and readers, and not without end.",
            "A group that nobody reads holds its stream back: `stockbot events stats` shows what each one waits for.",
            "In an emergency empty it: relays fill it again out of SQL.",
        ),
    ),
    Alert(
        name="StockbotDatabaseTrouble",
        expr='min by (namespace, job) (stockbot_ready{check="database"}) == 0',
        lasting="30s",
        severity=Severity.CRITICAL,
        summary="{{ $labels.job }} cannot use the database",
        meaning="Nothing can be decided, sent or booked: all of it is committed first. A full disk looks like this.",
        steps=(
            "Read the reason in `/readyz`: not reachable, disk full, or tables that a newer version has migrated.",
            "See PostgreSQL's own log, its connections and its volume.",
            "After a restore run `stockbot db restored`: docs/operations.md has the order of steps.",
        ),
    ),
    Alert(
        name="StockbotStreamLag",
        expr="max by (namespace, job, stream) (stockbot_stream_lag) > 500",
        lasting="2m",
        severity=Severity.WARNING,
        summary="{{ $labels.job }} is behind on {{ $labels.stream }}",
        meaning="More events wait than are taken in. Old signals and approvals run out unsent.",
        steps=(
            "See whether it holds its lease and is ready: a standby reads nothing.",
            "See handling time and database on Services and bus; a slow disk shows there first.",
        ),
    ),
    Alert(
        name="StockbotPendingOld",
        expr="max by (namespace, job, stream, group) (stockbot_oldest_unacknowledged_seconds) > 60",
        lasting="1m",
        severity=Severity.CRITICAL,
        summary="{{ $labels.group }} has read events of {{ $labels.stream }} that it cannot finish",
        meaning="They are read and not committed for over a minute: database or lease hold them up. Work streams are "
        "in order, so everything behind them waits too.",
        steps=(
            "See `StockbotDatabaseTrouble` and `StockbotLeaseLost` of that service.",
            "Its log says `background loop waits` with the reason.",
        ),
    ),
    Alert(
        name="StockbotPoison",
        expr="max by (namespace, job, consumer, stream) (stockbot_unresolved_dead_letters) > 0",
        severity=Severity.CRITICAL,
        summary="{{ $labels.consumer }} has put events of {{ $labels.stream }} aside",
        meaning="An event could not be taken in, and its service goes on without it. An order update put aside keeps "
        "its account in Reducing.",
        steps=(
            "Read the reasons and the events: the console's Dead letters page, or `stockbot events dead`.",
            "After a corrected version is rolled out, replay them; what is truly nonsense is resolved with a reason.",
        ),
    ),
    Alert(
        name="StockbotEventsPutAside",
        expr="sum by (namespace, job, stream) (increase(stockbot_dead_letters_total[10m])) > 0",
        severity=Severity.WARNING,
        summary="{{ $labels.job }} puts events of {{ $labels.stream }} aside",
        meaning="The same as `StockbotPoison`, told by the service itself, also while the Alert Manager is away.",
        steps=("Go on as for `StockbotPoison`; if the count grows, stop who publishes those events.",),
    ),
)
