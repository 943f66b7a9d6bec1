"""The console's own settings and files."""

from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError
from stockbot.runtime.settings import Settings
from stockbot_console.settings import cookie_secret, gateway_url, storage_folder


def settings(**changes: object) -> Settings:
    return Settings.model_validate({"bus_url": "redis://127.0.0.1:1/0"} | changes)


def test_the_gateway_is_where_the_surroundings_say() -> None:
    """Without an endpoint it is on its usual port of this machine."""
    assert gateway_url(settings(endpoints={"MarketDataGateway": "http://gateway:3001"})) == "http://gateway:3001"
    assert gateway_url(settings()) == "http://127.0.0.1:3001"


def test_the_secret_of_the_cookies_is_kept(tmp_path: Path) -> None:
    """A restart signs nobody out of their theme, and nobody else may read the secret."""
    folder = storage_folder(settings(data_dir=tmp_path / "data"))
    first, second = cookie_secret(folder), cookie_secret(folder)
    assert first.get_secret_value() == second.get_secret_value()
    assert len(first.get_secret_value()) >= 32
    assert (folder / "cookie-secret").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_made_is_a_persons_error(tmp_path: Path) -> None:
    """The message names the folder and the setting that moves it."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="STOCKBOT_DATA_DIR"):
        storage_folder(settings(data_dir=tmp_path / "file"))
