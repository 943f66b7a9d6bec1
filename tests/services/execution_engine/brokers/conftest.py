"""The adapters that the conformance suite runs for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.services.execution_engine.brokers import alpaca_venue, paper_venue
from tests.services.execution_engine.brokers.conformance import Opened, Venue

ADAPTERS: dict[str, Opened] = {"paper": paper_venue.opened, "alpaca": alpaca_venue.opened}


@pytest.fixture(params=ADAPTERS)
async def venue(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Venue]:
    """The venue of each adapter, one after the other."""
    async with ADAPTERS[request.param](tmp_path) as venue:
        yield venue
