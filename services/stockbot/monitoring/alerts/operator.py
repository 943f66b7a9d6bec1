"""Alerts about the operator: a document that a person changed must become what runs."""

from stockbot.monitoring.alerts.alert import Alert, Severity

OPERATOR = (
    Alert(
        name="StockbotTradingServiceNotReady",
        expr='max by (namespace, job) (stockbot_operator_conditions{type="Ready", status="False"}) > 0',
        lasting="5m",
        severity=Severity.CRITICAL,
        summary="TradingServices are not ready",
        meaning="The cluster does not run what the documents say: a pod does not start, or is not ready.",
        steps=(
            "`kubectl get ts -A` shows which and why; `kubectl describe ts NAME` has conditions and events.",
            "A closed market is ready. A service that is suspended is not counted as failing.",
        ),
    ),
    Alert(
        name="StockbotOperatorNotLeading",
        expr="max by (namespace, job) (stockbot_operator_leading) == 0",
        lasting="1m",
        severity=Severity.CRITICAL,
        summary="No operator leads: changes of documents have no effect",
        meaning="What runs goes on. A HALT that is declared in a document is not carried out: use the console.",
        steps=(
            "See the Lease `stockbot-operator` in its namespace, and whether the operator may update it.",
            "Read the operator's log; `NotLeading` with another holder means a second installation.",
        ),
    ),
    Alert(
        name="StockbotOperatorStuck",
        expr="max by (namespace, job) (stockbot_operator_queue_depth) > 0\n"
        "  and sum by (namespace, job) (increase(stockbot_operator_reconciles_total[10m])) == 0",
        lasting="5m",
        severity=Severity.CRITICAL,
        summary="The operator does not reconcile",
        meaning="Resources wait, and none was looked at for ten minutes.",
        steps=(
            "See whether the API server answers (panel API requests) and whether an operator leads.",
            "Restart the operator; what runs is not touched by that.",
        ),
    ),
    Alert(
        name="StockbotOperatorFailing",
        expr="sum by (namespace, job) (\n"
        '  increase(stockbot_operator_reconciles_total{result!~"done|not_leading"}[10m])\n'
        ") > 5",
        lasting="5m",
        severity=Severity.WARNING,
        summary="Reconciliations fail again and again",
        meaning="`problems` is a document or a reference that a person must mend; `refused` and `unavailable` are the "
        "API server's words; `error` is a defect.",
        steps=(
            "`kubectl get ts -A`: the conditions `Ready` and `Degraded` say what is wrong, and what would be right.",
            "`forbidden` in the log: the operator's Role lacks a right; install the chart of the same version.",
        ),
    ),
    Alert(
        name="StockbotOperatorBlind",
        expr="max by (namespace, job, kind) (stockbot_operator_watch_age_seconds) > 900",
        lasting="1m",
        severity=Severity.CRITICAL,
        summary="The operator has heard nothing of {{ $labels.kind }} for a quarter of an hour",
        meaning="A watch hangs: the server sends a bookmark every minute. Changes are seen at the next resync only.",
        steps=("Restart the operator; see what lies between it and the API server (proxies with idle timeouts).",),
    ),
)
