"""The first process of a node: `python init.py FOLDER`, started by `guardian.py` in a process namespace of its own.

Reads one line of JSON, the commands in the order in which they start; starts one again that ends, as systemd would; and
takes leave of the orphans of containers. It ends when its standard input closes, or when a command keeps ending.
"""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

LOOK_SECONDS = 0.1
PAUSE_SECONDS = 0.5  # before a command starts again
STARTS = 20  # of all commands together, beyond their first: then something is wrong for good
OWN_FOLDERS = ("/run", "/var/log", "/var/lib/cni", "/var/lib/kubelet")  # whatever has no option for its place is here


def mount_own_folders() -> None:
    for folder in OWN_FOLDERS:
        Path(folder).mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)  # noqa: S603, S607 - the machine's own


def start(command: list[str], folder: Path) -> int:
    with (folder / f"{Path(command[0]).name}.log").open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)  # noqa: S603
    process.returncode = 0  # `reap` waits for it, with all the others
    return process.pid


def reap() -> set[int]:
    """Take leave of all that have ended, ours and orphans."""
    ended: set[int] = set()
    while True:
        try:
            number, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if not number:
            return ended
        ended.add(number)


def owner_is_there() -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], LOOK_SECONDS)
    return not readable or bool(os.read(sys.stdin.fileno(), 1024))


def main(folder: Path) -> int:
    commands = json.loads(os.fdopen(os.dup(0), "rb", buffering=0).readline())
    mount_own_folders()
    running = {start(command, folder): command for command in commands}
    starts = 0
    while owner_is_there():
        for number in reap() & running.keys():
            command = running.pop(number)
            print(f"{Path(command[0]).name} ended", flush=True)  # noqa: T201 - into init.log
            starts += 1
            time.sleep(PAUSE_SECONDS)
            running[start(command, folder)] = command
        if starts > STARTS:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
