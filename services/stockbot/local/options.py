"""What a person chose for `stockbot up`, from the command line or a test."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from stockbot.local.programs import is_built
from stockbot.spec import ServiceType

Command = Callable[[Path], Sequence[str]]


def serve_command(document: Path) -> list[str]:
    return [sys.executable, "-m", "stockbot", "serve", str(document)]


@dataclass(frozen=True)
class Options:
    """What a person chose. `command` runs the document in a file; only types that `is_built` knows are run."""

    paths: Sequence[Path]
    data_dir: Path
    bus_url: SecretStr | None = None
    database_url: SecretStr | None = None
    port_offset: int = 0
    live: bool = True
    command: Command = serve_command
    is_built: Callable[[ServiceType], bool] = is_built
