"""What keeps a platform from starting, as a person reads it."""

import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from stockbot.local import bus_binaries, preflight
from stockbot.local.options import Options
from stockbot.local.preflight import NotStarted
from stockbot.spec import PORTS, ServiceType, TradingService, write_document

MakeDocument = Callable[..., TradingService]


@pytest.fixture
def options(documents: Path, tmp_path: Path, port_offset: int) -> Options:
    return Options([documents], tmp_path / "data", port_offset=port_offset, is_built=lambda _: True)


def problems(options: Options, **environment: str) -> list[str]:
    with ExitStack() as lock, pytest.raises(NotStarted) as refused:
        preflight.check(options, environment, lock=lock)
    return str(refused.value).splitlines()


def test_nothing_is_wrong(options: Options) -> None:
    """A good folder of documents gives its processes, and the data folder is there."""
    with ExitStack() as lock:
        folder, units = preflight.check(options, {}, lock=lock)
        assert [unit.name for unit in units] == ["dashboard", "gateway"]
        assert folder.logs.is_dir()


def test_everything_wrong_is_said_at_once(options: Options, documents: Path, tmp_path: Path) -> None:
    """A bad document, a busy port, a data folder that is a file, a weak token: one line each."""
    (documents / "bad.yaml").write_text(
        "apiVersion: stockbot.dev/v1alpha1\nkind: TradingService\nmetadata: {name: x}\nspec: {typ: RiskGuardian}\n"
    )
    (tmp_path / "data").touch()
    lines = problems(options, STOCKBOT_ADMIN_TOKEN="weak")  # noqa: S106 - a placeholder
    assert any("bad.yaml" in line and "typ" in line for line in lines)
    assert any("data cannot be written" in line for line in lines)
    assert any("STOCKBOT_ADMIN_TOKEN" in line for line in lines)


def test_a_busy_port_is_one_line_with_its_fix(options: Options) -> None:
    """The line names the service, the port, who holds it and what to do."""
    port = PORTS[ServiceType.DASHBOARD] + options.port_offset
    with socket.create_server(("127.0.0.1", port)):
        (line,) = problems(options)
    assert line.startswith(f"dashboard: port {port} is held by ")
    assert line.endswith("stop it, or move all ports with --port-offset")


def test_a_service_that_will_not_run_needs_no_port(options: Options, documents: Path) -> None:
    """The port of a suspended service may be in use."""
    file = documents / "dashboard.yaml"
    file.write_text(file.read_text().replace("type: Dashboard", "type: Dashboard\n  suspend: true"))
    with (
        ExitStack() as lock,
        socket.create_server(("127.0.0.1", PORTS[ServiceType.DASHBOARD] + options.port_offset)),
    ):
        _, units = preflight.check(options, {}, lock=lock)
    assert units[0].is_suspended


def test_two_documents_of_a_type_are_refused(options: Options, documents: Path, make_document: MakeDocument) -> None:
    """They would listen on the same port."""
    write_document(make_document("other", "Dashboard"), documents / "other.yaml")
    assert problems(options) == ["Dashboard: 2 documents would listen on one port: keep one of them"]


def test_one_name_in_two_folders_is_refused(options: Options, documents: Path) -> None:
    """Given twice, the same documents would overwrite each other."""
    twice = Options([documents, documents], options.data_dir, port_offset=options.port_offset)
    assert "gateway: 2 documents have this name: keep one of them" in problems(twice)


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    """The line names where was looked, and the option."""
    assert problems(Options([tmp_path], tmp_path / "data")) == [
        f"no TradingService in {tmp_path}: name a file or a folder with -f"
    ]


def test_no_server_and_no_address_is_a_problem(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any server binary the fix is to install one, or to give an address."""
    monkeypatch.setattr(bus_binaries, "find_binaries", list)
    (line,) = problems(options)
    assert line.startswith("no bus server on this machine")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"bus_url": SecretStr("http://:pw-of-a-person@host")}, "the bus address is not usable"),
        ({"database_url": SecretStr("mysql://x:pw-of-a-person@host/x")}, "the database URL starts with 'mysql'"),
    ],
)
def test_an_address_of_another_kind_is_refused_without_its_password(
    options: Options, given: dict[str, SecretStr], words: str
) -> None:
    """A wrong address is told by its kind, never by its secrets."""
    wrong = Options(options.paths, options.data_dir, port_offset=options.port_offset, **given)  # type: ignore[arg-type] # one of two fields
    (line,) = problems(wrong)
    assert words in line
    assert "pw-of-a-person" not in line


def test_a_refused_start_gives_the_folder_back(options: Options) -> None:
    """After a problem nothing holds the data folder."""
    port = PORTS[ServiceType.DASHBOARD] + options.port_offset
    with socket.create_server(("127.0.0.1", port)):
        problems(options)
    with ExitStack() as lock:
        preflight.check(options, {}, lock=lock)
