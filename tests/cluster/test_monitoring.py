"""The operator at work on a real API server, under a real Prometheus: what rules and its dashboard ask for is there."""

from pathlib import Path

import pytest
from tests.cluster.bench_of_services import Bench, a_service
from tests.cluster.operator_fixtures import bench, quiet_bench
from tests.services.monitoring.watched import OF_THE_OPERATOR, panel_questions, rule_questions, watching

from stockbot.fleet import Condition, Service
from stockbot.monitoring.dashboards.operator import OPERATOR

__all__ = ["bench", "quiet_bench"]


@pytest.mark.timeout(300)
def test_the_operators_panels_and_rules_have_what_they_ask_for(bench: Bench, tmp_path: Path) -> None:
    """One service becomes ready and one cannot; each query and each series of a rule then gives something."""
    spec = {"ports": [{"port": 80}], "selector": {"app": "somebody-elses"}}
    bench.create("services", {"metadata": {"name": "taken"}, "spec": spec})
    bench.apply(a_service(), a_service("taken"))
    bench.until_ready("alerts")
    bench.until("taken", "Ready", "False")
    endpoint = f"http://127.0.0.1:{bench.operator.port}"
    itself = Service(name="stockbot-operator", type="operator", condition=Condition.READY, endpoint=endpoint)
    questions = panel_questions([OPERATOR]) + rule_questions(lambda name: name.startswith(OF_THE_OPERATOR))
    assert len(questions) > 15
    with watching(tmp_path / "prometheus", [itself]) as watched:
        assert watched.silent(questions) == []
