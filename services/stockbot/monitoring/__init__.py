"""What an operator on call sees: the one source of alert rules, recording rules and Grafana dashboards.

`make docs` writes them for the chart and for plain Prometheus, together with docs/monitoring.md; `make monitor` starts
Prometheus with them beside `make run`. Nothing that trades stands on this.
"""
