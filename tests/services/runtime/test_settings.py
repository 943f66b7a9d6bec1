"""A process reads its surroundings once, and says in one line what is wrong with them."""

from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError
from stockbot.runtime.auth import Role
from stockbot.runtime.settings import Settings, is_loopback

BUS = "redis://bot:hunter2@127.0.0.1:6379/0"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("STOCKBOT_BUS_URL", BUS)
    return monkeypatch


def test_has_defaults_that_are_safe() -> None:
    """With the bus alone given, a process listens on this machine only and lets nobody in."""
    settings = Settings.load()
    assert settings.host == "127.0.0.1"
    assert settings.anonymous_role is None
    assert settings.tokens_file is None
    assert settings.source("market-data-gateway") == "market-data-gateway/0"
    assert settings.bus_url.get_secret_value() == BUS


def test_reads_every_variable(surroundings: pytest.MonkeyPatch) -> None:
    """Each variable of the environment arrives in its type."""
    given = {
        "DATABASE_URL": "sqlite:////tmp/stockbot.db",
        "HOST": "::1",
        "PORT": "3001",
        "SHARD": "2",
        "TOKENS_FILE": "/run/tokens.json",
        "TOKEN": "sbt_x",
        "ENDPOINTS": '{"RiskGuardian": "http://127.0.0.1:3002/"}',
        "LOG_FORMAT": "console",
        "LOG_LEVEL": "debug",
        "ENVIRONMENT": "paper",
        "ANONYMOUS_ROLE": "viewer",
        "DATA_DIR": "/var/lib/stockbot",
        "INSTANCE": "pod-1",
    }
    for name, value in given.items():
        surroundings.setenv(f"STOCKBOT_{name}", value)
    settings = Settings.load()
    assert settings.require_database_url() == "sqlite:////tmp/stockbot.db"
    assert (settings.port, settings.shard, settings.instance) == (3001, 2, "pod-1")
    assert settings.endpoints == {"RiskGuardian": "http://127.0.0.1:3002"}
    assert settings.anonymous_role is Role.VIEWER
    assert settings.data_dir == Path("/var/lib/stockbot")


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("PORT", "banana", "a port from 1 to 65535"),
        ("PORT", "70000", "a port from 1 to 65535"),
        ("PORT", "tcp://10.0.0.1:3001", "a port from 1 to 65535"),
        ("SHARD", "-1", "a whole number from 0"),
        ("LOG_FORMAT", "xml", "json or console"),
        ("LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("ANONYMOUS_ROLE", "admin", "none or viewer"),
        ("ENDPOINTS", "not json", "a JSON object"),
        ("ENDPOINTS", '{"RiskGuardian": "ftp://x"}', "a JSON object"),
    ],
)
def test_names_the_variable_its_value_and_what_is_right(
    surroundings: pytest.MonkeyPatch, name: str, value: str, right: str
) -> None:
    """A wrong value is one line: which variable, what it holds, what it must be."""
    surroundings.setenv(f"STOCKBOT_{name}", value)
    with pytest.raises(ConfigurationError) as caught:
        Settings.load()
    message = str(caught.value)
    assert message.startswith(f"STOCKBOT_{name} is {value!r}, but must be ")
    assert right in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["BUS_URL", "DATABASE_URL"])
@pytest.mark.parametrize("value", ["http://u:hunter2@host", "hunter2", "redis://:pa/hunter2@host:x"])
def test_never_shows_a_secret(surroundings: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A wrong address of bus or database is named, but nothing of it is shown, not even in the cause."""
    surroundings.setenv(f"STOCKBOT_{name}", value)
    with pytest.raises(ConfigurationError) as caught:
        Settings.load()
    assert f"STOCKBOT_{name}" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_says_what_is_missing(surroundings: pytest.MonkeyPatch) -> None:
    """Without the bus the one line says which variable to set to what."""
    surroundings.delenv("STOCKBOT_BUS_URL")
    with pytest.raises(ConfigurationError, match="STOCKBOT_BUS_URL is missing: set it to an address of the bus"):
        Settings.load()
    surroundings.setenv("STOCKBOT_BUS_URL", BUS)
    with pytest.raises(ConfigurationError, match="STOCKBOT_DATABASE_URL is missing"):
        Settings.load().require_database_url()


def test_names_all_that_is_wrong_at_once(surroundings: pytest.MonkeyPatch) -> None:
    """Two wrong variables are two parts of the one line: nobody mends and starts twice."""
    surroundings.setenv("STOCKBOT_PORT", "x")
    surroundings.setenv("STOCKBOT_SHARD", "y")
    with pytest.raises(ConfigurationError, match=r"STOCKBOT_PORT.*; STOCKBOT_SHARD"):
        Settings.load()


def test_lets_anonymous_people_in_on_this_machine_only(surroundings: pytest.MonkeyPatch) -> None:
    """Anonymous viewers on an address that others reach are refused with the fix."""
    surroundings.setenv("STOCKBOT_ANONYMOUS_ROLE", "viewer")
    surroundings.setenv("STOCKBOT_HOST", "0.0.0.0")  # noqa: S104 - the very thing that is refused
    with pytest.raises(ConfigurationError, match=r"^STOCKBOT_ANONYMOUS_ROLE .* listen on 127.0.0.1 only$"):
        Settings.load()


def test_shows_no_secret_when_printed() -> None:
    """Settings may end in a log by accident; their text holds no password."""
    assert "hunter2" not in repr(Settings.load())


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("localhost", True), ("[::1]", True), ("0.0.0.0", False), ("a.example", False)],  # noqa: S104
)
def test_knows_addresses_of_this_machine(host: str, here: bool) -> None:
    """Only loopback addresses are of this machine alone."""
    assert is_loopback(host) is here
