"""The data folder: private, claimed by one, and found by others."""

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from stockbot.errors import ConfigurationError
from stockbot.local.data_folder import announced, claimed, prepare, running_bus_url, write_private


def test_the_folder_is_the_owners_alone(tmp_path: Path) -> None:
    """It is made with all that belongs into it, for its owner only."""
    folder = prepare(tmp_path / "data")
    for path in (folder.root, folder.logs, folder.documents, folder.bus):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    """`--data-dir .` must not lock others out of a person's folder; what we put into it is private all the same."""
    (tmp_path / "data").mkdir(mode=0o755)
    folder = prepare(tmp_path / "data")
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o755
    assert stat.S_IMODE(folder.bus.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_names_the_fix(tmp_path: Path) -> None:
    """A file in its place is said, with the option that chooses another folder."""
    (tmp_path / "data").touch()
    with pytest.raises(ConfigurationError, match=r"data cannot be written \(.*\): choose another with --data-dir"):
        prepare(tmp_path / "data")


def test_a_folder_is_claimed_once(tmp_path: Path) -> None:
    """A second claim is refused while the first one lasts, and granted afterwards."""
    folder = prepare(tmp_path)
    refused = pytest.raises(ConfigurationError, match="stop it, or use another --data-dir")
    with claimed(folder), refused, claimed(folder):
        """Nobody gets here."""
    with claimed(folder):
        assert folder.lock_file.read_text()


def test_a_running_platform_is_found(tmp_path: Path) -> None:
    """Other commands read its bus address from a private file, which goes when the platform ends."""
    folder = prepare(tmp_path)
    with announced(folder, bus_url=SecretStr("redis://:secret@127.0.0.1:1/0")):
        assert stat.S_IMODE(folder.running_file.stat().st_mode) == 0o600
        assert running_bus_url(tmp_path).get_secret_value() == "redis://:secret@127.0.0.1:1/0"
    with pytest.raises(ConfigurationError, match="no platform runs over"):
        running_bus_url(tmp_path)


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    """An open file of the same name is replaced by a private one."""
    path = tmp_path / "running.json"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
