"""What every service stands on: made from its settings, nothing connected, everything checked and closed."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from pydantic import SecretStr

from stockbot.errors import ConfigurationError
from stockbot.local.ports import free_port
from stockbot.runtime import storage
from stockbot.runtime.auth import Role
from stockbot.runtime.bus import connection
from stockbot.runtime.settings import Settings
from stockbot.runtime.surroundings import Surroundings
from stockbot.testing.databases import sqlite_url


def settings(tmp_path: Path, **more: Any) -> Settings:
    given = {
        "bus_url": SecretStr(f"redis://:hunter2@127.0.0.1:{free_port()}/0"),
        "database_url": SecretStr(sqlite_url(tmp_path)),
        "anonymous_role": Role.VIEWER,
    }
    return Settings(**{**given, **more})


def surroundings(tmp_path: Path, **more: Any) -> Surroundings:
    return Surroundings.of(
        settings(tmp_path, **more), "sample", package="stockbot.market_data_gateway", prefix="gateway_"
    )


def port_of(around: Surroundings) -> int:
    return around.program(port=3001, routers=[], background=[]).port


def test_names_the_process(tmp_path: Path) -> None:
    """Service and shard, in events, keys and logs."""
    assert surroundings(tmp_path, shard=3).source == "sample/3"


def test_takes_the_port_of_the_type_unless_another_is_set(tmp_path: Path) -> None:
    """Zero means any free port, and is not the same as unset."""
    assert [port_of(surroundings(tmp_path, port=port)) for port in (None, 4001, 0)] == [3001, 4001, 0]


def test_a_stop_may_take_what_the_document_gives_it_to_drain(tmp_path: Path) -> None:
    """Open requests get seconds, and what is in flight all the rest, within the pod's grace of 15 s more."""

    async def step() -> None:
        raise AssertionError

    program = surroundings(tmp_path, drain_seconds=60).program(port=0, routers=[], background=[], on_stop=[step])
    assert 60 < program.stop_seconds <= 75
    assert program.request_seconds + program.step_seconds * len(program.on_stop) == pytest.approx(program.stop_seconds)
    assert program.step_seconds > 20
    assert surroundings(tmp_path).program(port=0, routers=[], background=[]).request_seconds <= 5


async def test_the_own_loops_run_beside_those_of_bus_and_storage(tmp_path: Path) -> None:
    """A program keeps the bus watched and the tables migrated, and closes both after the service's own steps."""
    stopped: list[str] = []

    async def step() -> None:
        stopped.append("own")

    program = surroundings(tmp_path).program(port=0, routers=[], background=[("own", step)], on_stop=[step])
    assert [name for name, _ in program.background] == ["bus", "storage", "own"]
    for stop in program.on_stop:
        await stop()
    assert stopped == ["own"]


async def test_says_what_is_not_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without bus and database the app answers, and its readiness names both, without the bus's password."""
    monkeypatch.setattr(storage, "IDLE_SECONDS", 0.0)
    monkeypatch.setattr(connection, "PING_SECONDS", 0.0)
    around = surroundings(tmp_path)
    program = around.program(port=0, routers=[APIRouter()], background=[])
    await dict(program.background)["bus"]()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(program.app), base_url="http://localhost") as client:
        answer = await client.get("/readyz")
    checks = {check["name"]: check["reason"] for check in answer.json()["checks"]}
    assert answer.status_code == 503
    assert "the bus does not answer" in checks["bus"]
    assert checks["database"] == "the tables are not migrated yet"
    assert "hunter2" not in answer.text
    await dict(program.background)["storage"]()
    assert around.storage.trouble() is None
    for stop in program.on_stop:
        await stop()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"database_url": None}, "STOCKBOT_DATABASE_URL is missing"),
        ({"database_url": SecretStr("sqlite:///relative.db")}, "not an absolute path"),
        ({"database_url": SecretStr("sqlite:////nowhere/at/all.db")}, "make the folder /nowhere/at writable"),
    ],
)
def test_refuses_what_a_person_must_mend(tmp_path: Path, wrong: dict[str, Any], message: str) -> None:
    """One error at the start that names the setting or the folder."""
    with pytest.raises(ConfigurationError, match=message):
        surroundings(tmp_path, **wrong)
