"""A bus and a database with TLS, by addresses as docs/install.md writes them: an authority of one's own is checked."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import redis
from sqlalchemy import text

from stockbot.errors import Unavailable
from stockbot.local.bus_server import free_port
from stockbot.runtime.bus.connection import BusUnavailable, connect, translated
from stockbot.runtime.database import Database
from stockbot.testing.bus import binary
from stockbot.testing.databases import start_postgres, unavailable
from stockbot.testing.postgres import PostgresServer

READY_SECONDS = 10
CURVE = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"


class Authority(NamedTuple):
    """An authority's certificate, and a server's for localhost that it has signed."""

    certificate: Path
    server: Path
    key: Path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return made(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return made(tmp_path_factory.mktemp("stranger"))


def made(folder: Path) -> Authority:
    """Make an authority and a certificate."""
    if shutil.which("openssl") is None:
        unavailable("openssl is not installed: install the package openssl")
    found = Authority(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    signing = f"-CA {found.certificate} -CAkey {folder}/ca.key -addext subjectAltName=DNS:localhost"
    for command in (
        f"-x509 {CURVE} -subj /CN=authority -keyout {folder}/ca.key -out {found.certificate}",
        f"-x509 {CURVE} -subj /CN=localhost {signing} -keyout {found.key} -out {found.server}",
    ):
        subprocess.run(["openssl", "req", *command.split()], check=True, capture_output=True)  # noqa: S603, S607
    return found


@pytest.fixture(scope="module")
def bus(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Debian's redis-server, which listens with TLS alone; its port."""
    port, folder = free_port(), tmp_path_factory.mktemp("bus")
    files = ["--tls-cert-file", str(authority.server), "--tls-key-file", str(authority.key)]
    listening = ["--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no", "--bind", "127.0.0.1"]
    command = [str(binary("redis-server")), *listening, *files, "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - the machine's own server
    try:
        until_ready(port, authority)
        yield port
    finally:
        server.kill()
        server.wait()


def until_ready(port: int, authority: Authority) -> None:
    retry = redis.retry.Retry(redis.backoff.ConstantBackoff(0.05), int(READY_SECONDS / 0.05))
    redis.Redis("localhost", port, ssl=True, ssl_ca_certs=str(authority.certificate), retry=retry).ping()


@pytest.fixture(scope="module")
def database(authority: Authority) -> Iterator[int]:
    """A PostgreSQL with TLS on a port of the loopback."""
    server = start_postgres()
    try:
        server.stop()
        server.port, server.further = free_port(), (*tls_of(server, authority), "listen_addresses=localhost")
        server.start()
        yield server.port
    finally:
        server.destroy()


def tls_of(server: PostgresServer, authority: Authority) -> Iterator[str]:
    """Put the files where the server's user may read them, the key as it wants it."""
    owner = server.folder.stat()
    for name, source in (("server.pem", authority.server), ("server.key", authority.key)):
        target = server.folder / name
        shutil.copy(source, target)
        target.chmod(0o600)
        shutil.chown(target, owner.st_uid, owner.st_gid)
    yield from ("ssl=on", f"ssl_cert_file={server.folder}/server.pem", f"ssl_key_file={server.folder}/server.key")


async def pong(port: int, trusted: Authority) -> bool:
    client = connect(f"rediss://localhost:{port}/0?ssl_ca_certs={trusted.certificate}")
    try:
        with translated():
            return bool(await client.ping())
    finally:
        await client.aclose()


async def test_a_bus_is_checked_by_the_authority_in_its_address(
    bus: int, authority: Authority, stranger: Authority
) -> None:
    """With the right one it answers; with another it is as good as away, and the reason says certificate."""
    assert await pong(bus, authority)
    with pytest.raises(BusUnavailable, match=r"(?i)certificate"):
        await pong(bus, stranger)


async def is_encrypted(port: int, trusted: Authority) -> bool:
    options = f"sslmode=verify-full&sslrootcert={trusted.certificate}"
    database = Database.open(f"postgresql://stockbot@localhost:{port}/postgres?{options}")
    question = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    try:
        return bool(await database.run(lambda connection: connection.execute(question).scalar()))
    finally:
        await database.close()


async def test_a_database_is_checked_by_the_authority_in_its_address(
    database: int, authority: Authority, stranger: Authority
) -> None:
    """With the right one the connection is encrypted; with another there is none."""
    assert await is_encrypted(database, authority)
    with pytest.raises(Unavailable, match=r"(?i)certificate"):
        await is_encrypted(database, stranger)
