"""Recording rules: what dashboards and alerts ask for often, computed once. Named level:metric:operation."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recording:
    name: str
    expr: str
    meaning: str


def _quantile(quantile: str, metric: str, *labels: str) -> str:
    by = ", ".join(("le", "namespace", "job", *labels))
    return f"histogram_quantile({quantile}, sum by ({by}) (rate({metric}_bucket[5m])))"


RECORDINGS = (
    Recording(
        name="job:stockbot_risk_decision_seconds:p50_5m",
        expr=_quantile("0.5", "stockbot_risk_decision_seconds"),
        meaning="Half of the decisions take less.",
    ),
    Recording(
        name="job:stockbot_risk_decision_seconds:p99_5m",
        expr=_quantile("0.99", "stockbot_risk_decision_seconds"),
        meaning="One decision in a hundred takes longer.",
    ),
    Recording(
        name="job:stockbot_send_seconds:p99_5m",
        expr=_quantile("0.99", "stockbot_send_seconds"),
        meaning="One answer of the broker in a hundred takes longer.",
    ),
    Recording(
        name="job:stockbot_booking_seconds:p99_5m",
        expr=_quantile("0.99", "stockbot_booking_seconds"),
        meaning="One order update in a hundred takes longer into the ledger.",
    ),
    Recording(
        name="job:stockbot_handling_seconds:p99_5m",
        expr=_quantile("0.99", "stockbot_handling_seconds", "stream"),
        meaning="One batch of a stream in a hundred takes longer, its commit included.",
    ),
    Recording(
        name="job:stockbot_http_seconds:p99_5m",
        expr=_quantile("0.99", "stockbot_http_seconds"),
        meaning="One answer over HTTP in a hundred takes longer.",
    ),
    Recording(
        name="job:stockbot_events:rate5m",
        expr="sum by (namespace, job, direction, type, result) (rate(stockbot_events_total[5m]))",
        meaning="Events in and out a second, by type and what became of them.",
    ),
    Recording(
        name="job:stockbot_http_requests:rate5m",
        expr="sum by (namespace, job, status) (rate(stockbot_http_requests_total[5m]))",
        meaning="Requests answered a second, by status.",
    ),
    Recording(
        name="job:stockbot_operator_reconcile_seconds:p99_5m",
        expr=_quantile("0.99", "stockbot_operator_reconcile_seconds"),
        meaning="One reconciliation in a hundred takes longer.",
    ),
)
