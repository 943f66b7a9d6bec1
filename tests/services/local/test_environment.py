"""The environment of a service's process."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from stockbot.events.streams import MOST_SHARDS
from stockbot.local.environment import Surroundings, environment_of, gateway_shards_of
from stockbot.local.units import Unit
from stockbot.runtime.auth import Role
from stockbot.runtime.settings import Settings
from stockbot.spec import TradingService

MakeDocument = Callable[..., TradingService]
SURROUNDINGS = Surroundings(
    bus_url=SecretStr("redis://:secret@127.0.0.1:6379/0"),
    database_url=SecretStr("sqlite:////data/stockbot.db"),
    data_dir=Path("/data"),
    tokens_file=Path("/data/tokens.json"),
    endpoints={"MarketDataGateway": "http://127.0.0.1:3001"},
    gateway_shards=3,
)


def environment(document: TradingService, **inherited: str) -> dict[str, str]:
    unit = Unit(document, shard=1, port=3001, is_built=True)
    return environment_of(unit, SURROUNDINGS, token=SecretStr("sbt_own"), inherited=inherited)


def test_the_services_own_settings_understand_it(make_document: MakeDocument, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set here is what a service reads: nothing is misspelt, and every value is accepted."""
    for name, value in environment(make_document("gateway", "MarketDataGateway")).items():
        monkeypatch.setenv(name, value)
    settings = Settings.load()
    assert settings.bus_url == SURROUNDINGS.bus_url
    assert settings.require_database_url() == "sqlite:////data/stockbot.db"
    assert (settings.host, settings.port, settings.shard) == ("127.0.0.1", 3001, 1)
    assert (settings.tokens_file, settings.data_dir) == (Path("/data/tokens.json"), Path("/data"))
    assert settings.token == SecretStr("sbt_own")
    assert settings.endpoints == SURROUNDINGS.endpoints
    assert settings.gateway_shards == 3
    assert (settings.environment, settings.log_format, settings.instance) == ("local", "json", "gateway/1")


def test_every_stream_of_prices_is_read(make_document: MakeDocument) -> None:
    """As many as the gateway has shards; where the documents have no gateway, all that there may be."""
    risk = Unit(make_document("risk", "RiskGuardian"), shard=0, port=3002, is_built=True)
    gateway = make_document("gateway", "MarketDataGateway", replicas=2)
    shards = [Unit(gateway, shard=number, port=3001 + number, is_built=True) for number in range(2)]
    assert gateway_shards_of([risk, *shards]) == 2
    assert gateway_shards_of([risk]) == Settings.model_fields["gateway_shards"].default == MOST_SHARDS


@pytest.mark.parametrize(("service_type", "role"), [("Dashboard", Role.VIEWER), ("RiskGuardian", None)])
def test_only_the_console_lets_strangers_look(
    make_document: MakeDocument, monkeypatch: pytest.MonkeyPatch, service_type: str, role: Role | None
) -> None:
    """Prices are shown without a login on this machine; no API answers without a token."""
    for name, value in environment(make_document("x", service_type)).items():
        monkeypatch.setenv(name, value)
    assert Settings.load().anonymous_role is role


def test_the_persons_token_stays_with_the_person(make_document: MakeDocument) -> None:
    """No process inherits the admin's token; the rest of the environment it does."""
    inherited = environment(make_document("ui", "Dashboard"), STOCKBOT_ADMIN_TOKEN="secret", PATH="/bin")  # noqa: S106 - a placeholder
    assert "secret" not in json.dumps(inherited).replace(":secret@", "")
    assert inherited["PATH"] == "/bin"


def test_a_documents_variables_are_set(make_document: MakeDocument) -> None:
    """Plain values, and values of Secrets from STOCKBOT_SECRET_ variables; one that is missing stays unset."""
    document = make_document(
        "ui",
        "Dashboard",
        env=[
            {"name": "PLAIN", "value": "1"},
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "alpha-vantage", "key": "apiKey"}}},
            {"name": "ABSENT", "valueFrom": {"secretKeyRef": {"name": "other", "key": "k"}}},
            {"name": "STOCKBOT_BUS_URL", "value": "redis://elsewhere:6379/0"},
        ],
    )
    found = environment(document, STOCKBOT_SECRET_ALPHA_VANTAGE_APIKEY="k1", PLAIN="0")  # noqa: S106 - a placeholder
    assert (found["PLAIN"], found["KEY"]) == ("1", "k1")
    assert "ABSENT" not in found
    assert found["STOCKBOT_BUS_URL"] == SURROUNDINGS.bus_url.get_secret_value()
