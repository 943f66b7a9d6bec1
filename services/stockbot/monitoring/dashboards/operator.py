"""The dashboard Operator: does what runs on the cluster follow the documents."""

from stockbot.monitoring.dashboards.panel import Dashboard, Kind, Panel, Row, Unit
from stockbot.monitoring.dashboards.queries import RANGE, Query, highest, quantile, rate, recorded, selector

LEADING = "stockbot_operator_leading"
OF_OPERATORS = f"and on (namespace, job, instance) {selector(LEADING)}"

STANDING = Row(
    title="Do the documents count",
    panels=(
        Panel(
            title="Leads",
            says="Whether one of the operator's processes holds the lease.",
            kind=Kind.NUMBER,
            queries=(highest(LEADING),),
            words=((0, "nobody", "red"), (1, "yes", "green")),
            width=4,
            height=6,
        ),
        Panel(
            title="TradingServices not ready",
            says="`kubectl get ts -A` says which, and why.",
            kind=Kind.NUMBER,
            queries=(
                Query(
                    expr="max(" + selector("stockbot_operator_conditions", 'type="Ready", status="False"') + ")\n"
                    f"  or 0 * max({selector(LEADING)})"
                ),
            ),
            steps=(1, 1),
            width=4,
            height=6,
        ),
        Panel(
            title="Conditions",
            says="TradingServices by condition and its status.",
            queries=(highest("stockbot_operator_conditions", "type", "status"),),
            height=6,
        ),
        Panel(
            title="Checks that fail",
            says="1 for a check of the operator's readiness that fails; a process that does not lead is not ready.",
            queries=(
                Query(
                    expr=f"1 - min by (instance, check) ({selector('stockbot_ready')} {OF_OPERATORS})",
                    legend="{{instance}} {{check}}",
                ),
            ),
            height=6,
        ),
    ),
)

WORK = Row(
    title="Reconciling",
    panels=(
        Panel(
            title="Reconciliations",
            says="By what became of them.",
            unit=Unit.PER_SECOND,
            queries=(rate("stockbot_operator_reconciles_total", "result"),),
        ),
        Panel(
            title="Queue",
            says="Resources that wait for a reconciliation now.",
            queries=(highest("stockbot_operator_queue_depth", "instance"),),
        ),
        Panel(
            title="Time of a reconciliation",
            says="The 99th percentile, and how long resources waited before it.",
            unit=Unit.SECONDS,
            queries=(
                recorded("job:stockbot_operator_reconcile_seconds:p99_5m", legend="p99"),
                quantile("stockbot_operator_queue_seconds", 0.99, legend="waited, p99"),
            ),
        ),
    ),
)

SERVER = Row(
    title="The API server",
    panels=(
        Panel(
            title="Requests",
            says="To the API server, by verb. At rest there are none but watches and the lease.",
            unit=Unit.PER_SECOND,
            queries=(rate("stockbot_operator_api_requests_total", "verb"),),
        ),
        Panel(
            title="Time of a request, p99",
            says="By verb.",
            unit=Unit.SECONDS,
            queries=(quantile("stockbot_operator_api_seconds", 0.99, "verb", legend="{{verb}}"),),
        ),
        Panel(
            title="Silence of watches",
            says="Time since each watch last said anything; a bookmark comes every minute.",
            unit=Unit.SECONDS,
            queries=(highest("stockbot_operator_watch_age_seconds", "kind"),),
            steps=(300, 900),
        ),
        Panel(
            title="Memory",
            says="Resident memory.",
            unit=Unit.BYTES,
            queries=(
                Query(
                    expr=f"max by (instance) (process_resident_memory_bytes {OF_OPERATORS})",
                    legend="{{instance}}",
                ),
            ),
            width=12,
        ),
        Panel(
            title="Failures of loops",
            says="Background loops of the operator that raised.",
            unit=Unit.PER_SECOND,
            queries=(
                Query(
                    expr=f"sum by (loop) (rate(stockbot_loop_failures_total[{RANGE}]) {OF_OPERATORS})",
                    legend="{{loop}}",
                ),
            ),
            width=12,
        ),
    ),
)

OPERATOR = Dashboard(
    uid="stockbot-operator",
    title="Stockbot / Operator",
    says="Does what runs on the cluster follow the documents.",
    probe=LEADING,
    rows=(STANDING, WORK, SERVER),
)
