"""Alerts about the services themselves: those that are gone, stand still, start again and again, or answer badly."""

from stockbot.monitoring.alerts.alert import Alert, Severity, age

NAMED = "bus|database|lease|account|broker|reconciliation|risk guardian"  # checks with an alert of their own

SERVICES = (
    Alert(
        name="StockbotTargetDown",
        expr="(up == 0) and on (namespace, job) last_over_time(stockbot_build_info[1d])",
        lasting="1m",
        severity=Severity.CRITICAL,
        summary="{{ $labels.job }} at {{ $labels.instance }} does not answer Prometheus",
        meaning="The process is gone, hangs, or the network between is closed. Every other alert about it is blind.",
        steps=(
            "`kubectl get ts,pods` or `stockbot status`: does it run, and why not?",
            "If it runs, see its `/healthz` and the NetworkPolicy's `network.metricsFrom`.",
        ),
    ),
    Alert(
        name="StockbotNothingScraped",
        expr="absent(stockbot_build_info)",
        lasting="5m",
        severity=Severity.CRITICAL,
        summary="Prometheus sees no part of Stockbot at all",
        meaning="No alert can fire. ServiceMonitors are not selected, or the whole platform is gone.",
        steps=(
            "See that the ServiceMonitors exist and that Prometheus selects their labels and namespace.",
            "`kubectl get ts` or `stockbot status`: does anything run?",
        ),
    ),
    Alert(
        name="StockbotRestarts",
        expr="sum by (namespace, job) (changes(process_start_time_seconds[30m])\n"
        "  and on (namespace, job, instance) stockbot_build_info) >= 3",
        severity=Severity.WARNING,
        summary="{{ $labels.job }} starts again and again",
        meaning="Three starts within half an hour: it crashes, is killed for memory, or its probe fails.",
        steps=(
            "Read the last words: `kubectl logs --previous`, or the log that `stockbot status` names.",
            "`OOMKilled` needs a higher memory limit in `spec.resources`.",
        ),
    ),
    Alert(
        name="StockbotNotReady",
        expr=f'min by (namespace, job, check) (stockbot_ready{{check!~"{NAMED}"}}) == 0',
        lasting="5m",
        severity=Severity.WARNING,
        summary="{{ $labels.job }} is not ready: {{ $labels.check }}",
        meaning="A check of readiness without an alert of its own fails: the service takes no new work.",
        steps=("Read the reason in its `/readyz` or on the console's Services page; it says what would be right.",),
    ),
    Alert(
        name="StockbotLeaseLost",
        expr='max by (namespace, job) (stockbot_ready{check="lease"}) == 0\n'
        "  unless on (namespace, job) stockbot_operator_leading",
        lasting="45s",
        severity=Severity.CRITICAL,
        summary="No process of {{ $labels.job }} holds its lease: it writes nothing",
        meaning="One writer per account holds a lease of 15 s in SQL. Nobody holding it for three of them means that "
        "none can renew it, or that a process outside of Prometheus' sight has it.",
        steps=(
            "See the database (`StockbotDatabaseTrouble`): a lease is a row in it.",
            "The log says `lease not renewed` and why; the row's holder names the process that has it.",
            "A clock that stepped back can delay a takeover by one lease; more needs a look at NTP.",
        ),
    ),
    Alert(
        name="StockbotHeartbeatLost",
        expr=f"{age('stockbot_heartbeat_timestamp_seconds', 'source')} > 20",
        lasting="15s",
        severity=Severity.CRITICAL,
        summary="{{ $labels.source }} answers Prometheus and shows no sign of life on the bus",
        meaning="Its own loop, its database commits or the bus do not work, so the others count it as gone.",
        steps=(
            "Read its log for `not said to be alive` and the reason.",
            "See `/healthz` for a loop that hangs, then bus and database.",
        ),
    ),
    Alert(
        name="StockbotLoopFailing",
        expr="sum by (namespace, job, loop) (rate(stockbot_loop_failures_total[5m])) > 0.1",
        lasting="5m",
        severity=Severity.WARNING,
        summary="The loop {{ $labels.loop }} of {{ $labels.job }} fails again and again",
        meaning="It is tried again with pauses; what it does is not done meanwhile.",
        steps=("Read the log for `background loop failed` (a defect) or `background loop waits` (a dependency).",),
    ),
    Alert(
        name="StockbotServerErrors",
        expr='sum by (namespace, job) (rate(stockbot_http_requests_total{status=~"5..", route!="/readyz"}[5m]))\n'
        "  / sum by (namespace, job) (rate(stockbot_http_requests_total[5m])) > 0.05",
        lasting="5m",
        severity=Severity.WARNING,
        summary="More than 5 % of the answers of {{ $labels.job }} are server errors",
        meaning="People and the console see failures. What `/readyz` answers is not among them.",
        steps=(
            "Look at the panel Requests by status; the log has each error under the errorid that the answer names.",
        ),
    ),
    Alert(
        name="StockbotFileDescriptors",
        expr="max by (namespace, job) (process_open_fds / process_max_fds\n"
        "  and on (namespace, job, instance) stockbot_build_info) > 0.8",
        lasting="5m",
        severity=Severity.WARNING,
        summary="{{ $labels.job }} has almost no file descriptors left",
        meaning="New connections will soon fail: too many open pages or a leak.",
        steps=("Raise the limit (`ulimit -n`) or shed clients; restart the service if it leaks, and report it.",),
    ),
    Alert(
        name="StockbotWatchdogSilent",
        expr=f"{age('stockbot_watchdog_timestamp_seconds')} > 60",
        severity=Severity.CRITICAL,
        summary="The Alert Manager has stopped looking after the services",
        meaning="It is the one that speaks when the bus is dead. While it is silent, this Prometheus is all there is.",
        steps=("See its `/readyz` (check `watchdog`) and its log; restart it.",),
    ),
    Alert(
        name="StockbotAlertsUndelivered",
        expr="max by (namespace, job, channel) (stockbot_alert_pending_deliveries) > 0",
        lasting="10m",
        severity=Severity.WARNING,
        summary="The channel {{ $labels.channel }} takes no messages",
        meaning="Alerts of the platform wait and reach nobody by this channel.",
        steps=(
            "Try it: `POST /api/v1/channels/{name}/test` answers with the channel's own words.",
            "Renew its token or address in the Secret that the document names.",
        ),
    ),
)
