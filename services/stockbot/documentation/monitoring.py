"""docs/monitoring.md: every metric with its labels, every alert with what to do, every rule and dashboard."""

from collections.abc import Iterable

from stockbot.monitoring.alerts import ALERTS, GROUPS, Alert
from stockbot.monitoring.catalogue import PARTS, Metric, metrics_of
from stockbot.monitoring.dashboards import DASHBOARDS
from stockbot.monitoring.dashboards.panel import Dashboard
from stockbot.monitoring.event_driven import EVENT_DRIVEN
from stockbot.monitoring.recordings import RECORDINGS

HEAD = """# Monitoring

Generated from `stockbot.monitoring` by `make docs`; do not edit.

Every service, the console and the operator answer Prometheus at `/metrics`, without a token and without a secret in it.
Nothing is read out of SQL when Prometheus asks: a gauge is what its service last knew.

- **On this machine:** `make monitor` beside `make run` starts Prometheus with all rules loaded and prints its address.
- **On a cluster:** the chart makes ServiceMonitors, PrometheusRules and ConfigMaps with the dashboards, for the
  Prometheus operator and for Grafana's sidecar. Without them load `charts/stockbot/files/alerts.yaml` and
  `recordings.yaml` as rule files, and import `charts/stockbot/files/dashboards/*.json`.
- **Labels.** Rules and dashboards tell releases apart by `namespace` and `job`, the name of the TradingService; both
  come from service discovery. On one machine there is no namespace.
- **From a latency to an order.** Histograms of decisions, sends and bookings carry exemplars with the `correlationid`
  of one chain. Prometheus keeps them with `--enable-feature=exemplar-storage` (in the Prometheus operator
  `enableFeatures: [exemplar-storage]`), and Grafana's data source turns each into a link to the console's explain
  view:

```yaml
jsonData:
  exemplarTraceIdDestinations:
    - name: correlationid
      url: https://console.example.com/explain/$${__value.raw}
      urlDisplayLabel: Explain this chain
```
"""

TRACES = """
## Traces

Off until OpenTelemetry's standard variables name a receiver, and until then no event is looked at. On this machine
`OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 make run`; on a cluster `spec.env` of each document, where
`spec.network.egress`, if it is set, has to let them out.

A trace is one chain, from the tick to the ledger. Its spans are named by stream: `stockbot:signals publish` lasts from
an event's commit until the bus has it, `stockbot:signals risk-guardian` until the Risk Guardian has committed what
follows from it. All ids follow from those of the events, so a chain's trace is found by its correlation id
(`messaging.message.conversation_id`), what is delivered twice is one span, and no service hands a context on. An event
that carries a `traceparent` belongs to that trace.

Sent is OTLP over HTTP in JSON, which every collector takes at port 4318. These count: `OTEL_SDK_DISABLED`,
`OTEL_TRACES_EXPORTER=none`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER` with its `_ARG` (by
the trace's id, so all services choose the same), `OTEL_BSP_SCHEDULE_DELAY`, `OTEL_BSP_MAX_QUEUE_SIZE`, and
`OTEL_EXPORTER_OTLP_` with `ENDPOINT`, `TRACES_ENDPOINT`, `HEADERS`, `TIMEOUT` and `CERTIFICATE`. A receiver that is
away costs spans, and nothing else.
"""

ALERTS_HEAD = """
## Alerts

**Critical** means that money may be at stake, or that nothing is traded which should be: look now. **Warning** means
that it will be, if nobody looks today. Each alert fires, and stays quiet, in cases of `promtool test rules`.

The Alert Manager tells people of the same matters by its own channels, out of the platform itself; these rules watch
from outside, and watch the Alert Manager too (`StockbotWatchdogSilent`).
"""


def monitoring_page() -> str:
    """The whole page as Markdown."""
    parts = (
        HEAD,
        TRACES,
        _metrics(),
        _recordings(),
        ALERTS_HEAD,
        _index(),
        *map(_section, ALERTS),
        _dashboards(),
        _absent(),
    )
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _metrics() -> str:
    return "## Metrics\n\n" + "\n".join(_part(part) for part in PARTS)


def _part(part: str) -> str:
    rows = [(f"`{_shown(one)}`", one.kind, _labels(one), one.meaning) for one in metrics_of(part)]
    return f"### {part}\n\n" + _table(("Metric", "Kind", "Labels", "Means"), rows)


def _shown(metric: Metric) -> str:
    """A histogram by the name that its buckets share."""
    return metric.name if metric.kind == "histogram" else metric.series[0]


def _labels(metric: Metric) -> str:
    return ", ".join(f"`{label}`" for label in metric.labels)


def _recordings() -> str:
    rows = [(f"`{one.name}`", one.meaning) for one in RECORDINGS]
    return "## Recording rules\n\n" + _table(("Series", "Means"), rows)


def _index() -> str:
    rows = [
        (f"[{alert.name}](#{alert.name.lower()})", str(alert.severity), group)
        for group, alerts in GROUPS.items()
        for alert in alerts
    ]
    return _table(("Alert", "Severity", "About"), rows)


def _section(alert: Alert) -> str:
    after = "at once" if alert.lasting == "0m" else f"after {alert.lasting}"
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(alert.steps, 1))
    fires = f"*{str(alert.severity).capitalize()}*, {after}, where\n\n```promql\n{alert.expr}\n```"
    return f"### {alert.name}\n\n{alert.meaning}\n\n{fires}\n\nWhat to do:\n\n{steps}\n"


def _dashboards() -> str:
    return "## Dashboards\n\n" + "\n".join(map(_dashboard, DASHBOARDS))


def _dashboard(dashboard: Dashboard) -> str:
    rows = [(row.title, panel.title, panel.says) for row in dashboard.rows for panel in row.panels]
    head = f"### {dashboard.title}\n\n{dashboard.says} File: `charts/stockbot/files/dashboards/{dashboard.file}`.\n\n"
    return head + _table(("Row", "Panel", "Shows"), rows)


def _absent() -> str:
    head = "## What a quiet day does not show\n\nThese series are not there until something happens.\n\n"
    return head + _table(("Series", "Is there"), [(f"`{name}`", why) for name, why in EVENT_DRIVEN.items()])


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
