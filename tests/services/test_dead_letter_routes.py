"""Every service with a worker has the routes of dead letters, over its own table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

import stockbot
from stockbot.alert_manager import main as alerts
from stockbot.alert_manager.settings import AlertSettings
from stockbot.cli.db import services_with_tables
from stockbot.execution_engine import main as execution
from stockbot.execution_engine.settings import ExecutionSettings
from stockbot.local.ports import free_port
from stockbot.portfolio_manager import main as portfolio
from stockbot.portfolio_manager.settings import PortfolioSettings
from stockbot.risk_guardian import main as risk
from stockbot.risk_guardian.settings import RiskSettings
from stockbot.runtime.auth import Role, token_record, write_tokens
from stockbot.runtime.database import Database
from stockbot.runtime.migrations import upgrade
from stockbot.runtime.program import Program
from stockbot.runtime.settings import Settings
from stockbot.spec import load_documents
from stockbot.strategy_orchestrator import main as strategies
from stockbot.strategy_orchestrator.settings import OrchestratorSettings

TOKEN = "sbt_of-an-admin-in-a-test"  # noqa: S105 - opens nothing but this process
DOCUMENTS = Path(stockbot.__file__).parents[2] / "k8s" / "platform"
SERVICES: dict[str, tuple[Callable[..., Program], type[Settings]]] = {
    "alert-manager": (alerts.build, AlertSettings),
    "execution-engine": (execution.build, ExecutionSettings),
    "portfolio-manager": (portfolio.build, PortfolioSettings),
    "risk-guardian": (risk.build, RiskSettings),
    "strategy-orchestrator": (strategies.build, OrchestratorSettings),
}


def program_of(name: str, folder: Path) -> Program:
    build, settings = SERVICES[name]
    tokens = folder / "tokens.json"
    write_tokens(tokens, [token_record("anna", Role.ADMIN, TOKEN)])
    given: dict[str, Any] = {
        "bus_url": SecretStr(f"redis://127.0.0.1:{free_port()}/0"),
        "database_url": SecretStr(f"sqlite:///{folder}/stockbot.db"),
        "tokens_file": tokens,
    }
    (document,) = load_documents(DOCUMENTS / f"{name}.yaml")
    return build(settings(**given), document)


@pytest.mark.parametrize("name", SERVICES)
async def test_the_routes_are_there(name: str, tmp_path: Path) -> None:
    """The list is over tables as the migrations make them; both words answer about a letter."""
    program = program_of(name, tmp_path)
    await dict(program.background)["storage"]()
    assert isinstance(program.app, FastAPI)
    transport = httpx.ASGITransport(program.app)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        assert (await client.get("/api/v1/dead-letters")).json() == {"items": [], "next": None}
        for word in ("replay", "resolve"):
            answer = await client.post(f"/api/v1/dead-letters/a/b/{word}", json={"reason": "a test"})
            assert (answer.status_code, answer.json()["detail"]) == (404, "there is no dead letter a/b here")
    for step in program.on_stop:
        await step()


async def test_no_service_is_forgotten(tmp_path: Path) -> None:
    """Whoever keeps dead letters is named above."""
    database = Database.open(f"sqlite:///{tmp_path}/stockbot.db")
    having = set()
    for name, package in services_with_tables().items():
        prefix = __import__(f"{package}.migrations", fromlist=["PREFIX"]).PREFIX
        await upgrade(database, package, prefix)
        rows = await database.read(lambda c: c.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all())
        having |= {name} if f"{prefix}dead_letters" in rows else set()
    await database.close()
    assert having == set(SERVICES)
