"""Fixtures for all tests; each module says what it offers."""

from collections.abc import Generator, Iterator

import hypothesis
import pytest
import structlog

# A busy machine is no counterexample. All else is as it was: with CI=true Hypothesis has settings of its own.
hypothesis.settings.register_profile("untimed", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("untimed")
pytest_plugins = ["stockbot.testing.fixtures", "stockbot.testing.bus", "stockbot.testing.browser"]


@pytest.fixture(autouse=True)
def _own_log_context() -> Iterator[None]:
    """What a program that a test built says in all its log lines, it does not say in those of the next test."""
    yield
    structlog.contextvars.clear_contextvars()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test prints travels from its process to pytest's own as UTF-8, which cannot carry every string."""
    report = yield
    report.sections = [(title, _carried(text)) for title, text in report.sections]
    if report.longrepr is not None and _carried(report.longreprtext) != report.longreprtext:
        report.longrepr = _carried(report.longreprtext)
    return report


def _carried(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
