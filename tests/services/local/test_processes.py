"""Child processes: their session, their output, their end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stockbot.local import processes, tether

Eventually = Callable[[Callable[[], Any], str], Any]
SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]


def test_a_child_reads_its_input_and_writes_its_log(tmp_path: Path) -> None:
    """What is given on stdin is read, and output of both kinds is appended to the log."""
    log = tmp_path / "log"
    log.write_text("before\n")
    echo = "import sys; print(sys.stdin.read()); print('error', file=sys.stderr)"
    processes.spawn([sys.executable, "-c", echo], log=log, stdin=b"hello").wait()
    assert log.read_text() == "before\nhello\nerror\n"


def test_a_child_is_the_command_itself(tmp_path: Path) -> None:
    """The pid is the command's own, and its session is not ours: a Ctrl-C does not reach it."""
    child = processes.spawn([sys.executable, "-c", "import os; print(os.getpid())"], log=tmp_path / "log")
    child.wait()
    assert (tmp_path / "log").read_text().strip() == str(child.pid)


def test_a_child_has_a_session_of_its_own(tmp_path: Path) -> None:
    """A Ctrl-C in our terminal does not reach it."""
    child = processes.spawn(SLEEP, log=tmp_path / "log")
    assert os.getsid(child.pid) == child.pid
    processes.kill(child)


def test_stop_is_gentle(tmp_path: Path, eventually: Eventually) -> None:
    """A child that heeds SIGTERM ends by it."""
    child = processes.spawn(SLEEP, log=tmp_path / "log")
    eventually(lambda: "up" in (tmp_path / "log").read_text(), "it runs")
    processes.stop(child, timeout=30)
    assert child.returncode == -signal.SIGTERM


def test_stop_ends_who_does_not_listen(tmp_path: Path, eventually: Eventually) -> None:
    """A child that ignores SIGTERM is killed after its time."""
    child = processes.spawn(STUBBORN, log=tmp_path / "log")
    eventually(lambda: "up" in (tmp_path / "log").read_text(), "it runs")
    processes.stop(child, timeout=0.1)
    assert child.returncode == -signal.SIGKILL


def test_a_command_that_does_not_exist_ends_and_says_so(tmp_path: Path) -> None:
    """The child ends with an error, and its log names the command."""
    child = processes.spawn(["/no/such/program"], log=tmp_path / "log")
    assert child.wait() != 0
    assert "FileNotFoundError" in (tmp_path / "log").read_text()


def test_a_child_whose_parent_is_gone_does_not_start(tmp_path: Path) -> None:
    """Where the parent died before it could be watched, the command is not run."""
    command = [sys.executable, str(processes.TETHER), str(os.getppid()), "touch", str(tmp_path / "ran")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    assert answer.returncode == 1
    assert "is gone" in answer.stderr
    assert not (tmp_path / "ran").exists()


WATCHED = """
import os, sys, time
sys.path.insert(0, {folder!r})
import tether
tether.bind_by_watcher(os.getppid())
print(os.getpid(), flush=True)
time.sleep(600)
"""


def test_a_watcher_ends_the_child_where_the_kernel_does_not(tmp_path: Path, eventually: Eventually) -> None:
    """On systems without a parent-death signal a watcher kills the child within its beat."""
    script = tmp_path / "watched.py"
    script.write_text(WATCHED.format(folder=str(Path(tether.__file__).parent)))
    log = tmp_path / "log"
    shell = f"'{sys.executable}' '{script}' > '{log}' & echo started; wait"
    parent = subprocess.Popen(["/bin/sh", "-c", shell], stdout=subprocess.PIPE)  # noqa: S603 - a script of ours
    pid = int(eventually(lambda: log.exists() and log.read_text().strip(), "the child runs"))
    parent.kill()
    parent.communicate()
    eventually(lambda: not Path(f"/proc/{pid}").exists(), "the child is gone")


def test_kill_is_harmless_after_the_end(tmp_path: Path) -> None:
    """Killing a child that has ended changes nothing."""
    child = processes.spawn([sys.executable, "-c", ""], log=tmp_path / "log")
    child.wait()
    processes.kill(child)
    assert child.returncode == 0


def test_an_unwritable_log_is_an_error(tmp_path: Path) -> None:
    """A log in a folder that is not there is refused before anything starts."""
    with pytest.raises(FileNotFoundError):
        processes.spawn(SLEEP, log=tmp_path / "missing" / "log")
