"""`stockbot tokens`: people come and go while everything runs, and a token is written nowhere."""

import errno
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stockbot.cli.app import app
from stockbot.runtime.auth import Authenticator, Principal, Role, token_record, write_tokens


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.json"
    write_tokens(path, [token_record("admin", Role.ADMIN, "the-admins-token")])
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["tokens", *arguments])


def test_a_person_comes_and_goes_while_the_services_run(file: Path) -> None:
    """What is printed opens at once, with the role that was asked for, and nothing after the removal."""
    services = Authenticator.from_file(file)
    token = run("add", str(file), "ann", "--role", "trader").stdout.strip()
    assert services.authenticate(token) == Principal("ann", Role.TRADER)
    assert run("list", str(file)).stdout == "admin\tadmin\nann\ttrader\n"
    assert run("remove", str(file), "ann").exit_code == 0
    assert services.authenticate(token) is None
    assert services.authenticate("the-admins-token") == Principal("admin", Role.ADMIN)


def test_the_token_itself_is_kept_nowhere(file: Path) -> None:
    """The file has a hash, and is its owner's alone."""
    token = run("add", str(file), "ann").stdout.strip()
    assert token not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("add", "FILE", "admin"), "admin is in FILE already"),
        (("add", "FILE", "ann", "--role", "king"), "'king' is not a role: use viewer, trader, admin"),
        (("add", "FILE", " "), "is no name"),
        (("add", "FILE", "a" * 65), "is no name"),
        (("add", "FILE", " ann"), "is no name"),
        (("add", "FILE", "anonymous"), "anonymous is whoever comes without a token"),
        (("remove", "FILE", "bob"), "bob is not in FILE: there are admin"),
        (("list", "FILE.absent"), "there is no tokens file FILE.absent"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    file: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    """The file stays as it was, byte for byte."""
    before = file.read_bytes()
    done = run(*(one.replace("FILE", str(file)) for one in arguments))
    assert done.exit_code == 2
    assert complaint.replace("FILE", str(file)) in done.stderr
    assert file.read_bytes() == before


def test_the_file_stays_where_it_is_and_for_whom_it_was(file: Path, tmp_path: Path) -> None:
    """Services read it through a link, perhaps as another user: neither the link nor their right goes."""
    file.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(file)
    assert run("add", str(link), "ann").exit_code == 0
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert "ann" in file.read_text()


def test_a_folder_that_takes_nothing_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves the file as it was, and nothing beside it."""

    def full(_path: Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = file.read_text()
    monkeypatch.setattr(Path, "write_bytes", full)
    done = run("add", str(file), "ann")
    assert (done.exit_code, file.read_text()) == (2, before)
    assert "cannot be written (No space left on device)" in done.stderr
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_is_none_is_left_alone(file: Path) -> None:
    """A malformed file is somebody's mistake to mend, not ours to overwrite."""
    file.write_text("[oops")
    assert run("add", str(file), "ann").exit_code == 2
    assert file.read_text() == "[oops"
