"""Fixtures for all tests; each module says what it offers."""

from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["stockbot.testing.fixtures", "stockbot.testing.bus", "stockbot.testing.browser"]


@pytest.fixture(autouse=True)
def _own_log_context() -> Iterator[None]:
    """What a program that a test built says in all its log lines, it does not say in those of the next test."""
    yield
    structlog.contextvars.clear_contextvars()
