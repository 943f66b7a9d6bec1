"""The dashboard Services and bus: who is ready and why not, what travels, what waits, and what it costs."""

from stockbot.monitoring.dashboards.panel import Dashboard, Kind, Panel, Row, Unit
from stockbot.monitoring.dashboards.queries import (
    RANGE,
    Query,
    age,
    failing,
    highest,
    increase,
    of_process,
    rate,
    recorded,
    selector,
    total,
)

EVER = f"and on (namespace, job) last_over_time({selector('stockbot_build_info')}[1d])"
YES_NO = ((0, "no", "red"), (1, "yes", "green"))

HEALTH = Row(
    title="Who is well",
    panels=(
        Panel(
            title="Answers Prometheus",
            says="Each service that is scraped: no, where one of its processes does not answer.",
            kind=Kind.NUMBER,
            queries=(Query(expr=f"min by (job) (up {EVER})", legend="{{job}}"),),
            words=YES_NO,
            width=12,
            height=5,
        ),
        Panel(
            title="Ready",
            says="Yes where every check of readiness is good.",
            kind=Kind.NUMBER,
            queries=(Query(expr=f"min by (job) ({selector('stockbot_ready')})", legend="{{job}}"),),
            words=YES_NO,
            width=12,
            height=5,
        ),
        Panel(
            title="Checks that fail",
            says="1 for a check that fails; the reason in words is in /readyz and on the console's Services page.",
            queries=(failing("stockbot_ready", "job", "check"),),
        ),
        Panel(
            title="Works without",
            says="1 for a note: what a service that is ready works without.",
            queries=(failing("stockbot_well", "job", "note"),),
        ),
        Panel(
            title="Age of the last heartbeat",
            says="Written on the bus every 5 s while loops and commits work; at 15 s a service counts as gone.",
            unit=Unit.SECONDS,
            queries=(age("stockbot_heartbeat_timestamp_seconds", "source"),),
            steps=(10, 15),
        ),
        Panel(
            title="Failures of loops",
            says="Background loops that raised.",
            unit=Unit.PER_SECOND,
            queries=(rate("stockbot_loop_failures_total", "job", "loop"),),
        ),
        Panel(
            title="Open alerts of the platform",
            says="What the Alert Manager has found and is not over.",
            queries=(total("stockbot_open_alerts", "severity"), highest("stockbot_quiet_services", legend="not well")),
        ),
        Panel(
            title="Age of the watchdog's last look",
            says="The Alert Manager looks at everybody; from outside it is this number that must stay small.",
            unit=Unit.SECONDS,
            queries=(age("stockbot_watchdog_timestamp_seconds", "job"),),
            steps=(30, 60),
        ),
    ),
)

EVENTS = Row(
    title="The bus",
    panels=(
        Panel(
            title="Events in",
            says="Events handled, by type.",
            unit=Unit.PER_SECOND,
            queries=(rate("stockbot_events_total", "job", "type", where='direction="in", result="handled"'),),
        ),
        Panel(
            title="Events out",
            says="Events published, or relayed out of SQL, by type or stream.",
            unit=Unit.PER_SECOND,
            queries=(rate("stockbot_events_total", "job", "type", where='direction="out"'),),
        ),
        Panel(
            title="Lag",
            says="Events of a work stream that its reader has not read.",
            queries=(highest("stockbot_stream_lag", "job", "stream"),),
            steps=(100, 500),
        ),
        Panel(
            title="Pending",
            says="Events read and not yet acknowledged.",
            queries=(highest("stockbot_stream_pending", "group", "stream"),),
        ),
        Panel(
            title="Oldest unacknowledged",
            says="Age of the oldest event that was read and not finished.",
            unit=Unit.SECONDS,
            queries=(highest("stockbot_oldest_unacknowledged_seconds", "group", "stream"),),
            steps=(30, 60),
        ),
        Panel(
            title="Put aside",
            says="Events that nobody has resolved, and new ones.",
            queries=(
                total("stockbot_unresolved_dead_letters", "consumer", "stream"),
                increase("stockbot_dead_letters_total", "job", legend="new, {{job}}"),
            ),
        ),
        Panel(
            title="Handling time, p99",
            says="One batch of a stream, its commit included.",
            unit=Unit.SECONDS,
            width=6,
            queries=(recorded("job:stockbot_handling_seconds:p99_5m", "job", "stream"),),
        ),
        Panel(
            title="Ticks missed",
            says="Gaps in the numbers of broadcast events.",
            queries=(increase("stockbot_broadcast_gaps_total", "job", "stream"),),
            width=6,
        ),
        Panel(
            title="Memory of the bus",
            says="What it uses and what it may use; at its limit it refuses every write.",
            unit=Unit.BYTES,
            queries=(
                highest("stockbot_bus_used_bytes", legend="used"),
                highest("stockbot_bus_limit_bytes", legend="limit"),
            ),
            width=6,
        ),
        Panel(
            title="Connections to the bus made anew",
            says="Each process connects once at its start.",
            width=6,
            queries=(increase("stockbot_bus_reconnects_total", "job"),),
        ),
    ),
)

WEB = Row(
    title="HTTP and channels",
    panels=(
        Panel(
            title="Requests by status",
            says="Requests answered a second.",
            unit=Unit.PER_SECOND,
            queries=(rate("stockbot_http_requests_total", "job", "status"),),
        ),
        Panel(
            title="Time to answer, p99",
            says="All routes of a service together.",
            unit=Unit.SECONDS,
            queries=(recorded("job:stockbot_http_seconds:p99_5m", "job"),),
        ),
        Panel(
            title="Alert deliveries",
            says="Messages to the channels by result, and how many wait.",
            queries=(
                increase("stockbot_alert_deliveries_total", "channel", "result"),
                highest("stockbot_alert_pending_deliveries", "channel", legend="waiting, {{channel}}"),
            ),
        ),
    ),
)

COST = Row(
    title="Processes",
    panels=(
        Panel(
            title="Memory",
            says="Resident memory.",
            unit=Unit.BYTES,
            queries=(of_process("process_resident_memory_bytes", "job", "instance"),),
        ),
        Panel(
            title="CPU",
            says="Seconds of one core a second.",
            queries=(of_process(f"rate(process_cpu_seconds_total[{RANGE}])", "job", "instance"),),
        ),
        Panel(
            title="Versions",
            says="Which version each service runs: two of a service are a roll-out on its way.",
            kind=Kind.TABLE,
            queries=(highest("stockbot_build_info", "job", "version"),),
        ),
    ),
)

SERVICES = Dashboard(
    uid="stockbot-services",
    title="Stockbot / Services and bus",
    says="Who is ready and why not, what travels, what waits, and what it costs.",
    probe="stockbot_build_info",
    rows=(HEALTH, EVENTS, WEB, COST),
)
