"""The root of the command line: its list, its speed, its errors."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from stockbot import __version__
from stockbot.cli import app as root
from stockbot.errors import StockbotError

HEAVY = {"redis", "sqlalchemy", "pydantic", "httpx", "fastapi", "msgspec"}


def test_help_lists_every_command() -> None:
    """`stockbot` with nothing, and with --help, shows what there is."""
    for arguments in ([], ["--help"]):
        answer = CliRunner().invoke(root.app, arguments)
        for name, purpose in root.COMMANDS.items():
            assert f"  {name} " in answer.output
            assert purpose.split(",")[0][:40] in answer.output


def test_help_imports_nothing_heavy() -> None:
    """The list is there at once: databases, servers and models are imported by the commands that need them."""
    script = (
        "import sys\nsys.argv = ['stockbot', '--help']\nfrom stockbot.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print(sorted(sys.modules), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603 - our own script
    assert not HEAVY & set(answer.stderr.strip("[]'\n").split("', '"))


@pytest.mark.parametrize("name", root.COMMANDS)
def test_the_list_says_what_the_command_says(name: str) -> None:
    """The purpose in the list is the first sentence of the command's own help."""
    assert (root.load(name).help or "").startswith(root.COMMANDS[name])


def test_the_version() -> None:
    """--version names the installed version."""
    assert CliRunner().invoke(root.app, ["--version"]).output == f"stockbot {__version__}\n"


def test_an_unknown_command_is_named() -> None:
    """A misspelt command is refused with exit code 2."""
    answer = CliRunner().invoke(root.app, ["upp"])
    assert answer.exit_code == 2
    assert "No such command 'upp'" in answer.output


def test_an_error_is_a_line_without_a_traceback(tmp_path: Path) -> None:
    """What a person can mend is one line on stderr, and exit code 2."""
    answer = CliRunner().invoke(root.app, ["serve", str(tmp_path / "missing.yaml")])
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert answer.stderr == f"stockbot: {tmp_path}/missing.yaml: there is no such file or folder\n"


def test_every_problem_has_its_own_line(tmp_path: Path) -> None:
    """An error of several lines is several lines of the same shape."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("kind: TradingService\n")
    answer = CliRunner().invoke(root.app, ["up", "-f", str(tmp_path), "--data-dir", str(tmp_path / "data")])
    assert answer.exit_code == 2
    assert len(answer.stderr.splitlines()) > 1
    assert all(line.startswith(f"stockbot: {tmp_path}") for line in answer.stderr.splitlines())


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    """With --debug the error comes out as it was raised."""
    answer = CliRunner().invoke(root.app, ["--debug", "serve", str(tmp_path / "missing.yaml")])
    assert isinstance(answer.exception, StockbotError)


def test_something_unavailable_is_exit_code_1() -> None:
    """What may work later is told apart from what a person has to mend."""
    answer = CliRunner().invoke(root.app, ["events", "stats", "--bus-url", "redis://:secret@127.0.0.1:1/0"])
    assert answer.exit_code == 1
    assert answer.stderr.startswith("stockbot: redis://***@127.0.0.1:1/0: the bus does not answer")
    assert "secret" not in answer.output


def test_every_listed_command_is_an_application() -> None:
    """Each module of the list has a typer application under the name that the root imports."""
    for name in root.COMMANDS:
        assert isinstance(import_module(f"stockbot.cli.{name}").app, typer.Typer)
