"""`stockbot status`: the same table for one machine and for a cluster."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockbot.cli.app import app
from stockbot.cli.status_table import NONE, lines
from stockbot.runtime.fleet import Condition, Service
from stockbot.runtime.fleet.report import Report, write_report
from stockbot.testing.clock import START
from stockbot.testing.cluster_scenes import services
from stockbot.testing.fake_service import running
from stockbot.testing.kubernetes import FakeKubernetes

GATEWAY = Service(
    name="gateway",
    type="MarketDataGateway",
    condition=Condition.NOT_READY,
    reason="prices:\x1b[31m none yet",
    wanted=2,
    ready=1,
    endpoint="http://localhost:3001",
    since=START - timedelta(minutes=3, seconds=5),
)
IDLE = Service(name="ui", type="Dashboard", condition=Condition.SUSPENDED)


@pytest.fixture
def kubernetes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKubernetes]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("STOCKBOT_DATA_DIR", str(tmp_path / "data"))
    with running(FakeKubernetes(services=services(datetime.now(UTC)))) as fake:
        monkeypatch.setenv("KUBECONFIG", str(fake.kubeconfig(tmp_path)))
        yield fake


def test_the_table_is_as_wide_as_what_is_in_it() -> None:
    """The reason last and whole; what steers a terminal is taken out."""
    assert list(lines([GATEWAY, IDLE], START)) == [
        "NAME     TYPE               CONDITION  READY  ENDPOINT               AGE    REASON",
        "gateway  MarketDataGateway  not ready  1/2    http://localhost:3001  3m 5s  prices: [31m none yet",
        "ui       Dashboard          suspended  0/0    -                      -",
    ]


def test_without_services_the_next_step_is_said() -> None:
    """An empty table would say nothing."""
    assert list(lines([], START)) == [NONE]


def test_the_local_platform_is_shown(tmp_path: Path) -> None:
    """With its folder; exit code 1 while one of its services needs a person, else 0."""
    write_report(tmp_path, Report(pid=1, at=datetime.now(UTC), services=(GATEWAY, IDLE)))
    answer = CliRunner().invoke(app, ["status", "--data-dir", str(tmp_path)])
    assert answer.output.startswith(f"stockbot up over {tmp_path}\n\nNAME ")
    assert answer.exit_code == 1
    write_report(tmp_path, Report(pid=1, at=datetime.now(UTC), services=(IDLE,)))
    assert CliRunner().invoke(app, ["status", "--data-dir", str(tmp_path)]).exit_code == 0


def test_without_a_local_platform_the_cluster_is_asked(kubernetes: FakeKubernetes) -> None:
    """That of the kubeconfig's current context."""
    answer = CliRunner().invoke(app, ["status"])
    assert answer.output.startswith(f"namespace stockbot of {kubernetes.url}\n\nNAME ")
    assert "SecretNotFound: alpaca; make it in this namespace" in answer.output
    assert answer.exit_code == 1


def test_a_cluster_can_be_asked_beside_a_local_platform(kubernetes: FakeKubernetes, tmp_path: Path) -> None:
    """Whoever names a namespace or a context means the cluster."""
    (tmp_path / "data").mkdir()
    write_report(tmp_path / "data", Report(pid=1, at=datetime.now(UTC), services=(IDLE,)))
    assert "namespace other of" in CliRunner().invoke(app, ["status", "-n", "other"]).output
    answer = CliRunner().invoke(app, ["status", "--context", "moon"])
    assert "there is no context 'moon'; there are: test" in answer.stderr
    assert answer.exit_code == 2


def test_a_missing_right_is_a_line(kubernetes: FakeKubernetes) -> None:
    """With the right, and without a traceback."""
    kubernetes.forbid("list", "tradingservices", "stockbot.dev")
    answer = CliRunner().invoke(app, ["status"])
    assert "The right that is missing: list on tradingservices.stockbot.dev" in answer.stderr
    assert answer.exit_code == 1


def test_where_nothing_runs_both_ways_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform to start, or a kubeconfig to name."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    answer = CliRunner().invoke(app, ["status", "--data-dir", str(tmp_path)])
    assert "start `stockbot up`, or give --data-dir, or name a kubeconfig" in answer.stderr
    assert answer.exit_code == 2
