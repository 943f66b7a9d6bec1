"""Prometheus on this machine: whom it scrapes, and what a person reads where it cannot start."""

import json
import socket
from pathlib import Path

import pytest
import yaml

from stockbot.errors import ConfigurationError
from stockbot.fleet import Condition, Service
from stockbot.local.bulletin import BUS_TYPE
from stockbot.monitoring import __main__ as monitor
from stockbot.monitoring import prometheus
from stockbot.monitoring.prometheus import Prometheus, configuration, targets


def service(name: str, endpoint: str, type_: str = "RiskGuardian") -> Service:
    return Service(name=name, type=type_, condition=Condition.READY, endpoint=endpoint)


def test_what_runs_is_scraped_under_its_name() -> None:
    """By the loopback address, whatever name a person types; neither what is suspended nor the bus server."""
    found = targets(
        [
            service("risk", "http://localhost:3002"),
            service("asleep", ""),
            service("bus server", "127.0.0.1:6379", BUS_TYPE),
        ]
    )
    assert json.loads(found) == [{"targets": ["127.0.0.1:3002"], "labels": {"job": "risk"}}]


def test_the_configuration_has_both_rule_files(tmp_path: Path) -> None:
    """Alerts ask for what recordings compute; targets stand in a file that is read again by itself."""
    written = yaml.safe_load(configuration(tmp_path))
    assert [Path(name).name for name in written["rule_files"]] == ["recordings.yaml", "alerts.yaml"]
    (scraped,) = written["scrape_configs"]
    assert scraped["file_sd_configs"] == [{"files": [str(tmp_path / "targets.json")]}]


def test_without_the_program_a_person_reads_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written and nothing starts."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="install Debian's package `prometheus`"):
        Prometheus.start(tmp_path / "prometheus", 9099)
    assert not (tmp_path / "prometheus").exists()


def test_a_busy_port_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make monitor` ends with exit code 2 and names the port and what to do."""
    monkeypatch.setattr(prometheus, "find_binary", lambda: "prometheus")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert monitor.main(["--data-dir", str(tmp_path), "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"port {port} is in use" in said
    assert "give another --port" in said
    assert len(said.splitlines()) == 1
