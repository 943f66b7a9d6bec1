"""`make faults`: hundreds of rounds on SQLite and on PostgreSQL. A failing round prints how to repeat it.

STOCKBOT_FAULT_SEED and STOCKBOT_FAULT_DATABASE repeat one run; ROUNDS is how many rounds there are in all.
"""

import asyncio
import logging
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import structlog
from tests.faults.rounds import rounds, world_of

from stockbot.testing.databases import BACKENDS

ROUNDS = 300


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    given = os.environ.get("STOCKBOT_FAULT_DATABASE")
    backends = [given] if given else list(BACKENDS)
    count = int(os.environ.get("ROUNDS", ROUNDS)) // len(backends)
    seed = int(os.environ.get("STOCKBOT_FAULT_SEED", random.SystemRandom().randrange(10**6)))
    return max(asyncio.run(_play(backend, seed, count)) for backend in backends)


async def _play(backend: str, seed: int, count: int) -> int:
    folder, started = Path(tempfile.mkdtemp(prefix="stockbot-faults-")), time.monotonic()
    print(f"{backend}: {count} rounds, seed {seed}, logs in {folder}", flush=True)  # noqa: T201 - for the person

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:7.1f} s  {backend}  {line}", flush=True)  # noqa: T201

    try:
        async with world_of(folder, backend) as world:
            await rounds(world, backend, seed=seed, count=count, say=say)
    except AssertionError as error:
        print(f"FAILED: {error}\nlogs: {folder}", flush=True)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
