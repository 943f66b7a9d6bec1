"""Child processes that cannot outlive us: each dies with this process, whatever kills it.

Used by the bus server and the supervisor. Start them from the main thread: on Linux a child is bound to the
thread that started it.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

TETHER = Path(__file__).with_name("tether.py")


def spawn(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None, stdin: bytes = b""
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that a Ctrl-C in the terminal reaches us alone.

    Its output is appended to `log`, and it reads `stdin` (at most 64 KiB, a pipe's worth). Raises OSError if
    the log cannot be written.
    """
    tethered = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *command]
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - the command is ours, and no shell reads it
            tethered,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    _feed(process, stdin)
    return process


def _feed(process: subprocess.Popen[bytes], content: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - spawn asked for a pipe
    try:
        process.stdin.write(content)
        process.stdin.close()
    except BrokenPipeError:
        return  # it has ended already: its exit code and its log say why


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the process and to all that it started, and wait for its end."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def stop(process: subprocess.Popen[bytes], timeout: float) -> None:
    """SIGTERM, and SIGKILL if it has not ended after `timeout` seconds."""
    process.terminate()
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        kill(process)
