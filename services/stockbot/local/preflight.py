"""What would keep a platform from starting, found before anything starts, and all of it at once.

Used by `stockbot up`. Every problem is one line that names its fix.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from pydantic import SecretStr

from stockbot.errors import ConfigurationError
from stockbot.local import credentials, ports
from stockbot.local.bus_binaries import choose_binary
from stockbot.local.data_folder import DataFolder, claimed, prepare
from stockbot.local.options import Options
from stockbot.local.units import Unit, units
from stockbot.runtime.bus import connect
from stockbot.runtime.engine import engine_for
from stockbot.spec import TradingService, load_documents


class NotStarted(ConfigurationError):
    """Everything that has to be mended first, one problem on each line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))


def check(options: Options, environment: Mapping[str, str], *, lock: ExitStack) -> tuple[DataFolder, list[Unit]]:
    """Return the folder, claimed until `lock` closes, and the processes to run. Raises NotStarted."""
    documents, problems = read_documents(options.paths)
    platform = units(documents, port_offset=options.port_offset, free_port=ports.free_port, is_built=options.is_built)
    problems += [*ambiguities(documents), *busy_ports(platform)]
    problems += refusals(
        lambda: credentials.check_pinned(environment),
        lambda: check_bus(options.bus_url),
        lambda: check_database(options.database_url),
        lambda: lock.enter_context(claimed(prepare(options.data_dir))),
    )
    if problems:
        raise NotStarted(problems)
    return DataFolder(options.data_dir.absolute()), platform


def read_documents(paths: Sequence[Path]) -> tuple[list[TradingService], list[str]]:
    """Every TradingService below the paths, and what is wrong with those that cannot be read."""
    documents: list[TradingService] = []
    problems: list[str] = []
    for path in paths:
        try:
            documents += load_documents(path)
        except ConfigurationError as error:
            problems += str(error).splitlines()
    if not documents and not problems:
        problems.append(f"no TradingService in {', '.join(map(str, paths))}: name a file or a folder with -f")
    return documents, problems


def ambiguities(documents: Sequence[TradingService]) -> Iterator[str]:
    """Two documents of one name, or of one type: each type has one port on this machine."""
    for name, count in Counter(document.metadata.name for document in documents).items():
        if count > 1:
            yield f"{name}: {count} documents have this name: keep one of them"
    for service_type, count in Counter(document.spec.type for document in documents).items():
        if count > 1:
            yield f"{service_type}: {count} documents would listen on one port: keep one of them"


def busy_ports(platform: Sequence[Unit]) -> Iterator[str]:
    for unit in platform:
        if unit.is_idle or not ports.is_busy(unit.port):
            continue
        holder = ports.holder_of(unit.port)
        held_by = f"held by {holder}: stop it" if holder else "in use: stop who listens there"
        yield f"{unit.name}: port {unit.port} is {held_by}, or move all ports with --port-offset"


def check_bus(url: SecretStr | None) -> None:
    """Raise ConfigurationError for an address that cannot be one, or where there is no server of our own."""
    if url:
        connect(url.get_secret_value())
    else:
        choose_binary()


def check_database(url: SecretStr | None) -> None:
    """Raise ConfigurationError for an address that cannot be one; whether it answers is for the services to say."""
    if url:
        engine_for(url.get_secret_value(), "stockbot up").dispose()


def refusals(*steps: Callable[[], object]) -> Iterator[str]:
    """Take every step, and yield why one could not be taken."""
    for step in steps:
        try:
            step()
        except ConfigurationError as error:
            yield str(error)
