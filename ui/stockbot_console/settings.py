"""The settings of the console's process beside those that all services share. Used by main."""

import secrets
from pathlib import Path

from pydantic import SecretStr

from stockbot.errors import ConfigurationError
from stockbot.runtime.settings import Settings
from stockbot.spec import PORTS, ServiceType

GATEWAY = ServiceType.MARKET_DATA_GATEWAY


def gateway_url(settings: Settings) -> str:
    """Return the gateway's address: where the surroundings name none, its usual port on this machine."""
    return settings.endpoints.get(GATEWAY, f"http://127.0.0.1:{PORTS[GATEWAY]}")


def storage_folder(settings: Settings) -> Path:
    """Make the folder of what the console keeps for its visitors; ConfigurationError where it may not write."""
    folder = settings.data_dir.resolve() / "console"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {folder} cannot be made ({error.strerror}): "
            "set STOCKBOT_DATA_DIR to a folder that this process may write"
        ) from None
    return folder


def cookie_secret(folder: Path) -> SecretStr:
    """Read the secret that signs the visitors' cookies; made at the first start, readable by its owner alone."""
    path = folder / "cookie-secret"
    try:
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return SecretStr(path.read_text().strip())
    except OSError as error:
        raise ConfigurationError(
            f"the file {path} cannot be used ({error.strerror}): it must be one that this process may read and write"
        ) from None
