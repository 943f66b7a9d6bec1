"""The checks of readiness as series, asked when Prometheus scrapes: a check reads what is known and costs nothing.

So every reason not to be ready can be alerted on by its name, without a gauge of its own that somebody must set.
"""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from stockbot.runtime.health import CheckResult, Readiness


class ReadinessSeries(Collector):
    """`stockbot_ready` for what gates the work, `stockbot_well` for what only informs; why is said by /readyz."""

    def __init__(self, readiness: Readiness, registry: CollectorRegistry) -> None:
        self._readiness = readiness
        registry.register(self)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """The series without a sample: what a registry asks for when it takes a collector."""
        yield _family("stockbot_ready", "1 where a check of readiness is good, 0 where it is not.", "check", ())
        yield _family("stockbot_well", "1 where a note of readiness has nothing to say, else 0.", "note", ())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ready, well = self.describe()
        yield _family(ready.name, ready.documentation, "check", self._readiness.report())
        yield _family(well.name, well.documentation, "note", self._readiness.notes())


def _family(name: str, documentation: str, label: str, results: Iterable[CheckResult]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for result in results:
        family.add_metric([result.name], float(result.ok))
    return family
