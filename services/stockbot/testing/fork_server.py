"""Starts `stockbot` again and again in a tenth of a second: forks of one process that has imported everything.

For tests that kill a service a hundred times, where most of the time would go into imports. What is forked is the
program as it is: its own session, environment and log, and SIGKILL ends it as it ends any other.

    with ForkServer.start(["stockbot.risk_guardian.main"]) as server:
        program = server.spawn(["serve", "risk.yaml"], log=folder / "risk.log", environment={...})
        program.kill()
"""

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stockbot.cli import main
from stockbot.local import processes
from stockbot.local.tether import bind_by_kernel


@dataclass(frozen=True)
class Forked:
    """A program that runs, or has ended."""

    server: "ForkServer"
    pid: int

    def kill(self) -> None:
        """SIGKILL to it and to all that it started, and wait for its end; nothing where that was done before."""
        self.server.ask({"kill": self.pid})


class ForkServer:
    """The side of the tests: asks the server by lines of JSON and waits for each answer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def start(cls, modules: Sequence[str]) -> "Iterator[ForkServer]":
        """A server that has imported these modules; it and all its programs end with this process."""
        command = [sys.executable, "-m", __name__, *modules]
        tethered = [sys.executable, "-I", "-S", str(processes.TETHER), str(os.getpid()), *command]
        with subprocess.Popen(  # noqa: S603 - our own command
            tethered, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as process:
            try:
                yield cls(process)
            finally:
                process.kill()

    def spawn(self, arguments: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> Forked:
        """Run `stockbot` with these arguments; its output is appended to `log`."""
        return Forked(self, self.ask({"arguments": [*arguments], "log": str(log), "environment": {**environment}}))

    def ask(self, request: Mapping[str, Any]) -> int:
        assert self._process.stdin is not None  # noqa: S101 - `start` asked for pipes
        assert self._process.stdout is not None  # noqa: S101
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


def serve() -> None:
    """The side of the server: one request a line, answered with the pid."""
    for module in sys.argv[1:]:
        importlib.import_module(module)
    gc.freeze()
    running: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        pid = request.get("kill") or _forked(request)
        if "kill" not in request:
            running.add(pid)
        elif pid in running:
            running.remove(pid)
            _kill(pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _forked(request: Mapping[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _become(request)
    return pid


def _become(request: Mapping[str, Any]) -> None:
    """Be the program that is asked for, and end with it."""
    bind_by_kernel()
    os.setsid()
    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["stockbot", *request["arguments"]]
    code = 1
    try:
        main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(code)


def _kill(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(pid, signal.SIGKILL)  # it has not made its session yet
    os.waitpid(pid, 0)


if __name__ == "__main__":
    serve()
