"""One alert: when it fires, how grave it is, and what a person who is woken by it does."""

from dataclasses import dataclass
from enum import StrEnum

PAGE = "docs/monitoring.md"


def age(metric: str, *by: str) -> str:
    """How old a timestamp was when it was scraped: that of the process that set it last."""
    return f"min by ({', '.join(('namespace', 'job', *by))}) (timestamp({metric}) - {metric})"


class Severity(StrEnum):
    CRITICAL = "critical"  # money may be at stake, or nothing is traded that should be: now
    WARNING = "warning"  # it will be, if nobody looks: today


@dataclass(frozen=True, kw_only=True)
class Alert:
    """`lasting` is how long it must be so, in Prometheus' words. `summary` may name labels of the expression.

    Every expression keeps `namespace` and `job`, so that two releases side by side never mix. Ages are those at the
    scrape: a Prometheus that scrapes once a minute must not find everything a minute old.
    """

    name: str
    expr: str
    lasting: str = "0m"
    severity: Severity
    summary: str
    meaning: str
    steps: tuple[str, ...]

    @property
    def runbook(self) -> str:
        """Its section of the page. The chart can put the address of a hosted page before it."""
        return f"{PAGE}#{self.name.lower()}"
