"""The embedded bus server, with every server binary of this machine."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from pydantic import SecretStr
from redis.backoff import NoBackoff
from redis.retry import Retry

from stockbot.errors import Unavailable
from stockbot.local.bus_binaries import find_binaries
from stockbot.local.bus_server import BusServer, dragonfly_command, server_configuration

Eventually = Callable[[Callable[[], Any], str], Any]


@pytest.fixture(params=find_binaries(), ids=lambda binary: binary.name)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BusServer]:
    """A running server of each kind, over a folder whose name has a space and a quote."""
    with BusServer.start(tmp_path / 'a "data" folder', binary=request.param) as running:
        yield running


@pytest.fixture
def client(server: BusServer) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server.url.get_secret_value(), protocol=2) as connected:
        yield connected


def test_this_machine_has_a_server() -> None:
    """Installing the package brings at least one server."""
    assert find_binaries()


def test_a_stop_keeps_what_was_written(server: BusServer, client: redis.Redis) -> None:
    """A stopped server comes back with the same streams at the same address."""
    client.xadd("stockbot:signals", {"event": "x"})
    server.stop()
    assert server.exit_code() == 0
    server.restart()
    assert client.xlen("stockbot:signals") == 1


def test_a_killed_server_comes_back(server: BusServer, client: redis.Redis) -> None:
    """A killed server restarts from its last snapshot, at the same address."""
    client.set("kept", 1)
    client.save()
    client.set("lost", 1)
    server.kill()
    assert not server.answers()
    server.restart()
    assert (client.get("kept"), client.get("lost")) == (b"1", None)


def test_nobody_gets_in_without_the_password(server: BusServer) -> None:
    """A client without the password is refused."""
    stranger = redis.Redis(host="127.0.0.1", port=server.port, protocol=2, retry=Retry(NoBackoff(), 0))
    with stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_only_loopback_is_listened_to(client: redis.Redis) -> None:
    """The server binds to the loopback address alone."""
    assert client.config_get("bind") == {"bind": "127.0.0.1"}


def test_the_password_is_neither_shown_nor_public(server: BusServer) -> None:
    """The password is not in the arguments, in the log, in the folder or in a printed object."""
    password = server.url.get_secret_value().split(":")[2].partition("@")[0]
    assert len(password) > 20
    assert password not in repr(server.url)
    assert password not in Path(f"/proc/{server.pid}/cmdline").read_text()
    assert not [file for file in server.folder.iterdir() if password.encode() in file.read_bytes()]


def test_the_folder_is_the_owners_alone(server: BusServer) -> None:
    """Nobody else may read the snapshots."""
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700


def test_a_server_that_cannot_start_says_why(server: BusServer, tmp_path: Path) -> None:
    """On a port that is taken the error carries the end of the server's own log."""
    with pytest.raises(Unavailable, match=r"did not start; its log .*bus\.log ends:(.|\n)*in use"):
        BusServer.start(tmp_path / "other", binary=server.binary, port=server.port)


def test_the_servers_death_is_noticed(server: BusServer, eventually: Eventually) -> None:
    """A server that somebody kills has an exit code, and no longer answers."""
    os.kill(server.pid, 9)
    eventually(lambda: server.exit_code() is not None, "its end is noticed")
    assert not server.answers()


def test_a_given_password_is_used(tmp_path: Path) -> None:
    """A caller may fix port and password, to start a server again where another was."""
    with BusServer.start(tmp_path, password=SecretStr("chosen")) as server:
        assert server.url.get_secret_value() == f"redis://:chosen@127.0.0.1:{server.port}/0"


def test_the_configuration_never_stops_writes(tmp_path: Path) -> None:
    """A failed snapshot does not stop the transport, and nothing is ever evicted."""
    lines = server_configuration(port=1, password="p", folder=tmp_path).splitlines()  # noqa: S106 - a placeholder
    assert "stop-writes-on-bgsave-error no" in lines
    assert "maxmemory-policy noeviction" in lines


def test_dragonfly_gets_flags_without_the_password(tmp_path: Path) -> None:
    """Dragonfly's command line names port, folder and a fixed snapshot name, and no password."""
    command = dragonfly_command(Path("/usr/bin/dragonfly"), port=6379, folder=tmp_path)
    assert command[0] == "/usr/bin/dragonfly"
    assert {"--bind=127.0.0.1", "--port=6379", "--dbfilename=bus", "--proactor_threads=1"} <= set(command)
    assert not [flag for flag in command if "requirepass" in flag]
