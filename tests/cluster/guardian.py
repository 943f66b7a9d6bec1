"""Runs a control plane for its owner and never outlives it: `python guardian.py FOLDER`, a child of the owner.

The owner writes one line of JSON to its standard input, the commands in the order in which they start, and holds the
pipe open. When the pipe closes, or the owner ends in whatever way, all commands are killed, the last one first (the API
server before etcd), and the folder is removed. When a command ends by itself, the others are killed too, and the
folder with the logs is left to the owner. Imports nothing of this repository, so that it starts at once.
"""

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.2


def end_with_parent(signal_number: int) -> None:
    """Have the kernel send this process the signal when its parent is gone; Linux alone can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)


def start(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / f"{Path(command[0]).name}.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - the owner's own commands
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=lambda: end_with_parent(signal.SIGKILL),  # noqa: PLW1509 - there is one thread
        )


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Kill them, the last first, each gone before the next; nothing that they hold is worth a farewell."""
    for process in reversed(processes):
        process.kill()
        process.wait()


def run_until_one_ends(processes: list[subprocess.Popen[bytes]]) -> None:
    """Wait until a process ends by itself; SystemExit when the owner closes the pipe or is gone."""
    owner = os.getppid()
    while all(process.poll() is None for process in processes):
        readable, _, _ = select.select([sys.stdin], [], [], LOOK_SECONDS)
        if os.getppid() != owner or (readable and not os.read(sys.stdin.fileno(), 1024)):
            leave()


def leave(*_signal: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the owner's end is told twice: by the pipe and by the kernel
    sys.exit(0)


def main(folder: Path) -> int:
    signal.signal(signal.SIGTERM, leave)
    end_with_parent(signal.SIGTERM)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for command in json.loads(os.fdopen(os.dup(0), "rb", buffering=0).readline()):
            processes.append(start(command, folder))  # noqa: PERF401 - one that fails leaves the others known
        run_until_one_ends(processes)
    except SystemExit:
        stop(processes)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        stop(processes)
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
