"""Panels, rows and dashboards as data: what is shown, in which unit, from which queries. Drawn by `grafana`."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from stockbot.monitoring.dashboards.queries import Query


class Unit(StrEnum):
    """Grafana's names of units."""

    NUMBER = "short"
    MONEY = "locale"
    SECONDS = "s"
    BYTES = "bytes"
    RATIO = "percentunit"
    PER_SECOND = "ops"


class Kind(StrEnum):
    LINES = "timeseries"
    NUMBER = "stat"
    TABLE = "table"
    GAUGE = "gauge"


@dataclass(frozen=True, kw_only=True)
class Panel:
    """`steps` are the values from which on a number is yellow, and red; `words` stand for numbers, with a colour."""

    title: str
    says: str
    queries: tuple[Query, ...]
    unit: Unit = Unit.NUMBER
    kind: Kind = Kind.LINES
    width: int = 8  # of 24 columns
    height: int = 8
    steps: tuple[float, float] | None = None
    words: tuple[tuple[float, str, str], ...] = ()
    stacked: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """`probe` is the metric whose labels fill the variables."""

    uid: str
    title: str
    says: str
    probe: str
    rows: tuple[Row, ...]

    @property
    def file(self) -> str:
        return f"{self.uid}.json"

    @property
    def panels(self) -> Iterator[Panel]:
        return (panel for row in self.rows for panel in row.panels)
