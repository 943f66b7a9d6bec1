"""The whole platform under faults: a few rounds of what `make faults` plays by the hundred."""

import os
import random
from pathlib import Path

import pytest
from tests.faults.rounds import rounds, world_of

from stockbot.testing.databases import BACKENDS

ROUNDS = 10  # for each kind of database


@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", BACKENDS)
async def test_no_fault_costs_money(backend: str, tmp_path: Path) -> None:
    """Killed, paused, doubled, lied to and wiped: one order for each approval, and every book agrees to the cent."""
    seed = int(os.environ.get("STOCKBOT_FAULT_SEED", random.SystemRandom().randrange(10**6)))
    async with world_of(tmp_path, backend) as world:
        await rounds(world, backend, seed=seed, count=ROUNDS, say=print)
