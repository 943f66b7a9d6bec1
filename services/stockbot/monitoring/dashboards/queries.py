"""The queries that panels are made of. Each is limited to the namespaces chosen on the dashboard."""

from collections.abc import Sequence
from dataclasses import dataclass

SCOPE = 'namespace=~"$namespace"'  # in each query: two releases side by side never mix
RANGE = "$__rate_interval"
OURS = f"and on (namespace, job, instance) stockbot_build_info{{{SCOPE}}}"


@dataclass(frozen=True, kw_only=True)
class Query:
    """`legend` may name labels of the expression, as `{{job}}`. With `leads` Grafana shows exemplars."""

    expr: str
    legend: str = ""
    leads: bool = False


def selector(metric: str, where: str = "") -> str:
    return f"{metric}{{{f'{where}, ' if where else ''}{SCOPE}}}"


def total(metric: str, *by: str, where: str = "", legend: str = "") -> Query:
    return _by("sum", selector(metric, where), by, legend)


def highest(metric: str, *by: str, where: str = "", legend: str = "") -> Query:
    return _by("max", selector(metric, where), by, legend)


def rate(metric: str, *by: str, where: str = "", legend: str = "") -> Query:
    """So many a second."""
    return _by("sum", f"rate({selector(metric, where)}[{RANGE}])", by, legend)


def increase(metric: str, *by: str, where: str = "", legend: str = "") -> Query:
    """So many more since the point before."""
    return _by("sum", f"increase({selector(metric, where)}[{RANGE}])", by, legend)


def age(metric: str, *by: str, legend: str = "") -> Query:
    """Seconds between a timestamp and the scrape that saw it; of several processes, of the one that set it last."""
    return _by("min", f"timestamp({selector(metric)}) - {selector(metric)}", by, legend)


def failing(metric: str, *by: str) -> Query:
    """1 for what is not good."""
    worst = _by("min", selector(metric), by, "")
    return Query(expr=f"1 - {worst.expr}", legend=worst.legend)


def quantile(metric: str, part: float, *by: str, legend: str = "", leads: bool = False) -> Query:
    buckets = _by("sum", f"rate({selector(f'{metric}_bucket')}[{RANGE}])", ("le", *by), legend)
    named = f"p{part * 100:g}"
    return Query(expr=f"histogram_quantile({part}, {buckets.expr})", legend=legend or named, leads=leads)


def of_process(expr: str, *by: str) -> Query:
    """A number of the process itself, of our processes alone."""
    return _by("max", f"{expr} {OURS}", by, "")


def recorded(name: str, *by: str, legend: str = "") -> Query:
    return Query(expr=selector(name), legend=legend or _legend(by))


def _by(operation: str, inner: str, by: Sequence[str], legend: str) -> Query:
    grouping = f" by ({', '.join(by)}) " if by else ""
    return Query(expr=f"{operation}{grouping}({inner})", legend=legend or _legend(by))


def _legend(by: Sequence[str]) -> str:
    return " ".join(f"{{{{{label}}}}}" for label in by)
