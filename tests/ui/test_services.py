"""Which services the console asks."""

import json
from pathlib import Path

import pytest

from stockbot.runtime.fleet.report import Report, write_report
from stockbot.runtime.settings import Settings
from stockbot.testing.clock import START, FixedClock
from stockbot_console.services import board_of, services_of, watches


def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, endpoints: str) -> Settings:
    monkeypatch.setenv("STOCKBOT_BUS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("STOCKBOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STOCKBOT_ENDPOINTS", endpoints)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return Settings.load()


async def test_only_the_gateway_is_always_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the platform does not have is neither asked nor watched."""
    services = services_of(settings(monkeypatch, tmp_path, "{}"))
    assert (services.orchestrator, services.guardian) == (None, None)
    assert [name for name, _ in watches(services, board_of(services, FixedClock()))] == ["gateway"]
    for service in services:
        await service.close()


async def test_every_service_of_the_platform_is_watched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One loop for each; and all but the gateway keep dead letters."""
    names = ("RiskGuardian", "StrategyOrchestrator", "ExecutionEngine", "PortfolioManager", "AlertManager")
    endpoints = json.dumps(dict.fromkeys(names, "http://127.0.0.1:1"))
    services = services_of(settings(monkeypatch, tmp_path, endpoints))
    loops = [name for name, _ in watches(services, board_of(services, FixedClock()))]
    assert loops == ["gateway", "strategies", "risk", "execution", "holdings", "alerts"]
    assert len(services.letter_keepers) == len(names)
    for service in services:
        await service.close()


async def test_who_was_started_by_stockbot_up_knows_how_all_services_stand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its data folder holds the report; a console that nobody started so shows nothing of the kind."""
    given = settings(monkeypatch, tmp_path, "{}")
    assert services_of(given).steward is None
    write_report(tmp_path, Report(pid=1, at=START, services=()))
    services = services_of(given)
    assert services.steward is not None
    assert services.steward.place == f"stockbot up over {tmp_path}"
    assert [name for name, _ in watches(services, board_of(services, FixedClock()))] == ["gateway", "services"]
